using Millrace.Catalog;
using Millrace.Lineage;

namespace Millrace.Tests.CatalogRoom;

/// <summary>What tests of the catalog do all the time; each call ends with its test.</summary>
static class CatalogCalls
{
    public static Task<T> Write<T>(this ICatalog catalog, Func<CatalogSession, T> write) =>
        catalog.WriteAsync(write, TestContext.Current.CancellationToken);

    public static Task<T> Read<T>(this ICatalog catalog, Func<CatalogSession, T> read) =>
        catalog.ReadAsync(read, TestContext.Current.CancellationToken);

    public static Task<List<string>> Runs(this ICatalog catalog) =>
        catalog.Read(session => session.Query("select run_id from run order by run_id", row => row.Text(0)));

    /// <summary>Adds a run that has nothing but its id and, perhaps, a task key.</summary>
    public static int AddRun(this CatalogSession session, string id, string? parent = null)
    {
        LineageLog.StartRun(session, Run(id) with { ParentId = parent });
        return 0;
    }

    public static Run Run(string id, string? key = null) => new(
        id, "task", "pipeline/task", null, key, "code", "{}", RunOutcome.Running, null, DateTimeOffset.UnixEpoch, null);

    /// <summary>Adds the next version of a thing, with a hash that begins with the given digits.</summary>
    public static ThingVersion AddVersion(
        this CatalogSession session, string kind, string name, string hash, string? run = null, long? number = null) =>
        LineageLog.AddVersion(session, kind, name, number, hash.PadRight(64, '0'), run, "{}");

    /// <summary>Holds the catalog's writer until all of <paramref name="queue"/> waits for it.</summary>
    public static async Task<Task[]> WhileWriterIsHeld(this ICatalog catalog, Func<IEnumerable<Task>> queue)
    {
        using var isHeld = new SemaphoreSlim(0);
        using var gate = new ManualResetEventSlim();
        var holder = catalog.Write(_ =>
        {
            isHeld.Release();
            gate.Wait();
            return 0;
        });
        await isHeld.WaitAsync(TestContext.Current.CancellationToken);
        var queued = queue().ToArray();
        gate.Set();
        await holder;
        return queued;
    }
}
