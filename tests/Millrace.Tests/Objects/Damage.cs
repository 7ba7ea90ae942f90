using Millrace.Objects;

namespace Millrace.Tests.ObjectsRoom;

/// <summary>Reaches behind a store's back.</summary>
static class Damage
{
    public static string PathOf(ObjectStore store, ContentHash hash) =>
        Path.Join(store.Folder, hash.ToString().AsSpan(0, 2), hash.ToString().AsSpan(2));

    public static void Replace(string path, byte[] bytes)
    {
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
    }

    /// <summary>What lies in the staging folders of all processes.</summary>
    public static IEnumerable<string> AsideNames(ObjectStore store) =>
        Directory.EnumerateFiles(Path.Join(store.Folder, "tmp"), "*", SearchOption.AllDirectories)
            .Select(Path.GetFileName)!;
}
