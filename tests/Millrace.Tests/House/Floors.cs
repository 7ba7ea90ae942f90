namespace Millrace.Tests.House;

/// <summary>The rooms of the engine and their floors, as ARCHITECTURE.md draws them.</summary>
static class Floors
{
    public static readonly RoomPlan Engine = new(
        "Millrace",
        Rooms: new Dictionary<string, int>
        {
            ["Catalog"] = 0,
            ["Objects"] = 1,
            ["Access"] = 1,
            ["Lineage"] = 2,
            ["Tables"] = 3,
            ["Versions"] = 3,
            ["Pipelines"] = 4,
            ["Buckets"] = 4,
            ["Sources"] = 5,
            ["Features"] = 5,
            ["Labels"] = 5,
            ["Supervision"] = 5,
            ["Augmentation"] = 5,
            ["Synthesis"] = 5,
            ["Datasets"] = 6,
            ["Tracking"] = 7,
            ["Models"] = 7,
        },
        Ground: ["MillraceException", "ErrorKind"],
        FrontDoor: "Workspace");
}
