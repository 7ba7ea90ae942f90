using Millrace.Catalog;

namespace Millrace.Objects;

/// <summary>Content whose hash is known, before it counts as stored.</summary>
/// <param name="Hash">Its address.</param>
/// <param name="Aside">The file it was written to, unsynced; null when the store has the object already.</param>
readonly record struct StagedObject(ContentHash Hash, AsideFile? Aside) : IDisposable
{
    /// <summary>Drops the aside file unless it was placed.</summary>
    public void Dispose() => Aside?.Dispose();
}
