using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>The tarball that people get. All other tests run what is in it, from folders of their own.</summary>
public sealed class PackageTests(TestRun run)
{
    [Fact]
    public async Task A_package_holds_the_binary_and_the_whole_sample()
    {
        var names = (await Shell.RunAsync("tar", "tzf", run.Package)).Split('\n');

        Assert.Contains("millrace/millrace", names);
        Assert.Contains("millrace/samples/photo-popularity/nightly.cs", names);
        Assert.Contains("millrace/samples/photo-popularity/models/mobilenetv2-photo.onnx", names);
        Assert.Contains("millrace/samples/photo-popularity/photos/photos.csv", names);
        Assert.DoesNotContain(names, name => name.EndsWith(".Tests.dll", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Two_packages_of_one_binary_are_the_same_bytes()
    {
        using var scratch = new ScratchFolder();
        var cli = run.Cli(scratch.Path);

        var first = await cli.RunAsync("package", "--output", "first.tar.gz");
        var second = await cli.RunAsync("package", "--output", "new/second.tar.gz");

        first.Ended(0).Says("Wrote", "first.tar.gz");
        second.Ended(0);
        await Shell.RunAsync("cmp", scratch["first.tar.gz"], scratch["new/second.tar.gz"]);
        await Shell.RunAsync("cmp", scratch["first.tar.gz"], run.Package);
    }
}
