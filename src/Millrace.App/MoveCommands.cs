using System.CommandLine;
using Millrace.App.Terminal;

namespace Millrace.App;

/// <summary><c>millrace move</c>: takes a workspace to another catalog or another place of objects.</summary>
static class MoveCommands
{
    public static Command Move() => new Verb("move", "", "  millrace move");
}
