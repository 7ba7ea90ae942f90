namespace Millrace.Tests.TablesRoom.Foreign;

/// <summary>A kind of table that other engines write.</summary>
/// <param name="Name">For the test.</param>
/// <param name="Write">Writes it.</param>
/// <param name="Expected">SQL of the rows that its newest version has.</param>
/// <param name="IsForClickHouse">Whether ClickHouse reads it too.</param>
public sealed record ForeignKind(
    string Name, Action<ForeignTable> Write, string Expected, bool IsForClickHouse = true)
{
    public override string ToString() => Name;
}
