using System.Text.Json;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Profiles;

/// <summary>Bounds and nulls of a column over the files of a table, as far as the log has them of every file.</summary>
/// <param name="physicalName">The column's name in the files and their statistics.</param>
/// <param name="type">Its type.</param>
sealed class KnownBounds(string physicalName, DeltaType type)
{
    long _nulls;
    object? _low;
    object? _high;
    bool _isLowSeen;
    bool _isHighSeen;
    bool _areNullsSeen;
    bool _areNullsKnown = true;
    bool _areBoundsKnown = true;
    long _fileNulls;

    public string PhysicalName => physicalName;

    public long? NullCount => _areNullsKnown ? _nulls : null;

    public string? Min
    {
        get => _areBoundsKnown ? field : null;
        private set;
    }

    public string? Max
    {
        get => _areBoundsKnown ? field : null;
        private set;
    }

    public void AddNulls(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) && count >= 0)
        {
            _areNullsSeen = true;
            _fileNulls = count;
        }
    }

    public void AddLow(JsonElement value)
    {
        if (Value(value) is not { } bound)
            return;
        _isLowSeen = true;
        if (_low is null || Bound.Compare(bound, _low) < 0)
            (_low, Min) = (bound, Text(value));
    }

    public void AddHigh(JsonElement value)
    {
        if (Value(value) is not { } bound)
            return;
        _isHighSeen = true;
        if (_high is null || Bound.Compare(bound, _high) > 0)
            (_high, Max) = (bound, Text(value));
    }

    /// <summary>Ends a file: what its statistics did not tell is unknown of all.</summary>
    public void AddPartition(DataFile file, bool isUsed)
    {
        if (file.PartitionValues.TryGetValue(physicalName, out var value))
        {
            AddPartition(value, file.RowCount);
        }
        else
        {
            _areNullsKnown &= isUsed && _areNullsSeen;
            _nulls += _fileNulls;
            // A file of nothing but nulls has no bounds, and needs none.
            _areBoundsKnown &= isUsed
                && ((_isLowSeen && _isHighSeen) || (_areNullsSeen && _fileNulls == file.RowCount));
        }

        (_isLowSeen, _isHighSeen, _areNullsSeen, _fileNulls) = (false, false, false, 0);
    }

    void AddPartition(string? value, long rowCount)
    {
        if (value is null)
        {
            _nulls += rowCount;
            return;
        }

        if (Bound.Of(type, value) is not { } bound)
        {
            _areBoundsKnown = false;
            return;
        }

        if (_low is null || Bound.Compare(bound, _low) < 0)
            (_low, Min) = (bound, value);
        if (_high is null || Bound.Compare(bound, _high) > 0)
            (_high, Max) = (bound, value);
    }

    object? Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Bound.Of(type, value.GetString()!),
        JsonValueKind.Number => Bound.Of(type, value.GetRawText()),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}
