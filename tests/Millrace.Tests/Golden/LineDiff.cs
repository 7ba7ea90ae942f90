namespace Millrace.Tests;

/// <summary>The shortest list of lines to remove and add, by the longest common subsequence.</summary>
static class LineDiff
{
    public static string Between(string before, string after)
    {
        var old = before.Split('\n');
        var now = after.Split('\n');
        var common = CommonLengths(old, now);
        var lines = new List<string>();
        var (i, j) = (0, 0);
        while (i < old.Length || j < now.Length)
        {
            if (i < old.Length && j < now.Length && old[i] == now[j]) (i, j) = (i + 1, j + 1);
            else if (j == now.Length || (i < old.Length && common[i + 1, j] >= common[i, j + 1]))
                lines.Add($"- {i + 1,4} {old[i++]}");
            else lines.Add($"+ {j + 1,4} {now[j++]}");
        }
        return string.Join('\n', lines);
    }

    // [i, j] is the length of the longest common subsequence of old[i..] and now[j..].
    static int[,] CommonLengths(string[] old, string[] now)
    {
        var lengths = new int[old.Length + 1, now.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
            for (var j = now.Length - 1; j >= 0; j--)
                lengths[i, j] = old[i] == now[j]
                    ? lengths[i + 1, j + 1] + 1
                    : Math.Max(lengths[i + 1, j], lengths[i, j + 1]);
        return lengths;
    }
}
