using System.Globalization;
using Millrace.Datasets;
using Millrace.Pipelines;

namespace Millrace.Tracking;

/// <summary>What a training body sees: the dataset, and a place to record parameters, metrics and the model
/// file.</summary>
public sealed class TrainingContext
{
    readonly Dictionary<string, string> _parameters = new(StringComparer.Ordinal);
    readonly List<MetricValue> _metrics = [];
    readonly HashSet<(string Name, long Step)> _recorded = [];

    internal TrainingContext(TaskContext task, DatasetReader dataset)
    {
        Task = task;
        Dataset = dataset;
    }

    public TaskContext Task { get; }

    public DatasetReader Dataset { get; }

    internal byte[]? Model { get; private set; }

    internal IReadOnlyDictionary<string, string> Parameters => _parameters;

    internal IReadOnlyList<MetricValue> Metrics => _metrics;

    /// <summary>Records a parameter of the run.</summary>
    public void Parameter(string name, object value) =>
        _parameters[name] = Convert.ToString(value, CultureInfo.InvariantCulture)!;

    /// <summary>Records a metric's value.</summary>
    /// <exception cref="MillraceException"><c>metric-not-finite</c>, <c>metric-twice</c>.</exception>
    public void Metric(string name, double value, long step = 0)
    {
        if (!double.IsFinite(value))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "metric-not-finite", $"Metric '{name}' is {value} at step {step}.",
                "Look for empty splits or diverging training; a metric must be a finite number.");
        }

        if (!_recorded.Add((name, step)))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "metric-twice", $"Metric '{name}' has two values at step {step}.",
                "Count the step up with each value.");
        }

        _metrics.Add(new MetricValue(name, step, value));
    }

    /// <summary>Keeps the model's file; it becomes the output of the task.</summary>
    public void Save(byte[] model) => Model = model;
}
