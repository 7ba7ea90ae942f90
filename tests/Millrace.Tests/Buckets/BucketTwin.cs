using System.Text;
using Millrace.Buckets;

namespace Millrace.Tests.BucketsRoom;

/// <summary>A bucket as the rules say it, in memory: of each key a list of versions, the newest first.</summary>
sealed class BucketTwin
{
    readonly SortedDictionary<string, List<(string Id, bool IsMarker, string Text)>> _keys = new(
        Comparer<string>.Create(
            (left, right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right))));

    BucketVersioning _versioning;
    int _texts;

    public async Task Do(BucketFolder folder, string bucket, int kind, string key, int pick)
    {
        var versions = _keys.TryGetValue(key, out var known) ? known : _keys[key] = [];
        switch (kind)
        {
            case 0:
                _versioning = pick % 2 == 0 ? BucketVersioning.Enabled : BucketVersioning.Suspended;
                await folder.Store.SetVersioningAsync(bucket, _versioning);
                break;
            case < 6:
                var text = $"text {_texts++}";
                Add(versions, (await folder.Put(bucket, key, text)).VersionId, false, text);
                break;
            case < 8:
                var outcome = await folder.Store.DeleteAsync(bucket, key, null, WriteConditions.None);
                Assert.Equal(_versioning != BucketVersioning.Off, outcome.IsMarker);
                if (_versioning == BucketVersioning.Off)
                    versions.Clear();
                else
                    Add(versions, outcome.VersionId!, true, "");
                break;
            default:
                var id = pick < versions.Count ? versions[pick].Id : "null";
                await folder.Store.DeleteAsync(bucket, key, id, WriteConditions.None);
                versions.RemoveAll(version => version.Id == id);
                break;
        }
    }

    public List<(string Key, string Id, bool IsLatest, bool IsMarker)> All() =>
    [
        .. _keys.SelectMany(key => key.Value.Select(
            (version, index) => (key.Key, version.Id, index == 0, version.IsMarker))),
    ];

    public string Text(string key, string id) => _keys[key].Single(version => version.Id == id).Text;

    void Add(List<(string Id, bool IsMarker, string Text)> versions, string id, bool isMarker, string text)
    {
        Assert.Equal(_versioning == BucketVersioning.Enabled, id != "null");
        if (id == "null")
            versions.RemoveAll(version => version.Id == id);
        versions.Insert(0, (id, isMarker, text));
    }
}
