using Millrace.Tables.Delta;

namespace Millrace.Tables.Places;

/// <summary>Tables in a folder of this machine, each in a folder of its name.</summary>
sealed class LocalTablePlace(string folder) : ITablePlace
{
    /// <inheritdoc/>
    public string Folder => folder;

    /// <summary>The name alone, so that a workspace may move.</summary>
    public string LocationOf(string table) => table;

    /// <inheritdoc/>
    public ITableFiles Of(string table) => new LocalTableFiles(Path.Combine(folder, SqlName.CheckTable(table)));

    /// <inheritdoc/>
    public IReadOnlyList<string> List() => !Directory.Exists(folder) ? []
        : [.. Directory.EnumerateDirectories(folder).Select(path => Path.GetFileName(path)).Where(SqlName.IsTable)];

    /// <inheritdoc/>
    public void Dispose()
    {
        // A folder is not held open.
    }
}
