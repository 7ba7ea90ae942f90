using System.Diagnostics;
using System.Text.Json;

namespace Millrace.SystemTests.Fixtures;

/// <summary>Runs the binary on a terminal of its own, waits for what it shows, and types.</summary>
static class TypedTerminal
{
    // The terminal is the kernel's; Python's standard library makes one, and .NET's does not.
    const string Driver =
        """
        import fcntl, json, os, select, struct, sys, termios, time

        rows, columns = int(sys.argv[1]), int(sys.argv[2])
        steps = json.loads(sys.argv[3])
        ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        child = os.fork()
        if child == 0:
            os.setsid()
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
            for number in (0, 1, 2):
                os.dup2(theirs, number)
            os.closerange(3, 1024)
            os.execvp(sys.argv[4], sys.argv[4:])
        os.close(theirs)
        everything, seen = bytearray(), 0
        deadline = time.monotonic() + 120


        def read():
            ready, _, _ = select.select([ours], [], [], 0.2)
            try:
                data = os.read(ours, 65536) if ready else None
            except OSError:
                data = b""
            everything.extend(data or b"")
            return data != b""


        def fail(what):
            sys.stdout.buffer.write(bytes(everything))
            print("\nFAILED: " + what)
            os.kill(child, 9)
            sys.exit(99)


        for wanted, typed in steps:
            while wanted.encode() not in everything[seen:]:
                if time.monotonic() > deadline or not read():
                    fail("waited for " + wanted)
            seen = len(everything)
            os.write(ours, typed.encode())
        while read():
            if time.monotonic() > deadline:
                fail("it does not end")
        _, status = os.waitpid(child, 0)
        sys.stdout.buffer.write(bytes(everything))
        sys.stdout.buffer.flush()
        sys.exit(os.waitstatus_to_exitcode(status))
        """;

    /// <param name="run">Has the binary.</param>
    /// <param name="folder">Where it starts; history is kept in it too.</param>
    /// <param name="size">Rows and columns.</param>
    /// <param name="arguments">Of the binary.</param>
    /// <param name="steps">What is waited for, and then typed.</param>
    /// <returns>All that the terminal was sent, and the exit code.</returns>
    public static async Task<(string Shown, int ExitCode)> TypeAsync(
        TestRun run, string folder, (int Rows, int Columns) size, string[] arguments,
        params (string Wanted, string Typed)[] steps)
    {
        var typed = JsonSerializer.Serialize(steps.Select(step => new[] { step.Wanted, step.Typed }));
        var start = new ProcessStartInfo(
            "python3", ["-c", Driver, $"{size.Rows}", $"{size.Columns}", typed, run.Program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        };
        start.Environment["TERM"] = "xterm";
        start.Environment["XDG_STATE_HOME"] = Path.Combine(folder, "state");
        start.Environment["PAGER"] = "cat";
        using var python = Process.Start(start)!;
        var shown = await python.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await python.WaitForExitAsync(CancellationToken.None);
        return (shown, python.ExitCode);
    }
}
