using System.Globalization;
using System.Text;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Engines;

/// <summary>Times, days and intervals. Most is counted in microseconds, so that it holds on both sides of
/// 1970.</summary>
sealed partial class ClickHouseDialect
{
    const long MicrosPerDay = 86_400_000_000;

    // 1970-01-05 was a Monday.
    const long FirstMonday = 4 * MicrosPerDay;

    static readonly ServerVersion TimesSince = new(23, 8);

    static readonly Dictionary<string, string> Parts = new(StringComparer.Ordinal)
    {
        ["year"] = "toYear",
        ["quarter"] = "toQuarter",
        ["month"] = "toMonth",
        ["week"] = "toISOWeek",
        ["day"] = "toDayOfMonth",
        ["dayofyear"] = "toDayOfYear",
        ["isodow"] = "toDayOfWeek",
        ["hour"] = "toHour",
        ["minute"] = "toMinute",
        ["second"] = "toSecond",
    };

    // DuckDB's letters of formats, and ClickHouse's.
    static readonly Dictionary<char, string> Formats = new()
    {
        ['Y'] = "%Y",
        ['m'] = "%m",
        ['d'] = "%d",
        ['H'] = "%H",
        ['M'] = "%i",
        ['S'] = "%S",
        ['y'] = "%y",
        ['j'] = "%j",
        ['f'] = "%f",
        ['%'] = "%%",
    };

    string? TimeCall(CallNode node, string type, string? alias)
    {
        var arguments = node.Arguments;
        var of = arguments.Count > 0 ? TypeOf(arguments[0]) : "";
        if (Parts.TryGetValue(node.Name, out var function) && IsMoment(of))
        {
            var value = Render(arguments[0], alias);
            return of == "DATE" && node.Name is "hour" or "minute" or "second"
                ? $"if(isNull({value}), NULL, 0)" : $"{function}({value})";
        }

        switch (node.Name)
        {
            case "microsecond" when ClickHouseType.IsTime(of):
                return $"positiveModulo({Micros(Render(arguments[0], alias), of)}, toInt64(60000000))";
            case "epoch" when IsMoment(of):
                return $"({Micros(Render(arguments[0], alias), of)} / 1000000)";
            case "last_day" when IsMoment(of):
                return $"toLastDayOfMonth(toDate32({Render(arguments[0], alias)}))";
            case "strftime" when ClickHouseType.IsTime(of):
                return $"formatDateTime({Render(arguments[0], alias)}, "
                    + $"{ClickHouseText.Text(Format(Said<string>(arguments[1], "strftime")))}, 'UTC')";
            case "date_trunc" when IsMoment(TypeOf(arguments[1])):
                return Truncated(
                    Said<string>(arguments[0], "date_trunc"), Render(arguments[1], alias), TypeOf(arguments[1]), type);
            case "time_bucket" when IsMoment(TypeOf(arguments[1])) && arguments[2] is LiteralNode
            {
                Value: DateTime { Ticks: var ticks }
            } && ticks == DateTime.UnixEpoch.Ticks:
                return FloorTo(
                    Said<TimeSpan>(arguments[0], "time_bucket").Ticks / TimeSpan.TicksPerMicrosecond, 0,
                    Micros(Render(arguments[1], alias), TypeOf(arguments[1])), type);
            case "date_diff" when IsMoment(TypeOf(arguments[1])) && IsMoment(TypeOf(arguments[2])):
                return $"dateDiff({ClickHouseText.Text(Said<string>(arguments[0], "date_diff"))}, "
                    + $"{To(Render(arguments[1], alias), "TIMESTAMP")}, "
                    + $"{To(Render(arguments[2], alias), "TIMESTAMP")}, 'UTC')";
            default:
                return null;
        }
    }

    /// <summary>Microseconds since 1970.</summary>
    static string Micros(string value, string type) => type == "DATE"
        ? $"(toInt64({value}) * {MicrosPerDay})" : $"toUnixTimestamp64Micro({value})";

    static string Moment(string micros) => $"fromUnixTimestamp64Micro({micros}, 'UTC')";

    static string FloorTo(long unit, long origin, string micros, string type)
    {
        var value = Moment(string.Create(
            CultureInfo.InvariantCulture, $"{micros} - positiveModulo({micros} - {origin}, toInt64({unit}))"));
        return type == "DATE" ? $"toDate32({value})" : value;
    }

    string Truncated(string unit, string value, string of, string type)
    {
        Need(TimesSince, "date_trunc");
        var micros = Micros(value, of);
        var start = unit switch
        {
            "month" => "toStartOfMonth",
            "quarter" => "toStartOfQuarter",
            "year" => "toStartOfYear",
            _ => null,
        };
        if (start is not null)
        {
            var day = $"{start}(toDate32({value}))";
            return type == "DATE" ? day : To(day, type);
        }

        return unit == "week" ? FloorTo(7 * MicrosPerDay, FirstMonday, micros, type) : FloorTo(
            unit switch
            {
                "day" => MicrosPerDay,
                "hour" => MicrosPerDay / 24,
                "minute" => 60_000_000,
                "second" => 1_000_000,
                "millisecond" => 1_000,
                "microsecond" => 1,
                _ => throw EngineFault.Feature($"the unit '{unit}' of date_trunc"),
            },
            0, micros, type);
    }

    static string Format(string format)
    {
        var made = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                made.Append(format[i]);
                continue;
            }

            made.Append(i + 1 < format.Length && Formats.TryGetValue(format[++i], out var letter)
                ? letter : throw EngineFault.Feature($"the format '{format}' of strftime"));
        }

        return made.ToString();
    }

    /// <summary>Arithmetic with times; null when it is none.</summary>
    static string? Time(
        string symbol, (string Value, string Type) left, (string Value, string Type) right, string type)
    {
        var isMinus = symbol == "-";
        if (symbol is not ("+" or "-"))
            return null;
        if (IsMoment(left.Type) && IsMoment(right.Type) && isMinus)
        {
            return left.Type == "DATE" && right.Type == "DATE"
                ? $"(toInt64({left.Value}) - toInt64({right.Value}))"
                : $"({Micros(left.Value, left.Type)} - {Micros(right.Value, right.Type)})";
        }

        if (IsMoment(left.Type) && right.Type == "INTERVAL")
            return Moment($"{Micros(left.Value, left.Type)} {symbol} {right.Value}");
        if (left.Type == "INTERVAL" && IsMoment(right.Type) && !isMinus)
            return Moment($"{left.Value} + {Micros(right.Value, right.Type)}");
        if (left.Type == "INTERVAL" && right.Type == "INTERVAL")
            return $"({left.Value} {symbol} {right.Value})";
        if (left.Type == "DATE" && ClickHouseType.IsInteger(right.Type))
            return $"CAST({left.Value} {symbol} {right.Value}, {ClickHouseType.Quoted(type)})";
        return null;
    }
}
