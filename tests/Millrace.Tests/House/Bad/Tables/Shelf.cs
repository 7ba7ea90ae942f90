namespace Millrace.Tests.House.Bad.Tables;

/// <summary>Uses its own room and the ground only.</summary>
class Shelf : IShelf
{
    public Pebble Weight { get; init; }
}
