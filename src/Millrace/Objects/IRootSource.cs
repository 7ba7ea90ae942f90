namespace Millrace.Objects;

/// <summary>A room that holds references to objects. The sweep and the check ask every room through this, so that
/// Objects need not know who is above it.</summary>
public interface IRootSource
{
    /// <summary>The room's name, for messages.</summary>
    string Room { get; }

    /// <summary>Every object that the room still needs. One may come more than once, each time with another
    /// holder.</summary>
    IAsyncEnumerable<ObjectRoot> RootsAsync(CancellationToken cancellationToken);
}
