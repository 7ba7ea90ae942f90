using Millrace.Sources.Loading;
using Millrace.Sources.Reading;

namespace Millrace.Sources.Databases;

/// <summary>The rows of a query of a database, one after the other.</summary>
abstract class DatabaseRows : IDisposable
{
    /// <summary>Rows that came.</summary>
    public long RowCount { get; protected set; }

    /// <summary>Bytes that they took on the way.</summary>
    public long ByteCount { get; protected set; }

    /// <summary>What is wrong with the row that was written last.</summary>
    public RowFault Fault { get; protected set; }

    /// <summary>What takes the values of a column.</summary>
    /// <param name="column">The column's number in the plan.</param>
    public abstract VectorWriter CreateWriter(int column);

    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="MillraceException"><c>source-unavailable</c>, <c>source-damaged</c>, <c>row-large</c>.
    /// </exception>
    public abstract bool Next();

    /// <summary>Writes the row's values as a row of a table.</summary>
    public abstract WriteOutcome Write(IReadOnlyList<VectorWriter> columns, int row);

    /// <summary>The row as a JSON object, in which nothing of it is lost.</summary>
    public abstract byte[] ToJson();

    /// <summary>SHA-256 of everything that came, once all of it did.</summary>
    public abstract string Hash();

    public abstract void Dispose();

    protected WriteOutcome Blame(WriteOutcome outcome, PlannedColumn column, string reason)
    {
        Fault = new RowFault(column.SourceName, reason);
        return outcome;
    }
}
