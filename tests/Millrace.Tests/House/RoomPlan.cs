namespace Millrace.Tests.House;

/// <summary>Where each type of an assembly belongs.</summary>
/// <param name="Prefix">The root namespace; the name after it is the room, whatever follows.</param>
/// <param name="Rooms">The floor of each room.</param>
/// <param name="Ground">Types of the root namespace that every room may use.</param>
/// <param name="FrontDoor">How the types of the root namespace start that may use every room, and that none may use.
/// </param>
sealed record RoomPlan(string Prefix, IReadOnlyDictionary<string, int> Rooms, string[] Ground, string FrontDoor)
{
    const int GroundFloor = -1;
    const int Roof = int.MaxValue;

    public bool Covers(string typeNamespace) =>
        typeNamespace == Prefix || typeNamespace.StartsWith(Prefix + ".", StringComparison.Ordinal);

    /// <summary>The room of a top-level type; <c>null</c> when the plan has no place for it.</summary>
    public Place? PlaceOf(string typeNamespace, string typeName)
    {
        if (typeNamespace == Prefix)
        {
            if (Ground.Contains(typeName)) return new Place("the ground", GroundFloor);
            return typeName.StartsWith(FrontDoor, StringComparison.Ordinal) ? new Place("the front door", Roof) : null;
        }

        var room = typeNamespace[(Prefix.Length + 1)..].Split('.')[0];
        return Rooms.TryGetValue(room, out var floor) ? new Place(room, floor) : null;
    }
}
