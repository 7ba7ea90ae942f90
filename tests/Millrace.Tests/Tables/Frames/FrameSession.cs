using Millrace.Tables;
using Millrace.Tables.Frames;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.TablesRoom.Frames;

/// <summary>One DuckDB for many cases: random rows stand there as <c>t</c> and <c>u</c> for plain SQL, and under the
/// names that frames of records give their sources.</summary>
public sealed class FrameSession : IDisposable
{
    readonly ScratchFolder _scratch = new();
    readonly SqlSession _session;

    public FrameSession()
    {
        _session = new SqlSession(_scratch.Path);
        var engine = new FrameEngine(_scratch.Path, new FrameOptions { Threads = 1 });
        Left = engine.Records([], FrameRow.Schema);
        Right = engine.Records([], FrameRow.Schema);
    }

    public Frame Left { get; }

    public Frame Right { get; }

    internal void Load(FrameRow[] left, FrameRow[] right)
    {
        FrameRow.Schema.Load(_session, "records", left);
        FrameRow.Schema.Load(_session, "records 2", right);
        _session.Execute(
            "create or replace temp view t as select * from records;"
            + "create or replace temp view u as select * from \"records 2\"");
    }

    /// <summary>Names and rows as texts.</summary>
    public List<string> Rows(string sql, bool isOrdered)
    {
        var names = "";
        var rows = _session.Query(sql, [], reader =>
        {
            names = string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(reader.GetName));
            var found = new List<string>();
            while (reader.Read())
            {
                found.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(
                    i => Text(SqlValue.Read(reader, i)))));
            }

            return found;
        });
        if (!isOrdered)
            rows.Sort(StringComparer.Ordinal);
        return [names, .. rows];
    }

    public void Dispose()
    {
        _session.Dispose();
        _scratch.Dispose();
    }

    static string Text(object? value) => value switch
    {
        null => "null",
        string text => text,
        System.Collections.IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Text))}]",
        double number => number == 0 ? "0" : number.ToString("G12"),
        _ => Convert.ToString(value)!,
    };
}
