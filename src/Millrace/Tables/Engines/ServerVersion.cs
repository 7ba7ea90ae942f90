using System.Globalization;

namespace Millrace.Tables.Engines;

/// <summary>The version of a ClickHouse server.</summary>
readonly record struct ServerVersion(int Major, int Minor) : IComparable<ServerVersion>
{
    /// <summary>The first that reads a Delta table at a version that is named, and has all that frames become.
    /// </summary>
    public static readonly ServerVersion ReadsTables = new(25, 10);

    public static bool operator <(ServerVersion left, ServerVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(ServerVersion left, ServerVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(ServerVersion left, ServerVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(ServerVersion left, ServerVersion right) => left.CompareTo(right) >= 0;

    /// <summary>Reads <c>26.7.2.1</c>.</summary>
    public static ServerVersion? TryParse(string text)
    {
        var parts = text.Trim().Split('.');
        return parts.Length >= 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)
                ? new ServerVersion(major, minor) : null;
    }

    public int CompareTo(ServerVersion other) =>
        Major != other.Major ? Major.CompareTo(other.Major) : Minor.CompareTo(other.Minor);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}
