namespace Millrace.Tests.House.Bad;

/// <summary>In the root namespace without being named in the plan.</summary>
readonly record struct Stray(int Weight);
