using Millrace.Tables;
using Millrace.Tables.Profiles;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom.Profiles;

/// <summary>Profiles of the rows of queries, which are written to a file first.</summary>
sealed class ProfiledFile : IDisposable
{
    readonly ScratchFolder _scratch = new();

    static CancellationToken Stop => TestContext.Current.CancellationToken;

    public string Folder => _scratch.Path;

    public string this[string name] => _scratch[name];

    public string Parquet(string query, string name = "rows.parquet")
    {
        using var session = new SqlSession(_scratch.Path);
        session.Execute($"copy ({query}) to '{_scratch[name]}' (format parquet)", Stop);
        return _scratch[name];
    }

    public Task<TableProfile> ProfileAsync(
        string query, ProfileOptions? options = null, TimeProvider? time = null) =>
        new TableProfiler(_scratch.Path, options, time).ProfileAsync([Parquet(query)], cancellationToken: Stop);

    public Task<TableProfile> ProfileFileAsync(string name, string text)
    {
        File.WriteAllText(_scratch[name], text);
        return new TableProfiler(_scratch.Path).ProfileAsync([_scratch[name]], cancellationToken: Stop);
    }

    public void Dispose() => _scratch.Dispose();
}
