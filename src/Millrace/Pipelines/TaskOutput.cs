namespace Millrace.Pipelines;

/// <summary>Something that a task makes; handing it to another task is an edge of the graph.</summary>
/// <param name="Task">The name of the task.</param>
/// <param name="Kind">A kind of thing: <c>table</c>, <c>dataset</c>, <c>model</c>, <c>object</c>,
/// <c>feature</c>.</param>
/// <param name="Name">The thing's name; for an object, whose name is its hash, what it is for.</param>
/// <param name="KeyColumns">For a table, the columns that tell its rows apart.</param>
public sealed record TaskOutput(string Task, string Kind, string Name, IReadOnlyList<string> KeyColumns)
{
    public bool Equals(TaskOutput? other) =>
        other is not null && Task == other.Task && Kind == other.Kind && Name == other.Name;

    public override int GetHashCode() => HashCode.Combine(Task, Kind, Name);
}
