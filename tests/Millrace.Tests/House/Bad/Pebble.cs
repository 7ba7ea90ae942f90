namespace Millrace.Tests.House.Bad;

/// <summary>On the ground: every room may use it.</summary>
readonly record struct Pebble(int Weight);
