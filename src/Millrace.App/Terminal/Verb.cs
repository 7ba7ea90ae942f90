using System.CommandLine;

namespace Millrace.App.Terminal;

/// <summary>A command with examples, which its help shows last.</summary>
/// <param name="name">The word that is typed.</param>
/// <param name="description">What it does; one or two sentences, also shown in the list of commands.</param>
/// <param name="examples">Lines that can be typed as they are.</param>
sealed class Verb(string name, string description, string examples) : Command(name, description)
{
    public string Examples { get; } = examples;

    /// <summary>Says what the verb does; the token is cancelled by Ctrl-C.</summary>
    /// <remarks>Ctrl-C waits only for an action that has returned its task. One that runs long before its first wait
    /// would be ended at once, so each is begun on another thread.</remarks>
    public new void SetAction(Func<ParseResult, CancellationToken, Task<int>> action) => base.SetAction(
        (parsed, cancellationToken) => Task.Run(() => action(parsed, cancellationToken), CancellationToken.None));
}
