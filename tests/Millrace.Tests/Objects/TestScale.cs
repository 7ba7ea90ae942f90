namespace Millrace.Tests.ObjectsRoom;

/// <summary>Whether tests of faults run at their full counts: <c>./test --full</c>.</summary>
static class TestScale
{
    public static bool IsFull => Environment.GetEnvironmentVariable("MILLRACE_FULL") == "1";
}
