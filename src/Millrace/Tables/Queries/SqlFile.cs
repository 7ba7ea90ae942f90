using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Millrace.Tables.Frames;

namespace Millrace.Tables.Queries;

/// <summary>A file that a query reads.</summary>
/// <param name="Name">As lineage calls it: its path, or its URL.</param>
/// <param name="Path">Where bytes of it are that DuckDB can read.</param>
sealed record SqlFile(string Name, string Path)
{
    /// <summary>How they are read; null when its name tells.</summary>
    public FileFormat? Format { get; init; }

    /// <summary>SHA-256 and number of its own bytes; null when they are those at the path.</summary>
    public (string Hash, long SizeBytes)? Origin { get; init; }

    /// <summary>The file as what a run read.</summary>
    public async Task<PublicationInput> InputAsync(CancellationToken cancellationToken)
    {
        var (hash, size) = Origin ?? await HashAsync(cancellationToken).ConfigureAwait(false);
        return new PublicationInput(
            System.IO.Path.GetFileName(Name), null,
            new ExternalVersion("file", Name, hash, new JsonObject { ["bytes"] = size }.ToJsonString()));
    }

    async Task<(string Hash, long SizeBytes)> HashAsync(CancellationToken cancellationToken)
    {
        var stream = File.OpenRead(Path);
        await using (stream.ConfigureAwait(false))
        {
            var hash = await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
            return (Convert.ToHexStringLower(hash), stream.Length);
        }
    }
}
