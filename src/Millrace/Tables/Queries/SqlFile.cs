using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Millrace.Tables.Queries;

/// <summary>A file that a query reads.</summary>
/// <param name="Name">As lineage calls it: its path, or its URL.</param>
/// <param name="Path">Where its bytes are on this machine.</param>
sealed record SqlFile(string Name, string Path)
{
    /// <summary>The file as what a run read.</summary>
    public async Task<PublicationInput> InputAsync(CancellationToken cancellationToken)
    {
        var stream = File.OpenRead(Path);
        await using (stream.ConfigureAwait(false))
        {
            var hash = await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
            return new PublicationInput(
                System.IO.Path.GetFileName(Name), null,
                new ExternalVersion(
                    "file", Name, Convert.ToHexStringLower(hash),
                    new JsonObject { ["bytes"] = stream.Length }.ToJsonString()));
        }
    }
}
