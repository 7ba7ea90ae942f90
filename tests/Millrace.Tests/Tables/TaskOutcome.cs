using Millrace.Lineage;
using Millrace.Tables;

namespace Millrace.Tests.TablesRoom;

/// <summary>What a task that ran in this process came to.</summary>
sealed record TaskOutcome(
    string RunId,
    IReadOnlyList<ExternalVersion> Sources,
    IReadOnlyList<ThingVersion> Versions,
    IReadOnlyList<string> Warnings);
