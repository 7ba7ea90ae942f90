using Spectre.Console;

namespace Millrace.App.Terminal;

/// <summary>The two streams: data on standard output, progress and messages on standard error.</summary>
static class TerminalConsole
{
    const int PipeWidth = 4096;

    public static IAnsiConsole Out { get; } = Create(Console.Out, Console.IsOutputRedirected);

    public static IAnsiConsole Error { get; } = Create(Console.Error, Console.IsErrorRedirected);

    static IAnsiConsole Create(TextWriter writer, bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (isRedirected)
        {
            // A file or pipe has no width; lines must not be broken for it.
            console.Profile.Width = PipeWidth;
        }

        return console;
    }
}
