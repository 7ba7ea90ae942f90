using Millrace.Lineage;

namespace Millrace.Features;

/// <summary>Compares every segment that is served with its hash.</summary>
public sealed class OnlineCheck(OnlineStore store, LineageGraph lineage)
{
    /// <summary>How many feature views are online, and a sentence for each that is damaged.</summary>
    public async Task<(int Views, IReadOnlyList<string> Problems)> CheckAsync(
        CancellationToken cancellationToken = default)
    {
        var problems = new List<string>();
        var views = (await lineage.NewestAsync(cancellationToken).ConfigureAwait(false))
            .Where(version => version.Kind == "feature").ToList();
        foreach (var view in views)
        {
            try
            {
                using var segment = await store.OpenAsync(view.Name, cancellationToken).ConfigureAwait(false);
                segment.Verify(cancellationToken);
            }
            catch (MillraceException exception)
            {
                problems.Add($"feature:{view.Name}@{OnlineStore.OnlineRef}: {exception.Message}");
            }
        }

        return (views.Count, problems);
    }
}
