using System.Globalization;
using Millrace.Tables;
using Millrace.Tables.Checks;
using YamlDotNet.RepresentationModel;

namespace Millrace;

public sealed partial record WorkspaceSettings
{
    static readonly IReadOnlyDictionary<string, IReadOnlyList<CheckRule>> NoChecks =
        new Dictionary<string, IReadOnlyList<CheckRule>>();

    /// <summary>What must hold before a version of a table is published, by table.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<CheckRule>> Checks { get; init; } = NoChecks;

    static WorkspaceSettings ReadChecks(string file, WorkspaceSettings settings, YamlMappingNode tables)
    {
        var checks = new Dictionary<string, IReadOnlyList<CheckRule>>(StringComparer.Ordinal);
        foreach (var (key, value) in tables)
        {
            var table = Text(file, key);
            if (!SqlName.IsTable(table))
                throw Invalid(file, key.Start.Line, $"'{table}' can't be the name of a table", null);
            if (value is not YamlSequenceNode list)
                throw Invalid(file, value.Start.Line, $"'checks: {table}:' must be a list of checks", null);
            checks[table] = [.. list.SelectMany(node => ReadCheck(file, node))];
            if (checks[table].Count > CheckSpec.RulesMax)
            {
                throw Invalid(
                    file, value.Start.Line, $"'checks: {table}:' has more than {CheckSpec.RulesMax:N0} checks", null);
            }
        }

        return settings with { Checks = checks };
    }

    /// <summary>One item of a list: its kind with what it is told, and beside it what every kind may be told. Of
    /// <c>not-null</c> a list of columns is a check for each.</summary>
    static IEnumerable<CheckRule> ReadCheck(string file, YamlNode node)
    {
        var line = node.Start.Line;
        CheckSpec? spec = null;
        YamlNode? told = null;
        var shared = new CheckRule { Kind = default };
        foreach (var (key, value) in Mapping(file, node))
        {
            var name = Text(file, key);
            if (CheckSpec.All.FirstOrDefault(known => known.Word == name) is { } found)
            {
                if (spec is not null)
                    throw Invalid(file, key.Start.Line, $"'{spec.Word}' and '{name}' are two checks", null);
                (spec, told) = (found, value);
                continue;
            }

            shared = name switch
            {
                "severity" => shared with
                {
                    Severity = Text(file, value) switch
                    {
                        "fail" => CheckSeverity.Fail,
                        "warn" => CheckSeverity.Warn,
                        _ => throw Invalid(file, value.Start.Line, "'severity:' must be 'fail' or 'warn'", null),
                    },
                },
                "rows" => shared with
                {
                    Scope = Text(file, value) switch
                    {
                        "new" => CheckScope.New,
                        "all" => CheckScope.Table,
                        _ => throw Invalid(file, value.Start.Line, "'rows:' must be 'new' or 'all'", null),
                    },
                },
                "where" => shared with { Where = Text(file, value) },
                "name" => shared with { Name = Text(file, value) },
                _ => throw Invalid(
                    file, key.Start.Line,
                    $"'{name}' is no check; there are {string.Join(", ", CheckSpec.All.Select(known => known.Word))}, "
                    + "and beside them severity, rows, where and name", null),
            };
        }

        if (spec is null)
            throw Invalid(file, line, "a check needs a kind, such as 'not-null: id'", null);
        var rule = Tell(file, shared with { Kind = spec.Kind }, spec, told!);
        List<CheckRule> rules = rule.Kind == CheckKind.NotNull && rule.Columns.Count > 1
            ? [.. rule.Columns.Select(column => rule with { Columns = [column] })] : [rule];
        return rules.Select(CheckSpec.Fault).FirstOrDefault(fault => fault is not null) is { } reason
            ? throw Invalid(file, line, reason.TrimEnd('.'), null) : rules;
    }

    /// <summary>The rule with what stands behind its kind: a mapping of names, or for the one thing that it is mostly
    /// told that thing.</summary>
    static CheckRule Tell(string file, CheckRule rule, CheckSpec spec, YamlNode told)
    {
        if (rule.Kind == CheckKind.Schema)
        {
            var columns = Mapping(file, told);
            return rule with
            {
                Columns = [.. columns.Children.Keys.Select(name => Text(file, name))],
                Types = [.. columns.Children.Values.Select(type => Text(file, type))],
            };
        }

        if (told is not YamlMappingNode mapping)
        {
            return Tell(file, rule, spec, spec.Arguments[0], told);
        }

        foreach (var (key, value) in mapping)
        {
            rule = Tell(file, rule, spec, Text(file, key), value, key.Start.Line);
        }

        return rule;
    }

    static CheckRule Tell(
        string file, CheckRule rule, CheckSpec spec, string name, YamlNode value, long line = 0)
    {
        var known = name is "columns" or "column"
            && spec.Arguments.Any(argument => argument is "columns" or "column")
            ? name : spec.Arguments.FirstOrDefault(argument => argument == name);
        return known switch
        {
            "columns" or "column" => rule with { Columns = Texts(file, value) },
            "is" => rule with { Types = [Text(file, value)] },
            "min" => rule with { Min = Bound(file, value) },
            "max" => rule with { Max = Bound(file, value) },
            "share" => rule with { Share = Share(file, value) },
            "values" => rule with { Values = Texts(file, value) },
            "pattern" => rule with { Pattern = Text(file, value) },
            "table" => rule with { Table = Text(file, value) },
            "to" => rule with { TableColumns = Texts(file, value) },
            "within" => rule with
            {
                Within = Millrace.Tables.Edits.Retention.TryParse(Text(file, value), out var span) ? span
                    : throw Invalid(file, value.Start.Line, "'within:' is a span such as 30m, 48h, 7d or 2w", null),
            },
            "at" => rule with { At = Share(file, value) },
            "sql" or "query" => rule with { Sql = Text(file, value) },
            "js" => rule with { JensenShannon = Share(file, value) },
            "linf" => rule with { LInfinity = Share(file, value) },
            "version" => rule with { Version = VersionNumber(file, value) },
            _ => throw Invalid(
                file, line == 0 ? value.Start.Line : line,
                $"check '{spec.Word}' is not told '{name}'; it is told {string.Join(", ", spec.Arguments)}", null),
        };
    }

    static List<string> Texts(string file, YamlNode node) => node is YamlSequenceNode list
        ? [.. list.Select(item => Text(file, item))] : [Text(file, node)];

    /// <summary>A bound as it stands; of a share that is written in percent, the share.</summary>
    static string Bound(string file, YamlNode node) => Text(file, node) is var text && text.EndsWith('%')
        ? Share(file, node).ToString("R", CultureInfo.InvariantCulture) : text;

    static double Share(string file, YamlNode node)
    {
        var text = Text(file, node);
        var isPercent = text.EndsWith('%');
        return double.TryParse(
            text.TrimEnd('%').Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? isPercent ? number / 100 : number
            : throw Invalid(file, node.Start.Line, $"'{text}' is not a share such as 0.95 or 95 %", null);
    }

    static long? VersionNumber(string file, YamlNode node)
    {
        var text = Text(file, node);
        return text == "previous" ? null
            : long.TryParse(text.TrimStart('v'), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? number
            : throw Invalid(file, node.Start.Line, $"'{text}' is not a version such as v3, or 'previous'", null);
    }
}
