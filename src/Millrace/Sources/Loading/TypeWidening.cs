using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Finds the least type that takes both what a table's column has and what an input brings, without losing
/// anything of either.</summary>
static class TypeWidening
{
    const int LongDigits = 19;
    const int MaxDecimalDigits = 38;

    /// <summary>The type, and the SQL that makes the old values into it.</summary>
    public static (ReadType Type, string Sql) Of(TableColumn column, ColumnFacts facts)
    {
        var name = SqlName.Quote(column.Name);
        var old = ReadType.OfDelta(column.Type)!.Value;
        if (old.Is(ValueTypes.Long | ValueTypes.Decimal) && facts.Fits(ValueTypes.Decimal))
        {
            var scale = Math.Max(old.Scale, facts.Scale);
            var whole = Math.Max(
                old.Is(ValueTypes.Long) ? LongDigits : old.Precision - old.Scale, facts.IntegerDigits);
            if (whole + scale <= MaxDecimalDigits && !(old.Is(ValueTypes.Long) && facts.Fits(ValueTypes.Double)))
            {
                var type = new ReadType(ValueTypes.Decimal, whole + scale, scale);
                return (type, $"cast({name} as {type.Delta})");
            }
        }

        if (old.Is(ValueTypes.Long) && facts.Fits(ValueTypes.Double))
        {
            // A whole number beyond 2^53 would be rounded: the cast is refused then, by name.
            return (new ReadType(ValueTypes.Double),
                $"case when {name} between -9007199254740992 and 9007199254740992 then cast({name} as double) "
                + $"when {name} is not null then error('column ' || {SqlName.Text(column.Name)} || ' holds ' || {name} "
                + "|| ', which a double can not hold; ingest with the type string or a decimal instead') end");
        }

        return facts.Fits(ValueTypes.Text)
            ? (ReadType.Text, $"cast({name} as varchar)")
            : (new ReadType(ValueTypes.Json), $"cast(to_json({name}) as varchar)");
    }
}
