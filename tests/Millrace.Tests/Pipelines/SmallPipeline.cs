using Millrace.Pipelines;
using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests.PipelinesRoom;

/// <summary>A pipeline file that is compiled once for all tests of a class. Files in the folder that it is given make
/// its tasks fail, die, hang or forget.</summary>
public sealed class SmallPipeline : IAsyncLifetime
{
    const string Source =
        """
        Console.WriteLine("printed before the pipeline");
        var pipeline = Pipeline.Create("small", args);
        Console.Write("printed while the graph is made, without a line end");
        var folder = pipeline.Text("folder");
        var factor = pipeline.Number("factor", 1);
        bool Has(string name) => File.Exists(Path.Combine(folder, name));

        var numbers = pipeline.Sql("numbers", $"select i::bigint as id from range(40) t(i)", ["id"]);
        pipeline.Sql("other", $"select 1::bigint as id", ["id"]);
        var scaled = pipeline.Add(new TaskDefinition
        {
            Name = "scaled",
            Inputs = [numbers],
            Parameters = new Dictionary<string, string> { ["factor"] = factor.ToString() },
            Outputs = [new OutputDefinition("table", "scaled", ["id"])],
            Body = async (context, stop) =>
            {
                Console.WriteLine("scaled says hello");
                Console.Error.WriteLine("scaled complains");
                Console.Write("no line end");
                File.AppendAllText(Path.Combine(folder, "scaled-ran"), "x");
                if (Has("fail")) throw new InvalidOperationException("bad luck");
                if (Has("die")) System.Diagnostics.Process.GetCurrentProcess().Kill();
                if (Has("forget")) return;
                if (Has("hang"))
                {
                    File.WriteAllText(Path.Combine(folder, "pid"), Environment.ProcessId.ToString());
                    context.Report(1, 1, "hanging");
                    await Task.Delay(Timeout.Infinite);
                }

                using var session = context.OpenSql();
                context.Publish(context.Stage.Write(
                    session, "scaled", TableMode.Overwrite, $"select id, id * {factor} as x from numbers", ["id"]));
            },
        })[0];
        pipeline.Sql("total", $"select sum(x)::bigint as total from {scaled}", []);
        var schema = new RowSchema<long>().Int64("id", row => row).Int64("square", row => row * row);
        pipeline.Map("mapped", numbers, schema, shardCount: 4, map: (row, task) =>
        {
            var mine = $"-in-{task.ShardIndex}";
            if (Has("fail-map") && Directory.GetFiles(folder, "row-*").Any(file => !file.EndsWith(mine)))
                throw new InvalidOperationException("the second shard fails");
            File.AppendAllText(Path.Combine(folder, $"row-{row.Int64("id")}{mine}"), "x");
            return Task.FromResult(row.Int64("id"));
        });
        for (var i = 0; i < pipeline.Number("noops", 0); i++)
            pipeline.Add(new TaskDefinition
            {
                Name = $"noop{i}", Outputs = [], Body = (_, _) => Task.CompletedTask,
            });
        return await pipeline.RunAsync();
        """;

    readonly ScratchFolder _scratch = new();
    CompiledPipeline? _compiled;
    string _assembly = "";

    static string Engine => AppContext.BaseDirectory.TrimEnd('/');

    /// <summary>The number of the line that throws when the folder has the file 'fail'.</summary>
    public static int LineOfFailure =>
        1 + Array.FindIndex(Source.Split('\n'), line => line.Contains("bad luck", StringComparison.Ordinal));

    public async ValueTask InitializeAsync()
    {
        string codeHash;
        (_assembly, codeHash) = await CompileAsync("first", Source);
        _compiled = new CompiledPipeline(new WorkerCommand("dotnet", []), codeHash);
    }

    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    public CompiledPipeline With(params string[] parameters) => _compiled! with
    {
        Worker = new WorkerCommand(
            "dotnet",
            [
                Path.Join(Engine, "Millrace.App.dll"), "worker", _assembly, Pipeline.WorkerMark, _scratch["first"],
                .. parameters,
            ]),
    };

    /// <summary>The code hashes of the file as it is, and of one changed by replacing a text.</summary>
    public async Task<(string Before, string After)> HashesAsync(string folder, string old, string changed)
    {
        var (_, after) = await CompileAsync(folder, Source.Replace(old, changed, StringComparison.Ordinal));
        return (_compiled!.CodeHash, after);
    }

    public async Task<(string Assembly, string CodeHash)> CompileAsync(string folder, string source)
    {
        Directory.CreateDirectory(_scratch[folder]);
        var file = Path.Join(_scratch[folder], "small.cs");
        await File.WriteAllTextAsync(file, source);
        return await new PipelineCompiler(Engine, _scratch["cache"])
            .CompileAsync(file, TestContext.Current.CancellationToken);
    }
}
