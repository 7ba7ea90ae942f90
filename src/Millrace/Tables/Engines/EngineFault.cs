namespace Millrace.Tables.Engines;

/// <summary>The errors of engines that several places give.</summary>
static class EngineFault
{
    /// <summary>Something that the engine has no equal of, so that its answer would be another one.</summary>
    public static MillraceException Feature(string feature, string? hint = null) => new(
        ErrorKind.Invalid, "engine-feature", $"The engine has no equal of {feature}, which the query needs.",
        hint ?? "Run it without '--engine', or compute that part first and write it to a table.");

    /// <summary>Something that only newer servers have.</summary>
    public static MillraceException Since(string feature, ServerVersion needed, ServerVersion found) => new(
        ErrorKind.Invalid, "engine-feature",
        $"ClickHouse {found} has no {feature}, which the query needs; ClickHouse {needed} has.",
        "Name a newer server in 'engines:', or run it without '--engine'.");

    /// <summary>An answer of the server that can't be right.</summary>
    public static MillraceException Answer(string engine, string what, Exception? inner = null) => new(
        ErrorKind.Unavailable, "engine-answer", $"The answer of engine '{engine}' can't be used: {what}",
        "Nothing was taken from it. Run the query again; if it stays so, look into the server's log.", inner!);
}
