using CsCheck;
using Millrace.Tables;

namespace Millrace.Tests.TablesRoom.Frames;

/// <summary>A row of random data: few different keys, nulls everywhere, NaN, duplicates, names and texts with quotes.
/// </summary>
sealed record FrameRow(
    string? K, long? G, double? X, double? Y, long? N, bool? B, DateTimeOffset? T, float[]? L)
{
    /// <summary>A column's name that SQL must quote.</summary>
    public const string OddName = Verbs.FrameVerbs.OddName;

    public static RowSchema<FrameRow> Schema { get; } = new RowSchema<FrameRow>()
        .Text("k", row => row.K).Int64("g", row => row.G).Double("x", row => row.X).Double("y", row => row.Y)
        .Int64(OddName, row => row.N).Boolean("b", row => row.B).Time("t", row => row.T).Floats("l", row => row.L);

    static readonly string[] Texts = ["a", "b", "it's", "\"q\"", "ü; drop table t", ""];

    static readonly Gen<FrameRow> Row = Gen.Select(
        Nullable(Gen.Int[0, Texts.Length - 1].Select(i => Texts[i])),
        Gen.Long[-2, 3].Nullable(0.2),
        Gen.OneOf(Gen.Int[-4, 4].Select(i => i / 2.0), Gen.Const(double.NaN), Gen.Const(-0.0)).Nullable(0.2),
        Gen.Int[-8, 8].Select(i => i / 4.0).Nullable(0.2),
        Gen.Long[-50, 50].Nullable(0.1),
        Gen.Bool.Nullable(0.2),
        Gen.Int[0, 400].Select(hours => DateTimeOffset.UnixEpoch.AddHours(hours - 100)).Nullable(0.1),
        Nullable(Gen.Int[-3, 3].Select(i => (float)i).Array[0, 3]))
        .Select((k, g, x, y, n, b, t, l) => new FrameRow(k, g, x, y, n, b, t, l));

    /// <summary>Two tables; empty ones come often.</summary>
    public static Gen<(FrameRow[] Left, FrameRow[] Right)> Tables { get; } =
        Gen.Select(Gen.OneOf(Row.Array[0, 2], Row.Array[3, 40]), Row.Array[0, 12]);

    static Gen<T?> Nullable<T>(Gen<T> gen)
        where T : class => Gen.Select(Gen.Int[0, 4], gen).Select((dice, value) => dice == 0 ? null : value);
}
