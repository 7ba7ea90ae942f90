using System.Text.Json.Serialization;

namespace Millrace.Tables.Checks;

/// <summary>What becomes of a version that does not pass a check.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CheckSeverity>))]
public enum CheckSeverity
{
    /// <summary>It is not published.</summary>
    Fail = 0,

    /// <summary>It is published, and the fault is told.</summary>
    Warn = 1,
}
