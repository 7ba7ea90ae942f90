using System.CommandLine;

namespace Millrace.App.Terminal;

/// <summary>A command with examples, which its help shows last.</summary>
/// <param name="name">The word that is typed.</param>
/// <param name="description">What it does; one or two sentences, also shown in the list of commands.</param>
/// <param name="examples">Lines that can be typed as they are.</param>
sealed class Verb(string name, string description, string examples) : Command(name, description)
{
    public string Examples { get; } = examples;
}
