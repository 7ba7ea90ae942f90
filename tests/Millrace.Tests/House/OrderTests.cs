using Mono.Cecil;

namespace Millrace.Tests.House;

public sealed class OrderTests : IDisposable
{
    const string Bad = "Millrace.Tests.House.Bad";

    static readonly RoomPlan BadPlan = new(
        Bad,
        Rooms: new Dictionary<string, int> { ["Catalog"] = 0, ["Tables"] = 3, ["Versions"] = 3 },
        Ground: ["Pebble"],
        FrontDoor: "Workspace");

    readonly ModuleDefinition _engine = ModuleDefinition.ReadModule(typeof(MillraceException).Assembly.Location);
    readonly ModuleDefinition _tests = ModuleDefinition.ReadModule(typeof(OrderTests).Assembly.Location);

    public void Dispose()
    {
        _engine.Dispose();
        _tests.Dispose();
    }

    [Fact]
    public void References_between_rooms_of_the_engine_point_down() =>
        AssertNone(new RoomOrder(Floors.Engine).Violations(_engine));

    [Fact]
    public void Every_type_of_the_engine_is_in_the_house() =>
        AssertNone(new RoomOrder(Floors.Engine).Strays(_engine));

    [Theory]
    [InlineData("Upward.InSignature", "Tables.Shelf")]
    [InlineData("Upward.InBody", "Tables.Shelf")]
    [InlineData("Upward.InClosure", "Tables.Shelf")]
    [InlineData("Upward.InGenericArgument", "Tables.Shelf")]
    [InlineData("Upward.InAttribute", "Tables.Shelf")]
    [InlineData("Upward.InBase", "Tables.Shelf")]
    [InlineData("Upward.InCatch", "Tables.ShelfException")]
    [InlineData("Upward.InInterface", "Tables.IShelf")]
    public void A_reference_to_a_higher_floor_is_refused(string type, string target) =>
        Assert.Contains(
            $"{Bad}.Catalog.{type} uses {Bad}.{target}: Catalog (floor 0) may not use Tables (floor 3).",
            ViolationsOfBadHouse());

    [Fact]
    public void A_reference_to_a_neighbour_is_refused() =>
        Assert.Contains(
            $"{Bad}.Versions.Neighbour uses {Bad}.Tables.Shelf: Versions (floor 3) may not use Tables (floor 3).",
            ViolationsOfBadHouse());

    [Fact]
    public void A_room_without_a_floor_is_refused() =>
        Assert.Contains($"{Bad}.Attic.Chest is in no room that has a floor.", ViolationsOfBadHouse());

    [Fact]
    public void A_root_type_that_is_neither_ground_nor_front_door_is_refused() =>
        Assert.Contains($"{Bad}.Stray is in no room that has a floor.", ViolationsOfBadHouse());

    [Fact]
    public void A_room_that_uses_the_front_door_is_refused() =>
        Assert.Contains(
            $"{Bad}.Versions.Escape uses {Bad}.WorkspaceDoor: Versions (floor 3) may not use the front door.",
            ViolationsOfBadHouse());

    [Fact]
    public void Only_what_breaks_the_order_is_refused()
    {
        var violations = ViolationsOfBadHouse();

        Assert.Equal(12, violations.Count);
        Assert.DoesNotContain(violations, line => line.StartsWith($"{Bad}.Tables.", StringComparison.Ordinal));
        Assert.DoesNotContain(violations, line => line.StartsWith($"{Bad}.WorkspaceDoor", StringComparison.Ordinal));
    }

    [Fact]
    public void A_type_outside_of_the_root_namespace_is_a_stray() =>
        Assert.Contains(
            "Millrace.Tests.House.OrderTests is outside of Millrace.Tests.House.Bad.",
            new RoomOrder(BadPlan).Strays(_tests));

    IReadOnlyList<string> ViolationsOfBadHouse() => new RoomOrder(BadPlan).Violations(_tests);

    static void AssertNone(IReadOnlyList<string> violations) =>
        Assert.True(violations.Count == 0, string.Join('\n', violations));
}
