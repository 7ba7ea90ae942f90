using Millrace.App.Demo.Site;

namespace Millrace.Tests.DemoRoom;

/// <summary>One small photo site, built once for the tests that only read it.</summary>
public sealed class SmallSite : IAsyncLifetime
{
    readonly string _parent = Directory.CreateTempSubdirectory("millrace-small-site-").FullName;

    internal static string Sample { get; } = Path.Combine(AppContext.BaseDirectory, "samples", "photo-popularity");

    internal static PhotoSiteOptions Options { get; } = new() { Photos = 40, Days = 6 };

    internal string Folder => Path.Combine(_parent, "site");

    internal PhotoSiteSummary Summary { get; private set; } = new(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    public async ValueTask InitializeAsync() =>
        Summary = await PhotoSite.BuildAsync(Sample, Folder, Options, null, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_parent, recursive: true);
        return ValueTask.CompletedTask;
    }
}
