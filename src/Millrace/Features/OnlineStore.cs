using Millrace.Lineage;

namespace Millrace.Features;

/// <summary>The embedded online store: the newest values of each feature view, in one immutable segment that a ref
/// names.</summary>
public sealed class OnlineStore(string folder, LineageGraph lineage)
{
    /// <summary>The ref that says which version of a view is served.</summary>
    public const string OnlineRef = "online";

    /// <summary>Where a segment of a view is.</summary>
    /// <param name="folder">The store's folder.</param>
    /// <param name="view">The feature view.</param>
    /// <param name="hash">The segment's content hash.</param>
    public static string SegmentPath(string folder, string view, string hash) =>
        Path.Combine(folder, view, hash + ".seg");

    /// <summary>Opens the values that are served now; the caller disposes them.</summary>
    /// <exception cref="MillraceException"><c>feature-not-online</c>, <c>online-segment-missing</c>,
    /// <c>online-segment-damaged</c>.</exception>
    public async Task<OnlineSegment> OpenAsync(string view, CancellationToken cancellationToken = default)
    {
        var version = await lineage.RefAsync("feature", view, OnlineRef, cancellationToken).ConfigureAwait(false)
            ?? throw new MillraceException(
                ErrorKind.NotFound, "feature-not-online", $"No values of the feature view '{view}' are online.",
                "Run the pipeline that materializes it.");
        return OnlineSegment.Open(SegmentPath(folder, view, version.Hash));
    }
}
