using System.CommandLine;
using Millrace.App.Terminal;
using Millrace.Tables.Profiles;

namespace Millrace.App.Tables;

/// <summary><c>millrace profile</c>.</summary>
static class ProfileCommands
{
    // What takes less than a moment needs no first numbers.
    const long ManyCells = 2_000_000;

    public static Command Profile()
    {
        var things = new Argument<string[]>("TABLE|FILE")
        {
            Description = "A table or a version of it (NAME, NAME@v3), or files of Parquet, CSV, TSV or JSON.",
            Arity = ArgumentArity.OneOrMore,
        };
        var columns = new Option<string?>("--columns")
        {
            Description = "The columns to look at, with commas between; without it all.",
            HelpName = "NAMES",
        };
        var target = new Option<string?>("--target")
        {
            Description = "The column that is to be predicted: shows what tells it too well, and rare classes.",
            HelpName = "NAME",
        };
        var time = new Option<string?>("--target-time")
        {
            Description = "The column of the time at which it is to be predicted: shows what comes after.",
            HelpName = "NAME",
        };
        var sample = new Option<int>("--sample")
        {
            Description = "How many rows of a large table are looked at one by one; all are counted.",
            HelpName = "ROWS",
            DefaultValueFactory = _ => new ProfileOptions().SampleRows,
        };
        sample.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("'--sample' takes a number of rows from 1.");
        });
        var first = new Option<bool>("--first")
        {
            Description = "Only what is written down about the rows, without reading one.",
        };
        var html = new Option<string?>("--html")
        {
            Description = "Write a page with charts to this file, too; it needs nothing beside itself.",
            HelpName = "FILE",
        };
        var ascii = new Option<bool>("--ascii") { Description = "Draw with letters that every terminal has." };
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "profile", "Look at rows: what they are, how they are spread, and what looks wrong with them.",
            "millrace profile photos\nmillrace profile photos@v3 --target likes --html photos.html\n"
            + "millrace profile march.csv --json")
        {
            things, columns, target, time, sample, first, html, ascii, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var options = new ProfileOptions
            {
                SampleRows = parsed.GetValue(sample),
                Columns = parsed.GetValue(columns)?.Split(
                    ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
                Target = parsed.GetValue(target),
                TargetTime = parsed.GetValue(time),
                IsFirstOnly = parsed.GetValue(first),
            };
            var isAscii = parsed.GetValue(ascii) || !TerminalConsole.Out.Profile.Capabilities.Unicode;
            var profile = await ReadAsync(
                parsed.GetValue(things)!, parsed.GetValue(workspaceFolder), options, new FirstNumbers(isAscii),
                cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(html) is { } page)
                await WriteAsync(page, ProfilePage.Of(profile), cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
                Console.Out.WriteLine(ProfileJson.Of(profile).ToJsonString());
            else
                new ProfileText(TerminalConsole.Out, isAscii).Write(profile);
            return 0;
        });
        return command;
    }

    static async Task WriteAsync(string path, string page, CancellationToken cancellationToken)
    {
        try
        {
            await File.WriteAllTextAsync(path, page, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "page-not-written", $"The page can't be written: {exception.Message}",
                "Name a file in a folder that is there and that you may write to.", exception);
        }
    }

    static async Task<TableProfile> ReadAsync(
        string[] things, string? workspaceFolder, ProfileOptions options, IProgress<TableProfile> first,
        CancellationToken cancellationToken)
    {
        if (things.All(IsFile))
            return await ReadFilesAsync(things, options, first, cancellationToken).ConfigureAwait(false);
        if (things.Length > 1)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "profile-several", "Several things were named, and not all of them are files.",
                "Profile tables one by one.");
        }

        await using var workspace = await Options.OpenAsync(workspaceFolder, cancellationToken).ConfigureAwait(false);
        var snapshot = await TableName.OpenAsync(workspace, things[0], cancellationToken).ConfigureAwait(false);
        return await workspace.Tables.Profiler(options).ProfileAsync(snapshot, first, cancellationToken)
            .ConfigureAwait(false);
    }

    // A file needs no workspace.
    static async Task<TableProfile> ReadFilesAsync(
        string[] files, ProfileOptions options, IProgress<TableProfile> first, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("millrace-profile-").FullName;
        try
        {
            return await new TableProfiler(folder, options).ProfileAsync(files, first, cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A table's name has no folder, and no dot before its version.</summary>
    static bool IsFile(string thing) => !thing.StartsWith("table:", StringComparison.Ordinal)
        && (thing.Contains('/', StringComparison.Ordinal)
            || thing.Split('@')[0].Contains('.', StringComparison.Ordinal)
            || (thing.Contains('.', StringComparison.Ordinal) && File.Exists(thing)));

    /// <summary>Shows on a terminal what is known at once.</summary>
    sealed class FirstNumbers(bool isAscii) : IProgress<TableProfile>
    {
        public void Report(TableProfile value)
        {
            if (!Console.IsErrorRedirected && value.RowCount * value.Columns.Count is null or > ManyCells)
                new ProfileText(TerminalConsole.Error, isAscii).Write(value);
        }
    }
}
