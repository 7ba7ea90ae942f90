using Millrace.Lineage;
using Millrace.Tests.CatalogRoom;
using Millrace.Versions;

namespace Millrace.Tests.VersionsRoom;

/// <summary>A commit names the run that made its files.</summary>
public sealed class CommitRunTests
{
    const string RunId = "0197000000007000800000000000000a";

    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_commit_of_a_run_says_so_and_is_an_output_of_it()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        await AddRunAsync(checkout);
        checkout.Write("a", "1");
        await checkout.Versions.AddAsync(["a"], cancellationToken: Cancel);

        // The beginning of an id is enough; the commit has the whole.
        var commit = await checkout.Versions.CommitAsync(new CommitRequest("one") { Run = RunId[..12] }, Cancel);

        await AssertMadeByRunAsync(checkout, commit);
    }

    [Fact]
    public async Task A_run_that_is_not_known_is_refused_and_nothing_is_committed()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        checkout.Write("a", "1");
        await checkout.Versions.AddAsync(["a"], cancellationToken: Cancel);

        var error = await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.CommitAsync(new CommitRequest("one") { Run = RunId }, Cancel));

        Assert.Equal("run-unknown", error.Code);
        Assert.Null((await checkout.Versions.HeadAsync(Cancel)).Commit);
        Assert.Equal(["staged a"], await checkout.StatusAsync());
    }

    [Fact]
    public async Task The_variable_names_the_run_of_every_commit()
    {
        using var scratch = new ScratchFolder();
        Directory.CreateDirectory(scratch["work"]);
        await File.WriteAllTextAsync(
            scratch["work/millrace.yaml"], "versions:\n  author: Ann <ann@example.org>\n", Cancel);
        await using (var checkout = await TestCheckout.AtAsync(scratch["work"]))
            await AddRunAsync(checkout);

        var printed = await ChildTest.RunAsync(
            typeof(CommitRunTests), nameof(Child_commits_with_the_variable), scratch.Path);

        await using var after = await TestCheckout.AtAsync(scratch["work"]);
        var (_, head) = await after.Versions.HeadAsync(Cancel);
        Assert.True(head is not null, printed);
        await AssertMadeByRunAsync(after, new CommitEntry(head.Value, after.Versions.ReadCommit(head.Value)));
    }

    // A variable is the whole process's, so this has a process of its own.
    [Fact(Explicit = true)]
    public async Task Child_commits_with_the_variable()
    {
        Environment.SetEnvironmentVariable("MILLRACE_RUN", RunId);
        await using var checkout = await TestCheckout.AtAsync(Path.Join(ChildTest.Folder, "work"));

        await checkout.CommitAsync("one", ("a", "1"));
    }

    static Task AddRunAsync(TestCheckout checkout) => checkout.Workspace.Catalog.WriteAsync(
        session =>
        {
            LineageLog.StartRun(
                session,
                new Run(
                    RunId, "training", "clicks", null, null, "", "{}", RunOutcome.Running, null,
                    new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), null));
            return 0;
        },
        Cancel);

    static async Task AssertMadeByRunAsync(TestCheckout checkout, CommitEntry commit)
    {
        var text = System.Text.Encoding.UTF8.GetString(checkout.Workspace.Objects.Read(commit.Id));
        var version = await checkout.Workspace.Lineage.ResolveAsync(
            ThingName.Parse($"file:commit@{commit.Id}"), Cancel);

        Assert.Equal(RunId, commit.Commit.Run);
        Assert.Contains($"\nrun {RunId}\n\none", text, StringComparison.Ordinal);
        Assert.Equal(RunId, version.RunId);
    }
}
