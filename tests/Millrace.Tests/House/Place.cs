namespace Millrace.Tests.House;

/// <summary>A room and its floor.</summary>
readonly record struct Place(string Room, int Floor)
{
    public bool MayUse(Place other) => other == this || other.Floor < Floor;

    public override string ToString() => Floor is < 0 or int.MaxValue ? Room : $"{Room} (floor {Floor})";
}
