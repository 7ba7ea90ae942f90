namespace Millrace.Features;

/// <summary>The one error for segment bytes that are not what a writer wrote.</summary>
static class SegmentDamage
{
    public const string Code = "online-segment-damaged";

    /// <param name="path">The segment's file.</param>
    /// <param name="offset">The byte of the file where the damaged part begins.</param>
    /// <param name="fault">What is so and what was expected, as the end of a sentence.</param>
    /// <param name="inner">The cause, when another library reported it.</param>
    public static MillraceException At(string path, long offset, string fault, Exception? inner = null) => new(
        ErrorKind.Corrupt,
        Code,
        $"Online segment '{path}' is damaged at byte {offset:N0}: {fault}",
        "Materialize the feature view again; 'millrace fsck' lists everything that is damaged.",
        inner);
}
