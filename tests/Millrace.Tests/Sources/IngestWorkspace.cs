using System.Text;
using Millrace.Sources;
using Millrace.Tests.TablesRoom;

namespace Millrace.Tests.SourcesRoom;

/// <summary>Files beside a workspace, and the shortest way into its tables.</summary>
static class IngestWorkspace
{
    public static string WriteFile(this TestWorkspace workspace, string name, string text) =>
        workspace.WriteFile(name, Encoding.UTF8.GetBytes(text));

    public static string WriteFile(this TestWorkspace workspace, string name, ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(workspace.Outside, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public static Task<IngestReport> IngestAsync(
        this TestWorkspace workspace, string table, string source, Func<IngestSettings, IngestSettings>? change = null)
    {
        var settings = new IngestSettings
        {
            Table = table,
            Sources = source == "-" ? [source] : [Path.Combine(workspace.Outside, source)],
        };
        return workspace.Open.Sources.IngestAsync(
            change?.Invoke(settings) ?? settings, null, TestContext.Current.CancellationToken);
    }
}
