using System.Text;

namespace Millrace.Sources.Reading;

/// <summary>What is known of all columns, in the order in which they were met.</summary>
sealed class FactsTable
{
    /// <summary>More columns than that are refused: nobody can query them, and each costs memory.</summary>
    public const int MaxColumns = 10_000;

    readonly List<ColumnFacts> _facts = [];
    readonly List<string> _names = [];
    readonly NameTable _index = new();

    public IReadOnlyList<string> Names => _names;

    public ColumnFacts this[int index] => _facts[index];

    /// <summary>The column of a name, which is added when it is new.</summary>
    /// <param name="name">Its bytes.</param>
    /// <param name="expected">Where it most likely is.</param>
    /// <exception cref="MillraceException"><c>columns-many</c>.</exception>
    public int Find(ReadOnlySpan<byte> name, int expected)
    {
        var index = _index.Find(name, expected);
        if (index >= 0)
        {
            return index;
        }

        if (_facts.Count == MaxColumns)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "columns-many", $"The input has more than {MaxColumns:N0} columns.",
                "Turn columns into rows before, or keep the names and values as one column of JSON.");
        }

        _facts.Add(new ColumnFacts());
        _names.Add(Encoding.UTF8.GetString(name));
        return _index.Add(name);
    }

    /// <summary>Adds what others found.</summary>
    public void Add(FactsTable other)
    {
        for (var i = 0; i < other._names.Count; i++)
        {
            _facts[Find(Encoding.UTF8.GetBytes(other._names[i]), i)].Add(other._facts[i]);
        }
    }
}
