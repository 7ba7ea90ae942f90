namespace Millrace.Tables.Queries;

/// <summary>Functions for ML data work that SQL itself can say, so that they run at DuckDB's speed.</summary>
/// <remarks>What is made of hashes is a format: a row must stay where it is for ever. It is drawn in
/// docs/formats/sampling.md and held by a test with known values.</remarks>
static class SqlMacros
{
    /// <summary>The first 52 bits of SHA-256 over <c>SEED/KEY</c>, as a fraction: a double holds them exactly.
    /// </summary>
    const string Fraction =
        "cast(cast('0x' || sha256(cast(seed as varchar) || '/' || cast(key as varchar))[1:13] as ubigint) as double) "
        + "/ 4503599627370496.0";

    const string Split =
        "case when key is null then null when train < 0 or validation < 0 or train + validation > 1 then "
        + "error('split_of: the shares of train and validation are ' || train || ' and ' || validation "
        + "|| '; they must be 0 or more and 1 or less together') "
        + "when {0} < train then 'train' when {0} < train + validation then 'validation' else 'test' end";

    const string Distance =
        "case lower(metric) when 'cosine' then list_cosine_distance(a, b) when 'l2' then list_distance(a, b) "
        + "when 'ip' then list_negative_inner_product(a, b) "
        + "else error('embedding_distance: the metric is ''' || metric || '''; it must be cosine, l2 or ip') end";

    public static IReadOnlyList<SqlFunction> All { get; } = [.. Make()];

    static IEnumerable<SqlFunction> Make()
    {
        yield return SqlFunction.Macro(
            "sample_hash", "sample_hash(key[, seed]) → DOUBLE",
            "A number of 0 to below 1 that depends on the key and the seed alone. 'where sample_hash(id) < 0.1' is a "
            + "tenth of the rows, and the same rows after others were added.",
            $"(key) as {Fraction.Replace("cast(seed as varchar)", "'0'", StringComparison.Ordinal)}, "
            + $"(key, seed) as {Fraction}");
        var plain = Split.Replace("{0}", Fraction, StringComparison.Ordinal);
        var unseeded = plain.Replace("cast(seed as varchar)", "'0'", StringComparison.Ordinal);
        yield return SqlFunction.Macro(
            "split_of", "split_of(key[, train, validation[, seed]]) → VARCHAR",
            "'train', 'validation' or 'test' by the key's hash: 80, 10 and 10 percent unless the shares of the first "
            + "two are given. Adding rows moves none.",
            $"(key) as (case when key is null then null when {Unseeded()} < 0.8 then 'train' "
            + $"when {Unseeded()} < 0.9 then 'validation' else 'test' end), "
            + $"(key, train, validation) as ({unseeded}), (key, train, validation, seed) as ({plain})");
        yield return SqlFunction.Macro(
            "embedding_distance", "embedding_distance(a, b[, metric]) → DOUBLE",
            "How far two vectors are from each other; metric is 'cosine' (usual), 'l2' or 'ip', the negative inner "
            + "product. Both must be of one length.",
            $"(a, b) as list_cosine_distance(a, b), (a, b, metric) as ({Distance})");
        yield return SqlFunction.Macro(
            "text_stats", "text_stats(text) → STRUCT",
            "Figures of a text: characters, bytes, words, lines, the mean length of a word, and the shares of letters, "
            + "digits, upper case among the letters, blanks, and characters that are not ASCII.",
            "(t) as (case when t is null then null else struct_pack("
            + "characters := length(t), bytes := strlen(t), words := len(regexp_extract_all(t, '\\S+')), "
            + "lines := case when t = '' then 0 else length(t) - length(replace(t, chr(10), '')) "
            + "+ case when right(t, 1) = chr(10) then 0 else 1 end end, "
            + "mean_word := length(regexp_replace(t, '\\s', '', 'g')) "
            + "/ nullif(len(regexp_extract_all(t, '\\S+')), 0), "
            + "letters := length(regexp_replace(t, '[^\\p{L}]', '', 'g')) / nullif(length(t), 0), "
            + "digits := length(regexp_replace(t, '[^0-9]', '', 'g')) / nullif(length(t), 0), "
            + "upper_case := length(regexp_replace(t, '[^\\p{Lu}]', '', 'g')) "
            + "/ nullif(length(regexp_replace(t, '[^\\p{L}]', '', 'g')), 0), "
            + "blanks := length(regexp_replace(t, '\\S', '', 'g')) / nullif(length(t), 0), "
            + "not_ascii := length(regexp_replace(t, '[\\x00-\\x7f]', '', 'g')) / nullif(length(t), 0)) end)");
    }

    static string Unseeded() => Fraction.Replace("cast(seed as varchar)", "'0'", StringComparison.Ordinal);
}
