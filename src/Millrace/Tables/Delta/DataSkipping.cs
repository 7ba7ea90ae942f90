using System.Text.Json;

namespace Millrace.Tables.Delta;

/// <summary>Tells which files of a table may hold rows of a predicate, by the values of their partitions and their
/// statistics. Delta protocol, "Per-file Statistics".</summary>
/// <remarks>A file is passed over only when it is certain. What is not there, can't be read or can't be compared keeps
/// the file; so do bounds that say less than they seem to: the end of a text may be cut off, a time is cut to
/// milliseconds, and no bound tells of a NaN, which is greater than every number.</remarks>
sealed class DataSkipping
{
    const long MicrosecondsCut = 999;

    readonly TableSnapshot _snapshot;
    readonly List<Test> _tests = [];

    /// <exception cref="MillraceException"><c>column-unknown</c>.</exception>
    public DataSkipping(TableSnapshot snapshot, TablePredicate predicate)
    {
        _snapshot = snapshot;
        var mapping = ColumnMapping.Of(snapshot);
        foreach (var condition in predicate.Conditions)
        {
            var column = snapshot.Schema.Columns.FirstOrDefault(
                column => column.Name.Equals(condition.Column, StringComparison.OrdinalIgnoreCase))
                ?? throw new MillraceException(
                    ErrorKind.Invalid, "column-unknown",
                    $"Table '{snapshot.Name}' has no column '{condition.Column}'.",
                    $"Its columns are {string.Join(", ", snapshot.Schema.Columns.Select(column => column.Name))}.");
            _tests.Add(new Test(
                condition.Kind, column.DataType, mapping.PhysicalName(column),
                snapshot.PartitionColumns.Contains(column.Name, StringComparer.Ordinal),
                [.. condition.Values.Select(value => Bound.Of(column.DataType, value))]));
        }
    }

    /// <summary>The files that may hold such rows, in their order.</summary>
    public IReadOnlyList<DataFile> Files() =>
        _tests.Count == 0 ? _snapshot.Files : [.. _snapshot.Files.Where(MayHold)];

    bool MayHold(DataFile file)
    {
        JsonDocument? statistics = null;
        try
        {
            foreach (var test in _tests)
            {
                if (!test.IsPartition)
                {
                    statistics ??= JsonDocument.Parse(file.Statistics);
                }

                var range = test.IsPartition ? OfPartition(test, file) : OfStatistics(test, statistics!.RootElement);
                if (!MayHold(test, range))
                {
                    return false;
                }
            }

            return true;
        }
        catch (JsonException)
        {
            return true;
        }
        finally
        {
            statistics?.Dispose();
        }
    }

    Range OfPartition(Test test, DataFile file)
    {
        if (!file.PartitionValues.TryGetValue(test.Name, out var text))
        {
            return Range.Unknown;
        }

        if (string.IsNullOrEmpty(text))
        {
            return new Range(null, null, HoldsNull: true, HoldsValue: false);
        }

        // A time that says no zone is of the machine that wrote it, which nobody can tell for certain.
        if (test.Type is PrimitiveType { Name: "timestamp" } && !text.EndsWith('Z')
            && _snapshot.WriterTimeZone != "UTC")
        {
            return Range.Unknown with { HoldsNull = false };
        }

        var value = Bound.Of(test.Type, text);
        return new Range(value, value, HoldsNull: false, HoldsValue: true) { IsExact = true };
    }

    static Range OfStatistics(Test test, JsonElement statistics)
    {
        if (statistics.ValueKind != JsonValueKind.Object)
        {
            return Range.Unknown;
        }

        var nulls = Value(statistics, "nullCount", test.Name) is { ValueKind: JsonValueKind.Number } count
            && count.TryGetInt64(out var number) ? number : (long?)null;
        var rows = statistics.TryGetProperty("numRecords", out var records)
            && records.ValueKind == JsonValueKind.Number && records.TryGetInt64(out var total) ? total : (long?)null;
        var max = OfBound(test.Type, Value(statistics, "maxValues", test.Name));
        return new Range(
            OfBound(test.Type, Value(statistics, "minValues", test.Name)),
            max is Bound.Moment moment && test.Type is not PrimitiveType { Name: "date" }
                ? new Bound.Moment(moment.Microseconds + MicrosecondsCut) : max,
            HoldsNull: nulls != 0, HoldsValue: nulls is null || nulls != rows)
        {
            IsOpenAbove = test.Type is PrimitiveType { Name: "float" or "double" },
        };
    }

    static object? OfBound(DeltaType type, JsonElement? value) => value?.ValueKind switch
    {
        JsonValueKind.String => Bound.Of(type, value.Value.GetString()!),
        JsonValueKind.Number => Bound.Of(type, value.Value.GetRawText()),
        JsonValueKind.True => Bound.Of(type, true),
        JsonValueKind.False => Bound.Of(type, false),
        _ => null,
    };

    static JsonElement? Value(JsonElement statistics, string kind, string name) =>
        statistics.TryGetProperty(kind, out var values) && values.ValueKind == JsonValueKind.Object
        && values.TryGetProperty(name, out var value) ? value : null;

    static bool MayHold(Test test, Range range)
    {
        switch (test.Kind)
        {
            case ConditionKind.IsNull:
                return range.HoldsNull;
            case ConditionKind.IsNotNull:
                return range.HoldsValue;
        }

        if (!range.HoldsValue)
        {
            return false;
        }

        return test.Kind switch
        {
            ConditionKind.Equal => MayEqual(test.Values[0], range),
            ConditionKind.In => test.Values.Any(value => MayEqual(value, range)),
            ConditionKind.Less => !IsCertain(range.Min, test.Values[0], order => order >= 0),
            ConditionKind.LessOrEqual => !IsCertain(range.Min, test.Values[0], order => order > 0),
            ConditionKind.Greater => range.IsOpenAbove || !IsBelow(range, test.Values[0], canEqual: true),
            ConditionKind.GreaterOrEqual => range.IsOpenAbove || !IsBelow(range, test.Values[0], canEqual: false),
            ConditionKind.Between => !IsCertain(range.Min, test.Values[1], order => order > 0)
                // Up to what can't be compared, which is a NaN for a number with a point.
                && ((range.IsOpenAbove && test.Values[1] is null)
                    || !IsBelow(range, test.Values[0], canEqual: false)),
            ConditionKind.StartsWith => MayStartWith(test.Values[0], range),
            _ => true,
        };
    }

    static bool MayEqual(object? value, Range range) =>
        !IsCertain(range.Min, value, order => order > 0) && !IsBelow(range, value, canEqual: false);

    /// <summary>Whether everything in the file is certainly below a value, or equal to it where that does not
    /// count.</summary>
    static bool IsBelow(Range range, object? value, bool canEqual)
    {
        // What the bound is cut off from may go on as the value does.
        if (!range.IsExact && range.Max is string max && value is string text
            && text.StartsWith(max, StringComparison.Ordinal))
        {
            return false;
        }

        return IsCertain(range.Max, value, order => order < 0 || (canEqual && order == 0 && (range.IsExact
            || range.Max is not string)));
    }

    static bool MayStartWith(object? prefix, Range range)
    {
        if (prefix is not string text)
        {
            return true;
        }

        var isAbove = range.Min is string min && !min.StartsWith(text, StringComparison.Ordinal)
            && !text.StartsWith(min, StringComparison.Ordinal) && Bound.Compare(min, text) > 0;
        return !isAbove && !IsBelow(range, text, canEqual: false);
    }

    static bool IsCertain(object? bound, object? value, Func<int, bool> isSo) =>
        bound is not null && value is not null && Bound.Compare(bound, value) is { } order && isSo(order);

    /// <summary>A condition, ready to be asked of files.</summary>
    sealed record Test(
        ConditionKind Kind, DeltaType Type, string Name, bool IsPartition, IReadOnlyList<object?> Values);

    /// <summary>What is known of a column in a file.</summary>
    /// <param name="Min">Null for not known.</param>
    /// <param name="Max">Null for not known.</param>
    /// <param name="HoldsNull">Whether a value may be null.</param>
    /// <param name="HoldsValue">Whether a value may be there.</param>
    sealed record Range(object? Min, object? Max, bool HoldsNull, bool HoldsValue)
    {
        public static Range Unknown { get; } = new(null, null, true, true);

        /// <summary>Whether the bounds are values, and not cut off.</summary>
        public bool IsExact { get; init; }

        /// <summary>Whether something greater than the greatest may be there.</summary>
        public bool IsOpenAbove { get; init; }
    }
}
