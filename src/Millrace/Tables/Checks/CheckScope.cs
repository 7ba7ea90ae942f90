using System.Text.Json.Serialization;

namespace Millrace.Tables.Checks;

/// <summary>Which rows a check is about.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckScope>))]
public enum CheckScope
{
    /// <summary>Those that the version brings.</summary>
    New = 0,

    /// <summary>All rows of the table as it is going to be.</summary>
    Table = 1,
}
