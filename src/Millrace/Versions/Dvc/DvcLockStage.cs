namespace Millrace.Versions.Dvc;

/// <summary>A stage as it last ran.</summary>
/// <param name="Name">With its key after an <c>@</c> for a stage of a foreach or a matrix.</param>
/// <param name="Commands">What ran.</param>
/// <param name="Dependencies">What it read.</param>
/// <param name="Parameters">File to names and values.</param>
/// <param name="Outs">What it wrote.</param>
sealed record DvcLockStage(
    string Name, IReadOnlyList<string> Commands, IReadOnlyList<DvcOut> Dependencies, YamlMap Parameters,
    IReadOnlyList<DvcOut> Outs);
