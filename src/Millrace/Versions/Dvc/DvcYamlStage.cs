namespace Millrace.Versions.Dvc;

/// <summary>A stage as it is declared. Expressions <c>${…}</c> in its texts stay as they are.</summary>
/// <param name="Name">With its key after an <c>@</c> for a stage of a foreach or a matrix.</param>
/// <param name="Commands">What runs.</param>
/// <param name="WorkingFolder">Empty for the file's own.</param>
/// <param name="Dependencies">Paths that it reads.</param>
/// <param name="Parameters">Names of parameters, or files of them.</param>
/// <param name="Outs">Paths that it writes: outputs, metrics and plots.</param>
sealed record DvcYamlStage(
    string Name, IReadOnlyList<string> Commands, string WorkingFolder, IReadOnlyList<string> Dependencies,
    IReadOnlyList<string> Parameters, IReadOnlyList<string> Outs);
