namespace Millrace.Tables.Frames;

/// <summary>Functions of a time or a day; times with a zone are taken in UTC. Null in, null out.</summary>
public sealed class TimeExpr
{
    readonly Expr _time;

    internal TimeExpr(Expr time) => _time = time;

    public Expr Year() => Part("year");

    /// <summary>1 to 4.</summary>
    public Expr Quarter() => Part("quarter");

    /// <summary>1 to 12.</summary>
    public Expr Month() => Part("month");

    /// <summary>1 to 53, of ISO 8601.</summary>
    public Expr Week() => Part("week");

    /// <summary>Of the month, from 1.</summary>
    public Expr Day() => Part("day");

    /// <summary>Of the year, from 1.</summary>
    public Expr DayOfYear() => Part("dayofyear");

    /// <summary>From Monday, which is 0, to Sunday, which is 6.</summary>
    public Expr DayOfWeek() => Part("isodow") - 1;

    public Expr Hour() => Part("hour");

    public Expr Minute() => Part("minute");

    public Expr Second() => Part("second");

    /// <summary>Within the second.</summary>
    public Expr Microsecond() => Part("microsecond") % 1_000_000;

    public Expr Date() => _time.Cast("date");

    /// <summary>The start of the unit that it lies in.</summary>
    public Expr Truncate(TimeUnit unit) => Expr.Call("date_trunc", Word(unit), _time);

    /// <summary>The start of the interval that it lies in; intervals are counted from 1970-01-01 00:00.</summary>
    public Expr Floor(TimeSpan interval) => interval > TimeSpan.Zero
        ? Expr.Call("time_bucket", interval, _time, Expr.Literal(new DateTime(1970, 1, 1)))
        : throw new ArgumentOutOfRangeException(nameof(interval), interval, "The interval must be longer than none.");

    /// <summary>How many borders of a unit lie between it and a later time.</summary>
    public Expr Until(Expr later, TimeUnit unit) => Expr.Call("date_diff", Word(unit), _time, later);

    /// <summary>As text.</summary>
    /// <param name="format">DuckDB's, such as <c>%Y-%m-%d</c>.</param>
    public Expr Format(string format) => Expr.Call("strftime", _time, format);

    /// <summary>The last day of its month.</summary>
    public Expr MonthEnd() => Expr.Call("last_day", _time);

    /// <summary>Seconds since 1970-01-01 00:00 UTC, with their fraction.</summary>
    public Expr EpochSeconds() => Expr.Call("epoch", _time);

    Expr Part(string part) => Expr.Call(part, _time);

    static Expr Word(TimeUnit unit) => Enum.IsDefined(unit)
        ? unit.ToString().ToLowerInvariant()
        : throw new ArgumentOutOfRangeException(nameof(unit), unit, "There is no such unit.");
}
