using System.CommandLine;
using System.CommandLine.Help;
using Millrace.App.Access;
using Millrace.App.Buckets;
using Millrace.App.Demo;
using Millrace.App.Lineage;
using Millrace.App.Objects;
using Millrace.App.Pipelines;
using Millrace.App.Serving;
using Millrace.App.Sources;
using Millrace.App.Tables;
using Millrace.App.Terminal;
using Millrace.App.Versions;

namespace Millrace.App;

/// <summary>All verbs, and the one place where failures become exit codes.</summary>
static class CommandLine
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is ["worker", ..])
        {
            return await PipelineWorkerHost.RunAsync(arguments[1..]).ConfigureAwait(false);
        }

        var root = new Verb(
            "millrace",
            "Millrace carries data for machine learning from its sources to training, "
            + "and keeps it right on the way.",
            "millrace demo            the whole nightly job on real photographs; begin here\n"
            + "millrace COMMAND --help  what a command takes, with examples")
        {
            new HelpOption { Recursive = true },
            new VersionOption { Action = new VersionAction() },
            DemoCommands.Demo(),
            WorkspaceCommands.Init(),
            PipelineCommands.Run(),
            SqlCommands.Sql(),
            IngestCommands.Ingest(),
            ExportCommands.Export(),
            LineageCommands.Why(),
            LineageCommands.Impact(),
            ThingCommands.Noun("table", "tables", TableCommands.Changes()),
            ThingCommands.Noun("dataset", "datasets"),
            ThingCommands.Noun("model", "models"),
            ThingCommands.Noun("feature", "feature views"),
            ServeCommands.Serve(),
            ServeCommands.S3(),
            KeyCommands.Key(),
            CheckCommands.Fsck(),
            SweepCommands.Gc(),
            EraseCommands.Erase(),
            MoveCommands.Move(),
            DvcCommands.Dvc(),
            LfsCommands.Lfs(),
            StageCommands.Add(),
            StageCommands.Status(),
            StageCommands.Restore(),
            CommitCommands.Commit(),
            CommitCommands.Log(),
            BranchCommands.Checkout(),
            BranchCommands.Branch(),
            BranchCommands.Merge(),
            BranchCommands.Tag(),
            TreeCommands.Diff(),
            TreeCommands.List(),
            TreeCommands.Cat(),
            TreeCommands.Usage(),
            GitCommands.Git(),
            GitCommands.Remove(),
            GitCommands.MergeDriver(),
            RemoteCommands.Remote(),
            SyncCommands.Push(),
            SyncCommands.Fetch(),
            SyncCommands.Pull(),
            CloneCommands.Clone(),
            ConfigCommands.Config(),
            ImportUrlCommands.ImportUrl(),
            PackageCommands.Package(),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            // After Ctrl-C workers are ended and leases freed; that takes a moment.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(15),
        };
        try
        {
            return await root.Parse(arguments).InvokeAsync(configuration).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The rim of the program.
            return Failure.Report(exception);
        }
    }
}
