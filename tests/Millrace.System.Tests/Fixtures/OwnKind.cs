using Millrace.Tables;

namespace Millrace.SystemTests.Fixtures;

/// <summary>A kind of table that Millrace writes.</summary>
/// <param name="Name">For people.</param>
/// <param name="Write">Writes it, under a name and with properties that its first version gets.</param>
/// <param name="IsMirrored">Whether it can have Iceberg metadata.</param>
public sealed record OwnKind(
    string Name, Func<TableEditor, string, IReadOnlyDictionary<string, string>, Task> Write, bool IsMirrored = true);
