using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Millrace.Versions.Dvc;

/// <summary>The manifest of a folder, an object whose name ends with <c>.dir</c>: JSON as Python's <c>json.dumps</c>
/// writes it, because its own MD5 is the folder's name.</summary>
/// <param name="Entries">Sorted by the code points of their paths.</param>
sealed record DvcDirManifest(IReadOnlyList<DvcDirEntry> Entries)
{
    /// <summary>The largest manifest that is read: some ten million files.</summary>
    public const int SizeBytesMax = 1 << 30;

    const int DepthMax = 8;

    /// <param name="json">The object's bytes.</param>
    /// <param name="digest">Its name, by which messages call it and whose rule its files follow.</param>
    /// <exception cref="MillraceException"><c>dvc-manifest-invalid</c>, <c>dvc-path-outside</c>.</exception>
    public static DvcDirManifest Parse(ReadOnlySpan<byte> json, DvcDigest digest)
    {
        var entries = new List<DvcDirEntry>();
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthMax });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
                throw Invalid(digest, "it is not a list");
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                entries.Add(ReadEntry(ref reader, digest));
            if (reader.TokenType != JsonTokenType.EndArray || reader.Read())
                throw Invalid(digest, "something else than a file stands in the list");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Invalid(digest, $"it is not JSON: {exception.Message}", exception);
        }

        entries.Sort((left, right) => Utf8Order.Compare(left.Path, right.Path));
        for (var i = 1; i < entries.Count; i++)
        {
            var (before, path) = (entries[i - 1].Path, entries[i].Path);
            if (before == path)
                throw Invalid(digest, $"the path '{path}' stands there twice");
        }

        return new DvcDirManifest(entries);
    }

    /// <summary>The bytes that DVC hashes and stores.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder("[");
        foreach (var entry in Entries)
        {
            if (text.Length > 1)
                text.Append(", ");
            text.Append("{\"md5\": \"").Append(entry.Digest.Hex).Append("\", \"relpath\": ");
            AppendText(text, entry.Path);
            text.Append('}');
        }

        return Encoding.ASCII.GetBytes(text.Append(']').ToString());
    }

    /// <summary>The name of a manifest's bytes.</summary>
    public static DvcDigest NameOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
#pragma warning disable CA5351 // The format's own hash; what is trusted is verified with SHA-256.
        MD5.HashData(bytes, hash);
#pragma warning restore CA5351
        return new DvcDigest(DvcDigest.Md5, Convert.ToHexStringLower(hash), IsFolder: true);
    }

    static DvcDirEntry ReadEntry(ref Utf8JsonReader reader, DvcDigest digest)
    {
        string? path = null;
        string? md5 = null;
        long? size = null;
        var isExecutable = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "relpath" when reader.TokenType == JsonTokenType.String:
                    path = reader.GetString();
                    break;
                case "md5" when reader.TokenType == JsonTokenType.String:
                    md5 = reader.GetString();
                    break;
                case "size" when reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number):
                    size = number;
                    break;
                case "isexec" when reader.TokenType == JsonTokenType.True:
                    isExecutable = true;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (path is null)
            throw Invalid(digest, "an entry has no 'relpath'");
        DvcPath.CheckRelative(path, digest.ToString());
        if (!DvcDigest.TryParse(md5, digest.Algorithm, out var content) || content.IsFolder)
            throw Invalid(digest, $"'{path}' has no 'md5' of 32 digits");
        return new DvcDirEntry(path, content, size, isExecutable);
    }

    // json.dumps with ensure_ascii: all but printable ASCII as UTF-16 escapes in lower case.
    static void AppendText(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var character in value)
        {
            _ = character switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\f' => text.Append("\\f"),
                '\b' => text.Append("\\b"),
                >= ' ' and <= '~' => text.Append(character),
                _ => text.Append("\\u").Append(((int)character).ToString("x4")),
            };
        }

        text.Append('"');
    }

    static MillraceException Invalid(DvcDigest digest, string fact, Exception? inner = null) => new(
        ErrorKind.Invalid, "dvc-manifest-invalid", $"'{digest}' is not the manifest of a folder: {fact}.",
        "Run 'dvc fetch' to take it again, or 'dvc add' the folder again.", inner);
}
