using Millrace.Tables.Queries;
using YamlDotNet.RepresentationModel;

namespace Millrace;

public sealed partial record WorkspaceSettings
{
    static readonly IReadOnlyList<string> NoStatements = [];

    /// <summary>Statements of DuckDB's own that SQL may run here although they do more than read, in small letters:
    /// <c>copy</c>, <c>attach</c>, <c>set</c>, ….</summary>
    public IReadOnlyList<string> SqlStatements { get; init; } = NoStatements;

    static WorkspaceSettings ReadSql(string file, WorkspaceSettings settings, YamlMappingNode sql)
    {
        foreach (var (key, value) in sql)
        {
            var name = Text(file, key);
            if (name != "allow")
                throw Invalid(file, key.Start.Line, $"'sql: {name}:' is not a setting; there is allow", null);
            if (value is not YamlSequenceNode statements)
                throw Invalid(file, value.Start.Line, "'sql: allow:' must be a list of statements", null);
            settings = settings with { SqlStatements = [.. statements.Select(node => Statement(file, node))] };
        }

        return settings;
    }

    static string Statement(string file, YamlNode node)
    {
        var word = Text(file, node).ToLowerInvariant();
        return SqlRules.CanBeAllowed(word) ? word : throw Invalid(
            file, node.Start.Line,
            $"'{word}' is not a statement that can be allowed; there are {string.Join(", ", SqlRules.Allowable)}",
            null);
    }
}
