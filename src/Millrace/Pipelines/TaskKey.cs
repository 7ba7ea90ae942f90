using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Millrace.Lineage;
using Millrace.Tables;

namespace Millrace.Pipelines;

/// <summary>The key of a task: a hash over its code, its parameters and the versions of its inputs. Same key, same
/// output.</summary>
static class TaskKey
{
    public static string Of(
        TaskDescription task,
        string pipelineCode,
        IReadOnlyDictionary<string, ThingVersion> inputs,
        IReadOnlyList<ExternalVersion> sources)
    {
        var text = new StringBuilder("millrace task 1\n");
        Line("name", task.Name);
        Line("code", task.Version ?? pipelineCode);
        Line("sql", task.Sql ?? "");
        Line("shards", task.ShardCount.ToString());
        foreach (var (name, value) in task.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal))
        {
            Line("parameter", name, value);
        }

        foreach (var (name, version) in inputs.OrderBy(input => input.Key, StringComparer.Ordinal))
        {
            Line("input", name, version.Kind, version.Hash);
        }

        foreach (var source in sources.OrderBy(source => source.Kind + " " + source.Name, StringComparer.Ordinal))
        {
            Line("source", source.Kind, source.Name, source.Hash);
        }

        foreach (var output in task.Outputs)
        {
            Line("output", output.Kind, output.Name, string.Join(',', output.KeyColumns ?? []));
            foreach (var check in output.Checks ?? [])
            {
                Line("check", JsonSerializer.Serialize(check, PipelinesJson.Default.CheckRule));
            }
        }

        return Hash(text.ToString());

        // Lengths keep apart what would read the same when joined.
        void Line(params ReadOnlySpan<string> parts)
        {
            foreach (var part in parts)
            {
                text.Append(part.Length).Append(':').Append(part).Append(' ');
            }

            text.Append('\n');
        }
    }

    /// <summary>The key of one shard: of its task, and of what the task's own earlier version already holds.</summary>
    public static string OfShard(string taskKey, IEnumerable<ThingVersion> previous, int index, int count) => Hash(
        $"millrace shard 1\n{taskKey}\n"
        + $"{string.Join(' ', previous.Select(version => version.Hash))}\n{index}/{count}\n");

    static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
