using Spectre.Console;

namespace Millrace.App.Terminal;

/// <summary>Turns a failure into a message on standard error and an exit code.</summary>
static class Failure
{
    public const int CancelledExitCode = 130;
    const int FaultExitCode = 70;

    public static int Report(Exception exception)
    {
        switch (exception)
        {
            case MillraceException failure:
                Write(failure);
                return ExitCode(failure.Kind);
            case OperationCanceledException:
                Console.Error.WriteLine("Cancelled. What was finished is kept; the same command goes on from there.");
                return CancelledExitCode;
            case UnauthorizedAccessException or IOException { HResult: > 0 }:
                // A call of the system failed where no room names it: .NET's message has the path and the reason.
                Write(new MillraceException(
                    ErrorKind.Unavailable, "io-failed", exception.Message,
                    "See to the cause that the message names, then run the command again."));
                return ExitCode(ErrorKind.Unavailable);
            default:
                Console.Error.WriteLine(exception);
                Console.Error.WriteLine("This is a fault of Millrace itself; please report it with the lines above.");
                return FaultExitCode;
        }
    }

    public static int ExitCode(ErrorKind kind) => kind switch
    {
        ErrorKind.Invalid => 2,
        ErrorKind.NotFound => 3,
        ErrorKind.Conflict => 4,
        ErrorKind.Corrupt => 5,
        _ => 6,
    };

    public static void Write(MillraceException failure, string? task = null)
    {
        var console = TerminalConsole.Error;
        var where = task is null ? "" : $" in task '{Markup.Escape(task)}'";
        var message = Markup.Escape(SafeText.ForError(failure.Message));
        console.MarkupLine($"[red]error[/] [grey]({failure.Code})[/]{where}: {message}");
        console.MarkupLine($"[yellow]hint[/]: {Markup.Escape(SafeText.ForError(failure.Hint))}");
    }
}
