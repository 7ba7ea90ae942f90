namespace Millrace.Tables.Engines;

/// <summary>The settings of ClickHouse under which a query means what it means here, and is whole or an error.
/// </summary>
static class ServerSettings
{
    // A limit that cuts an answer off, a node that is left out: each would be a part of the truth.
    static readonly KeyValuePair<string, string>[] Whole =
    [
        new("skip_unavailable_shards", "0"), new("fallback_to_stale_replicas_for_distributed_queries", "0"),
        new("result_overflow_mode", "throw"), new("read_overflow_mode", "throw"),
        new("timeout_overflow_mode", "throw"), new("group_by_overflow_mode", "throw"),
        new("sort_overflow_mode", "throw"), new("distinct_overflow_mode", "throw"),
        new("set_overflow_mode", "throw"), new("join_overflow_mode", "throw"),
        new("transfer_overflow_mode", "throw"), new("join_use_nulls", "1"), new("extremes", "0"),
    ];

    static readonly KeyValuePair<string, string>[] OfNewer =
    [
        new("optimize_trivial_count_query", "0"), new("cast_keep_nullable", "1"),
        new("prefer_column_name_to_alias", "1"),
        new("enable_extended_results_for_datetime_functions", "1"), new("session_timezone", "UTC"),
        new("date_time_overflow_behavior", "throw"), new("transform_null_in", "0"), new("group_by_use_nulls", "0"),
        new("aggregate_functions_null_for_empty", "0"), new("precise_float_parsing", "1"), new("limit", "0"),
        new("offset", "0"), new("read_overflow_mode_leaf", "throw"), new("default_format", "Parquet"),
        new("output_format_parquet_string_as_string", "1"), new("output_format_parquet_compression_method", "zstd"),
        new("output_format_parquet_fixed_string_as_fixed_byte_array", "0"),
        new("short_circuit_function_evaluation", "enable"),
    ];

    /// <summary>For a query that reads; what the engine's own settings say comes last, but never over these.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(EngineSettings settings, ServerVersion version)
    {
        var own = version < ServerVersion.ReadsTables
            ? [.. Whole, new("wait_end_of_query", "1")] : (KeyValuePair<string, string>[])[.. Whole, .. OfNewer];
        return [.. settings.Settings.Where(pair => !IsOurs(pair.Key)), .. own, new("readonly", "2")];
    }

    /// <summary>Whether a setting is one that must stay as it is here.</summary>
    public static bool IsOurs(string name) => name is "readonly" or "wait_end_of_query" or "max_execution_time"
        || Whole.Concat(OfNewer).Any(pair => pair.Key == name);
}
