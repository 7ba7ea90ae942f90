using System.CommandLine;

namespace Millrace.App.Tables;

/// <summary>The verbs of <c>millrace table</c>.</summary>
static class TableCommands
{
    /// <summary>Those beside <c>list</c>.</summary>
    public static IReadOnlyList<Command> Changes() =>
    [
        TableHistoryCommands.History(), TableHistoryCommands.Describe(), TableHistoryCommands.Diff(),
        TableHistoryCommands.Restore(), TableHistoryCommands.Clone(), TableUpkeepCommands.Delete(),
        TableAlterCommands.Alter(), TableUpkeepCommands.Optimize(), TableUpkeepCommands.Vacuum(),
        TableUpkeepCommands.Checkpoint(),
    ];
}
