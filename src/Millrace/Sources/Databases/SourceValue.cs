namespace Millrace.Sources.Databases;

/// <summary>Says which value of a source is wrong.</summary>
static class SourceValue
{
    public static MillraceException Wrong(
        ExtractSettings settings, string key, string column, string value, string type) => new(
        ErrorKind.Invalid, "source-value",
        $"Column '{column}' of the row of '{settings.Table}' in '{settings.Database.Name}' with "
        + $"{settings.Key} = {key} is {value}, which is no {type}.",
        "Correct the row in the source, then run the same command again. Nothing was loaded.");
}
