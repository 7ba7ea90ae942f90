using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Decides which columns are written and as what, from what is known of the input and of the table.</summary>
/// <param name="settings">What was asked for.</param>
/// <param name="before">The columns that the table has and keeps; null when it is made, or made anew.</param>
/// <param name="jsonColumns">Columns of the table that hold values of JSON as their texts.</param>
sealed class IngestPlanner(IngestSettings settings, TableSchema? before, IReadOnlySet<string> jsonColumns)
{
    /// <param name="facts">What is known of the input's columns.</param>
    /// <param name="isComplete">Whether every record was looked at.</param>
    /// <param name="isJson">Whether the input can leave columns out where it has no value.</param>
    public IngestPlan Plan(FactsTable facts, bool isComplete, bool isJson)
    {
        var columns = new List<PlannedColumn>();
        var differences = new List<string>();
        var widened = new Dictionary<string, string>(StringComparer.Ordinal);
        var used = new HashSet<int>();
        var missing = new HashSet<string>(StringComparer.Ordinal);
        foreach (var column in before?.Columns ?? [])
        {
            var index = IndexOf(facts, column.Name, used);
            if (index < 0)
            {
                if (!isJson && settings.OnDrift == DriftPolicy.Fail)
                {
                    differences.Add($"'{column.Name}' ({column.Type}) is missing from the input");
                }

                columns.Add(new PlannedColumn(column.Name, column.Name, ReadType.Unknown, column.Type, false));
                missing.Add(column.Name);
                continue;
            }

            used.Add(index);
            columns.Add(Existing(column, facts.Names[index], facts[index], isComplete, differences, widened));
        }

        var added = new List<string>();
        var taken = columns.Select(column => column.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var notices = new List<string>();
        for (var i = 0; i < facts.Names.Count; i++)
        {
            if (used.Contains(i) || (before is not null && settings.OnDrift == DriftPolicy.Quarantine))
            {
                continue;
            }

            var column = New(facts.Names[i], facts[i], isComplete, taken, notices);
            columns.Add(column);
            if (before is not null)
            {
                added.Add(column.Name);
                if (settings.OnDrift == DriftPolicy.Fail)
                {
                    differences.Add($"'{column.Name}' ({column.Delta}) is not in the table");
                }
            }
        }

        if (columns.Count > FactsTable.MaxColumns)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "columns-many",
                $"Table '{settings.Table}' would have {columns.Count:N0} columns; {FactsTable.MaxColumns:N0} are "
                + "allowed.",
                "Turn columns into rows before.");
        }

        CheckGiven(columns);
        return new IngestPlan(
            columns, added, widened, differences, notices,
            before is not null && settings.OnDrift == DriftPolicy.Quarantine)
        {
            Missing = missing,
        };
    }

    PlannedColumn Existing(
        TableColumn column,
        string sourceName,
        ColumnFacts facts,
        bool isComplete,
        List<string> differences,
        Dictionary<string, string> widened)
    {
        var found = facts.Type(isComplete);
        var type = jsonColumns.Contains(column.Name) ? new ReadType(ValueTypes.Json) : ReadType.OfDelta(column.Type);
        if (type is { } taken && (facts.ValueCount == 0 || facts.Fits(taken) || CanQuarantine))
        {
            return new PlannedColumn(column.Name, sourceName, taken, column.Type, false);
        }

        if (type is not null && settings.OnDrift == DriftPolicy.Widen)
        {
            var wider = TypeWidening.Of(column, facts);
            widened[column.Name] = wider.Sql;
            return new PlannedColumn(column.Name, sourceName, wider.Type, wider.Type.Delta, false);
        }

        differences.Add($"'{column.Name}' is {found.Delta} in the input and {column.Type} in the table");
        return new PlannedColumn(column.Name, sourceName, type ?? ReadType.Unknown, column.Type, false);
    }

    bool CanQuarantine => settings.OnDrift == DriftPolicy.Quarantine;

    PlannedColumn New(
        string sourceName, ColumnFacts facts, bool isComplete, HashSet<string> taken, List<string> notices)
    {
        // A NUL can't stand in SQL.
        var wanted = sourceName.Length == 0 ? "column" : sourceName.Replace('\0', '\ufffd');
        var name = wanted;
        for (var number = 2; !taken.Add(name); number++)
        {
            name = $"{wanted}_{number}";
        }

        if (wanted != sourceName)
        {
            notices.Add(sourceName.Length == 0
                ? $"A column without a name is called '{name}'."
                : $"A column whose name has a NUL character is called '{name}'.");
        }
        else if (name != sourceName)
        {
            notices.Add(sourceName.Length == 0
                ? $"A column without a name is called '{name}'."
                : $"The column '{sourceName}' is called '{name}', for SQL does not tell names apart by case.");
        }

        if (settings.Types.TryGetValue(name, out var given))
        {
            var type = ReadType.OfDelta(given) ?? throw new MillraceException(
                ErrorKind.Invalid, "type-unsupported", $"Column '{name}' can't be read as '{given}'.",
                "The types are boolean, long, double, decimal(P,S), date, timestamp, string and array<T> of these.");
            return new PlannedColumn(name, sourceName, type, type.Delta, true);
        }

        var found = facts.Type(isComplete);
        return new PlannedColumn(name, sourceName, found, found.Delta, false);
    }

    void CheckGiven(List<PlannedColumn> columns)
    {
        var unknown = settings.Types.Keys.FirstOrDefault(
            name => !columns.Any(column => column.Name == name));
        if (unknown is not null)
        {
            throw new MillraceException(
                ErrorKind.NotFound, "column-unknown", $"There is no column '{unknown}' to give a type to.",
                $"The columns are {string.Join(", ", columns.Take(50).Select(column => column.Name))}.");
        }
    }

    /// <summary>The input's column for a column of the table: of the same name, or else of the same but for its case.
    /// </summary>
    static int IndexOf(FactsTable facts, string name, HashSet<int> used)
    {
        var similar = -1;
        for (var i = 0; i < facts.Names.Count; i++)
        {
            if (facts.Names[i] == name)
            {
                return i;
            }

            if (similar < 0 && !used.Contains(i) && facts.Names[i].Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                similar = i;
            }
        }

        return similar;
    }
}
