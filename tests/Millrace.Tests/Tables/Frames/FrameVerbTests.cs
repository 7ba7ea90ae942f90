using CsCheck;
using Millrace.Tests.TablesRoom.Frames.Verbs;

namespace Millrace.Tests.TablesRoom.Frames;

/// <summary>Each verb beside plain SQL, on random rows.</summary>
public sealed class FrameVerbTests(FrameSession session) : IClassFixture<FrameSession>
{
    const int Iterations = 6;
    public static TheoryData<string> Names() => [.. FrameVerbs.Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_verb_gives_what_plain_SQL_gives(string name)
    {
        var (make, sql, isOrdered) = FrameVerbs.Cases[name];
        var frame = make(session.Left, session.Right);
        var compiled = frame.ToSql();

        FrameRow.Tables.Sample(
            tables =>
            {
                session.Load(tables.Left, tables.Right);
                Assert.Equal(session.Rows(sql, isOrdered), session.Rows(compiled, isOrdered));
            },
            iter: Iterations, threads: 1);
    }
}
