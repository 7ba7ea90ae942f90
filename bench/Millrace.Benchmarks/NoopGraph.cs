using System.Text;

namespace Millrace.Benchmarks;

/// <summary>The same graph of tasks that do nothing, as a pipeline file and as a makefile: layers of independent tasks,
/// and between two layers a gate that waits for all of the one and that all of the other wait for.</summary>
sealed record NoopGraph(int LayerCount, int LayerSize)
{
    /// <summary>Reads its layers from parameters, so that one file is compiled for every shape.</summary>
    public const string PipelineText = """
        var pipeline = Pipeline.Create("noop", args);
        var layerCount = pipeline.Number("layers");
        var layerSize = pipeline.Number("size");
        TaskOutput[] gate = [];
        for (var layer = 0; layer < layerCount; layer++)
        {
            var outputs = new TaskOutput[layerSize];
            for (var i = 0; i < layerSize; i++)
                outputs[i] = Noop($"task-{layer}-{i}", gate);
            if (layer + 1 < layerCount)
                gate = [Noop($"gate-{layer}", outputs)];
        }

        return await pipeline.RunAsync();

        // A dataset without rows is the cheapest real output: a version in the catalog, and no file.
        TaskOutput Noop(string name, TaskOutput[] inputs) => pipeline.Add(new TaskDefinition
        {
            Name = name,
            Inputs = inputs,
            Outputs = [new OutputDefinition("dataset", name)],
            Body = (context, _) =>
            {
                context.Publish(new StagedVersion(name, "dataset", name, new string('0', 64), "{}", [], []));
                return Task.CompletedTask;
            },
        })[0];

        """;

    public int TaskCount => (LayerCount * LayerSize) + LayerCount - 1;

    public IReadOnlyList<string> Parameters => ["--layers", $"{LayerCount}", "--size", $"{LayerSize}"];

    /// <summary>Each task touches a file of its name; make runs that without a shell.</summary>
    public string Makefile()
    {
        var text = new StringBuilder("all:");
        for (var i = 0; i < LayerSize; i++)
            text.Append($" task-{LayerCount - 1}-{i}");
        text.Append('\n');
        for (var layer = 0; layer < LayerCount; layer++)
        {
            for (var i = 0; i < LayerSize; i++)
                text.Append($"task-{layer}-{i}:{(layer == 0 ? "" : $" gate-{layer - 1}")}\n\t@touch $@\n");
            if (layer + 1 == LayerCount)
                break;
            text.Append($"gate-{layer}:");
            for (var i = 0; i < LayerSize; i++)
                text.Append($" task-{layer}-{i}");
            text.Append("\n\t@touch $@\n");
        }
        return text.ToString();
    }
}
