using Millrace.Tests.House.Bad.Catalog;
using Millrace.Tests.House.Bad.Tables;

namespace Millrace.Tests.House.Bad;

/// <summary>The front door may use every room.</summary>
static class WorkspaceDoor
{
    public static object Open() => Upward.InBody.Make() as Shelf ?? new Shelf();
}
