
namespace Millrace.Tables.Frames;

/// <summary>Where the rows of a frame come from. The family is closed.</summary>
abstract class FrameSource
{
    readonly Lock _gate = new();
    IReadOnlyList<FrameColumn>? _columns;

    /// <summary>For people, in <see cref="Frame.Explain"/>.</summary>
    public abstract string Label { get; }

    /// <summary>The relation's name in SQL; made unique by a number when two sources have it.</summary>
    public abstract string Name { get; }

    /// <summary>Names and types; asked for once.</summary>
    /// <exception cref="MillraceException">Why the source can't be described.</exception>
    public IReadOnlyList<FrameColumn> Columns
    {
        get
        {
            lock (_gate)
            {
                return _columns ??= Describe();
            }
        }
    }

    /// <summary>How SQL says it: as a view's name, or by itself.</summary>
    public virtual string Relation(string view) => SqlName.Quote(view);

    /// <summary>Makes the view in a session before the query runs.</summary>
    public abstract Task AttachAsync(SqlSession session, string view, CancellationToken cancellationToken);

    /// <summary>What lineage records as read.</summary>
    public virtual Task<IReadOnlyList<PublicationInput>> InputsAsync(
        TableStore tables, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<PublicationInput>>([]);

    /// <summary>The engine that computes the rows and what it is asked; null when they are read here.</summary>
    public virtual Task<(string Engine, string Sql)?> RanOnAsync(CancellationToken cancellationToken) =>
        Task.FromResult<(string Engine, string Sql)?>(null);

    protected abstract IReadOnlyList<FrameColumn> Describe();
}
