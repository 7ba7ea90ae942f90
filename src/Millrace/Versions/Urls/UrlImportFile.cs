using System.Text;
using System.Text.Json;
using Millrace.Catalog;
using Millrace.Objects;
using Millrace.Versions.Files;

namespace Millrace.Versions.Urls;

/// <summary>The file that remembers where a path was brought in from, or, while it stands with another ending, that it
/// is being brought in: whoever runs it again after a crash then finds what lies there as its own. See
/// docs/formats/remote.md.</summary>
sealed class UrlImportFile
{
    const string FolderName = "sources";
    const string BegunEnding = ".begun";
    const int NameDigits = 32;
    const long RecordBytesMax = 1 << 20;

    readonly string _path;
    readonly string _file;

    UrlImportFile(string path, string file) => (_path, _file) = (path, file);

    /// <summary>What is known of a path.</summary>
    public static UrlImportFile Known(CheckoutState state, string path) => new(path, FileOf(state, path));

    /// <summary>What was begun at a path.</summary>
    public static UrlImportFile Begun(CheckoutState state, string path) => new(path, FileOf(state, path) + BegunEnding);

    /// <returns>Null when there is none, or it is damaged: then it is taken as if it had never been.</returns>
    public UrlImportRecord? Read()
    {
        if (!File.Exists(_file))
            return null;
        try
        {
            var record = new FileInfo(_file).Length > RecordBytesMax ? null
                : JsonSerializer.Deserialize(File.ReadAllBytes(_file), VersionsJson.Default.UrlImportRecord);
            return record?.Path == _path ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Write(UrlImportRecord record)
    {
        DurableFile.CreateFolder(Path.GetDirectoryName(_file)!);
        DurableFile.Write(_file, JsonSerializer.SerializeToUtf8Bytes(record, VersionsJson.Default.UrlImportRecord));
    }

    public void Delete() => File.Delete(_file);

    static string FileOf(CheckoutState state, string path) => Path.Join(
        state.Folder, FolderName,
        ContentHash.Of(Encoding.UTF8.GetBytes(path)).ToString()[..NameDigits] + ".json");
}
