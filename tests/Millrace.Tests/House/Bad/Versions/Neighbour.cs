using Millrace.Tests.House.Bad.Tables;

namespace Millrace.Tests.House.Bad.Versions;

/// <summary>Uses a room on its own floor.</summary>
sealed record Neighbour(Shelf Shelf);
