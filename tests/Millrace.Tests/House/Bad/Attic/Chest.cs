namespace Millrace.Tests.House.Bad.Attic;

/// <summary>In a room that the plan does not name.</summary>
readonly record struct Chest(int Weight);
