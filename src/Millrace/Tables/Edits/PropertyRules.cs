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

            if (key is "delta.logRetentionDuration" or "delta.deletedFileRetentionDuration"
                && !Retention.TryParse(value, out _))
            {
                throw Refused(table, key, value, "Write a span such as 'interval 7 days' or '168h'.");
            }
        }
    }

    static MillraceException Refused(string table, string key, string value, string hint) => new(
        ErrorKind.Invalid, "property-unsupported",
            $"The property '{key}' of table '{table}' can't be set to '{value}'.",
        hint);
}
