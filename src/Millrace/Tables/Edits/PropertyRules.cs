using System.Globalization;
using Millrace.Tables.Delta;

namespace Millrace.Tables.Edits;

/// <summary>Which properties of a table may be set: those of the protocol that are kept here, and those that mean
/// nothing to it.</summary>
static class PropertyRules
{
    static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "delta.appendOnly", "delta.enableChangeDataFeed", SchemaChange.ModeProperty, "delta.checkpointInterval",
        "delta.logRetentionDuration", "delta.deletedFileRetentionDuration", "delta.targetFileSize",
        "delta.dataSkippingNumIndexedCols", "delta.enableExpiredLogCleanup", "delta.setTransactionRetentionDuration",
    };

    /// <exception cref="MillraceException"><c>property-unsupported</c>.</exception>
    public static void Check(string table, IReadOnlyDictionary<string, string> properties)
    {
        foreach (var (key, value) in properties)
        {
            if (key == SchemaChange.ModeProperty && value != "name")
            {
                throw Refused(table, key, value, "Columns can be mapped by 'name'.");
            }

            if (key.StartsWith("delta.", StringComparison.Ordinal) && !Known.Contains(key)
                && !key.StartsWith(WriteRules.ConstraintPrefix, StringComparison.Ordinal))
            {
                throw Refused(table, key, value, $"Those that can be are {string.Join(", ", Known.Order())}.");
            }

            if (key is TableSnapshot.CloneProperty or TableSnapshot.DroppedProperty)
            {
                throw Refused(table, key, value, "It is set by 'table clone' and by DROP TABLE.");
            }

            if (key is "delta.appendOnly" or "delta.enableChangeDataFeed" or "delta.enableExpiredLogCleanup"
                && value is not ("true" or "false"))
            {
                throw Refused(table, key, value, "It is 'true' or 'false'.");
            }

            if (Least(key) is { } least && !(long.TryParse(value, CultureInfo.InvariantCulture, out var number)
                && number >= least))
            {
                throw Refused(table, key, value, $"It is a whole number, at least {least}.");
            }

            if (key == "delta.targetFileSize" && !(ByteSize.TryParse(value, out var size) && size > 0))
            {
                throw Refused(table, key, value, "It is a size such as 128mb.");
            }

            if (key is "delta.logRetentionDuration" or "delta.deletedFileRetentionDuration"
                && !Retention.TryParse(value, out _))
            {
                throw Refused(table, key, value, "Write a span such as 'interval 7 days' or '168h'.");
            }
        }
    }

    static long? Least(string key) => key switch
    {
        "delta.checkpointInterval" => 1,
        "delta.dataSkippingNumIndexedCols" => -1,
        _ => null,
    };

    static MillraceException Refused(string table, string key, string value, string hint) => new(
        ErrorKind.Invalid, "property-unsupported",
            $"The property '{key}' of table '{table}' can't be set to '{value}'.",
        hint);
}
