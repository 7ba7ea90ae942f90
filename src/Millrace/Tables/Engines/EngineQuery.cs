using Millrace.Tables.Frames;

namespace Millrace.Tables.Engines;

/// <summary>A query as a server gets it.</summary>
/// <param name="Sql">With the keys that it needs.</param>
/// <param name="Shown">The same for people and for lineage, without them.</param>
/// <param name="Columns">What it gives, as DuckDB's types.</param>
sealed record EngineQuery(string Sql, string Shown, IReadOnlyList<FrameColumn> Columns);
