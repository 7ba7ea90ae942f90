using System.Text.Json;
using Millrace.Objects;

namespace Millrace.Buckets.Lfs;

/// <summary>The rules of the git-lfs API over plain values. See docs/formats/interop.md.</summary>
public static class LfsRules
{
    public const string MediaType = "application/vnd.git-lfs+json";

    /// <summary>Clients ask for 100 at a time.</summary>
    public const int BatchCountMax = 1000;

    /// <summary>No body of JSON is longer.</summary>
    public const int BodySizeBytesMax = 1 << 20;

    /// <summary>No object is larger: 1 TiB.</summary>
    public const long ObjectSizeBytesMax = 1L << 40;

    public const int PathLengthMax = 4096;

    const int NameLengthMax = 100;
    const string GitEnding = ".git";
    const int Unprocessable = 422;

    /// <summary>The repository that a part of a url names, with or without <c>.git</c>.</summary>
    /// <exception cref="LfsException">404: it cannot be one.</exception>
    public static string Repository(string? owner, string name)
    {
        var plain = name.EndsWith(GitEnding, StringComparison.Ordinal) ? name[..^GitEnding.Length] : name;
        return IsName(plain) && (owner is null || IsName(owner))
            ? owner is null ? plain : $"{owner}/{plain}"
            : throw new LfsException(404, "There is no such repository: names have letters, digits, '.', '_' and '-'.");
    }

    /// <summary>Reads the JSON of a batch.</summary>
    /// <exception cref="LfsException">422: it is not such JSON; 413: it asks for too many.</exception>
    public static LfsBatchRequest ReadBatch(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            var root = json.RootElement;
            var objects = root.GetProperty("objects");
            if (objects.GetArrayLength() > BatchCountMax)
                throw new LfsException(413, $"A batch has at most {BatchCountMax} objects.");
            return new LfsBatchRequest(
                root.GetProperty("operation").GetString() ?? "",
                root.TryGetProperty("transfers", out var transfers) && transfers.ValueKind == JsonValueKind.Array
                    ? [.. transfers.EnumerateArray().Select(item => item.GetString() ?? "")] : null,
                [.. objects.EnumerateArray().Select(ReadId)],
                root.TryGetProperty("hash_algo", out var hash) ? hash.GetString() : null);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            throw new LfsException(
                Unprocessable, "The body is not a batch request: 'operation' and 'objects' are needed.");
        }
    }

    /// <summary>Reads an object's name from JSON, for a verification.</summary>
    /// <exception cref="LfsException">422.</exception>
    public static LfsObjectId ReadObject(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            return ReadId(json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            throw new LfsException(Unprocessable, "The body is not an object: 'oid' and 'size' are needed.");
        }
    }

    /// <summary>Checks what holds for a batch as a whole.</summary>
    /// <exception cref="LfsException">422: an operation or a transfer that is not known; 409: another hash.</exception>
    public static void CheckBatch(LfsBatchRequest request)
    {
        if (request.Operation is not ("download" or "upload"))
        {
            throw new LfsException(
                Unprocessable, $"'{request.Operation}' is not an operation; there are download and upload.");
        }

        if (request.Transfers is { Count: > 0 } transfers && !transfers.Contains("basic"))
            throw new LfsException(Unprocessable, "Only the transfer 'basic' is spoken here.");
        if (request.HashAlgorithm is not (null or "" or "sha256"))
            throw new LfsException(409, $"'{request.HashAlgorithm}' is not the hash of this server; it is sha256.");
    }

    /// <summary>The answer to one object.</summary>
    /// <param name="operation">Of the batch.</param>
    /// <param name="id">The object.</param>
    /// <param name="storedSize">Bytes of it when the repository has it; else null.</param>
    public static LfsBatchAnswer Answer(string operation, LfsObjectId id, long? storedSize)
    {
        if (!ContentHash.TryParse(id.Oid, out _))
            return Refused(id, Unprocessable, "The oid is not 64 digits of 0-9 and a-f.");
        if (id.SizeBytes is < 0 or > ObjectSizeBytesMax)
            return Refused(id, Unprocessable, $"The size is not between 0 and {ObjectSizeBytesMax} bytes.");
        if (storedSize is { } size && size != id.SizeBytes)
            return Refused(id, Unprocessable, $"The object has {size} bytes, not {id.SizeBytes}.");
        if (operation == "upload")
            return new LfsBatchAnswer(id.Oid, id.SizeBytes, storedSize is null ? LfsAction.Upload : LfsAction.None);
        return storedSize is null
            ? Refused(id, 404, "The repository does not have the object.")
            : new LfsBatchAnswer(id.Oid, id.SizeBytes, LfsAction.Download);
    }

    static LfsBatchAnswer Refused(LfsObjectId id, int status, string message) =>
        new(id.Oid, id.SizeBytes, LfsAction.None, status, message);

    static LfsObjectId ReadId(JsonElement element) =>
        new(element.GetProperty("oid").GetString() ?? "", element.GetProperty("size").GetInt64());

    static bool IsName(string name) => name.Length is > 0 and <= NameLengthMax && name[0] is not ('.' or '-')
        && name.All(value => char.IsAsciiLetterOrDigit(value) || value is '.' or '_' or '-');
}
