namespace Millrace.Tables.Delta;

/// <summary>Where a table's files are. Paths are relative to the table and have <c>/</c> between their parts.</summary>
interface ITableFiles
{
    /// <summary>The table's folder, for messages and for paths that the log writes whole.</summary>
    string Place { get; }

    /// <summary>The names of the files in a folder, in byte order; null when there is no such folder.</summary>
    /// <param name="folder">Without its parent folders' files.</param>
    /// <param name="after">Only names after this one; null for all. A store may answer such a question faster.</param>
    IReadOnlyList<string>? List(string folder, string? after = null);

    /// <summary>A file to read from its start; null when it is not there.</summary>
    Stream? Open(string path);

    /// <summary>When a file was last written; null when it is not there.</summary>
    DateTimeOffset? ModifiedAt(string path);

    /// <summary>Creates a durable file with all of its bytes, unless there is one of that name.</summary>
    /// <returns>False when the name is taken.</returns>
    bool TryPut(string path, ReadOnlySpan<byte> bytes);

    /// <summary>The path under which DuckDB reads a file.</summary>
    string LocalPath(string path);
}
