using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Decides which columns are written and as what, for inputs that carry their types.</summary>
/// <param name="onDrift">What happens when the columns are not the table's.</param>
/// <param name="before">The columns that the table has and keeps; null when it is made, or made anew.</param>
sealed class TypedPlanner(DriftPolicy onDrift, TableSchema? before)
{
    readonly List<PlannedColumn> _columns = [.. (before?.Columns ?? []).Select(
        column => new PlannedColumn(column.Name, column.Name, ReadType.Unknown, column.Type, false))];

    readonly List<string> _added = [];
    readonly List<string> _differences = [];
    readonly HashSet<string> _found = new(StringComparer.Ordinal);
    readonly Dictionary<string, string> _widened = new(StringComparer.Ordinal);

    /// <summary>Takes a column of an input.</summary>
    /// <param name="source">What the input is called.</param>
    /// <param name="name">The column.</param>
    /// <param name="delta">The table's type that holds all of its values.</param>
    public void Add(string source, string name, string delta)
    {
        _found.Add(name);
        var index = _columns.FindIndex(known => known.SourceName == name);
        if (index < 0)
        {
            _columns.Add(new PlannedColumn(name, name, ReadType.Unknown, delta, false));
            if (before is not null)
            {
                _added.Add(name);
                if (onDrift is DriftPolicy.Fail or DriftPolicy.Quarantine)
                {
                    _differences.Add($"'{name}' ({delta}) is not in the table");
                }
            }

            return;
        }

        var known = _columns[index];
        var common = TypedColumn.Common(known.Delta, delta);
        if (common == known.Delta)
        {
            return;
        }

        var isOfTable = before?.Find(known.Name) is not null;
        if (isOfTable && onDrift != DriftPolicy.Widen)
        {
            _differences.Add($"'{known.Name}' is {delta} in '{source}' and {known.Delta} in the table");
            return;
        }

        var type = common ?? "string";
        _columns[index] = known with { Delta = type };
        if (isOfTable)
        {
            _widened[known.Name] =
                $"cast({SqlName.Quote(known.Name)} as {new TableColumn(known.Name, type).SqlType})";
        }
    }

    public IngestPlan Plan()
    {
        var missing = (before?.Columns ?? []).Where(column => !_found.Contains(column.Name)).ToList();
        if (onDrift == DriftPolicy.Fail)
        {
            _differences.AddRange(missing.Select(
                column => $"'{column.Name}' ({column.Type}) is missing from the input"));
        }

        return new IngestPlan(_columns, _added, _widened, _differences, [], false)
        {
            Missing = missing.Select(column => column.Name).ToHashSet(StringComparer.Ordinal),
        };
    }
}
