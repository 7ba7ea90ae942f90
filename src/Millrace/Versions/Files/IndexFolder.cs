using System.Text;

namespace Millrace.Versions.Files;

/// <summary>The files of one folder in the index, sorted by the bytes of their names.</summary>
/// <param name="path">The folder from the root, parted by slashes; empty for the root.</param>
/// <param name="records">In order.</param>
/// <param name="names">What the records' offsets point into.</param>
sealed class IndexFolder(string path, IndexRecord[] records, byte[] names)
{
    public string Path => path;

    public IndexRecord[] Records => records;

    public byte[] Names => names;

    public ReadOnlySpan<byte> Name(int index) =>
        new(names, (int)records[index].NameOffset, records[index].NameLength);

    public string NameText(int index) => Encoding.UTF8.GetString(Name(index));

    public string PathOf(int index) => path.Length == 0 ? NameText(index) : $"{path}/{NameText(index)}";

    /// <returns>The record's index, or the complement of where it would stand.</returns>
    public int Find(ReadOnlySpan<byte> name)
    {
        var (low, high) = (0, records.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = NameOrder.Compare(Name(middle), name);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
    }
}
