namespace Millrace.Tests.House.Bad.Versions;

/// <summary>Uses the front door from inside of a room.</summary>
static class Escape
{
    public static object Run() => WorkspaceDoor.Open();
}
