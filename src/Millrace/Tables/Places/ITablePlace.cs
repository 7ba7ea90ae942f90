using Millrace.Tables.Delta;

namespace Millrace.Tables.Places;

/// <summary>Where all tables of a workspace are. Thread-safe.</summary>
interface ITablePlace : IDisposable
{
    /// <summary>The folder of this machine in which new files are written: the tables themselves, or what is on its way
    /// to them.</summary>
    string Folder { get; }

    /// <summary>What the catalog notes as a table's place.</summary>
    string LocationOf(string table);

    /// <summary>A table's files, be there any or not.</summary>
    /// <exception cref="MillraceException"><c>table-name-invalid</c>.</exception>
    ITableFiles Of(string table);

    /// <summary>The names of the tables that have files.</summary>
    IReadOnlyList<string> List();
}
