namespace Millrace.Tables.Delta;

/// <summary>Where a table's files are: a folder of this machine, or a bucket with a cache here. Paths are relative to
/// the table and have <c>/</c> between their parts; those of a clone's source begin with <c>../</c>.</summary>
/// <remarks>What is written is durable, and visible whole or not at all, when the call returns. New data files are
/// first written under <see cref="StagePath"/>, where nobody looks for them, and are kept before a log entry names
/// them.</remarks>
interface ITableFiles
{
    /// <summary>The table's place as the log and other programs name it.</summary>
    string Place { get; }

    /// <summary>The folder of this machine under which its files are seen: the table itself, or its cache.</summary>
    string Folder { get; }

    /// <summary>The names of the files in a folder, in byte order; null when there is no such folder.</summary>
    /// <param name="folder">Without its parent folders' files.</param>
    /// <param name="after">Only names after this one; null for all. A store may answer such a question faster.</param>
    IReadOnlyList<string>? List(string folder, string? after = null);

    /// <summary>Every file of the table.</summary>
    IEnumerable<TableFile> Walk();

    /// <summary>A file to read from its start, as it is in its place; null when it is not there.</summary>
    Stream? Open(string path);

    /// <summary>Whether a file is there.</summary>
    bool Exists(string path);

    /// <summary>The first of some files that is not there; null when all are.</summary>
    string? FirstMissing(IReadOnlyList<string> paths);

    /// <summary>When a file was last written; null when it is not there.</summary>
    DateTimeOffset? ModifiedAt(string path);

    /// <summary>Makes what must be there before the first entry of the log.</summary>
    void Create();

    /// <summary>Creates a durable file with all of its bytes, unless there is one of that name.</summary>
    /// <returns>False when the name is taken, or when it can't be told whether it was this call that took it: the log
    /// says.</returns>
    bool TryPut(string path, ReadOnlySpan<byte> bytes);

    /// <summary>Writes a durable file, over one that may be there.</summary>
    void Put(string path, ReadOnlySpan<byte> bytes);

    /// <summary>Moves a synced file of this machine to its place, over one that may be there.</summary>
    /// <param name="file">Lies in the folder of a <see cref="StagePath"/>.</param>
    /// <param name="path">Its name in the table.</param>
    void Publish(string file, string path);

    /// <summary>Deletes a file; one that is not there is no error. <see cref="Settle"/> makes it last.</summary>
    void Delete(string path);

    /// <summary>Deletes a new file that will not be named, be it kept already or not.</summary>
    void Drop(string path);

    /// <summary>Returns when the deletion of files is durable.</summary>
    void Settle(IEnumerable<string> paths);

    /// <summary>What other programs on this machine and, in a bucket, on others find a file by.</summary>
    string Address(string path);

    /// <summary>The path under which a file is read on this machine; it is brought here when it lies elsewhere. Where
    /// there is no such file there is none at the path.</summary>
    string LocalPath(string path);

    /// <summary>Brings data files here that lie elsewhere, several at once.</summary>
    /// <param name="files">Each with its path under <see cref="Folder"/>.</param>
    /// <exception cref="MillraceException"><c>table-file-damaged</c>: other bytes came than the log says;
    /// <c>table-file-missing</c>: of a file that lies elsewhere.</exception>
    void Bring(IReadOnlyList<PlacedFile> files);

    /// <summary>Where this machine writes a new file of that name.</summary>
    string StagePath(string path);

    /// <summary>Deletes what writers that died left under <see cref="StagePath"/>, where that is a place of its own.
    /// </summary>
    /// <param name="before">What was written later stays.</param>
    void SweepStaged(DateTimeOffset before);

    /// <summary>Takes files from <see cref="StagePath"/> to their place. Those that are not there any more are
    /// already.</summary>
    Task KeepAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken);
}
