namespace Millrace.App.Versions;

/// <summary>The shortest edit from one text to another, line by line: the greedy algorithm of E. Myers, "An O(ND)
/// difference algorithm" (1986), section 4.</summary>
static class LineDiff
{
    const int LinesMax = 50_000;
    const int EditsMax = 2_000;
    const int ContextLines = 3;

    /// <returns>False when the texts are too long or too different to be worth it.</returns>
    public static bool TryCompare(string[] before, string[] after, out List<string> hunks)
    {
        hunks = [];
        if (before.Length > LinesMax || after.Length > LinesMax)
            return false;
        if (Edits(before, after) is not { } lines)
            return false;
        hunks = Hunks(lines);
        return true;
    }

    /// <summary>Every line with its mark: kept, removed or added.</summary>
    static List<(char Mark, string Line)>? Edits(string[] before, string[] after)
    {
        var max = Math.Min(before.Length + after.Length, EditsMax);
        var furthest = new int[(2 * max) + 3];
        var steps = new List<int[]>();
        for (var edits = 0; edits <= max; edits++)
        {
            var row = new int[edits + 1];
            for (var diagonal = -edits; diagonal <= edits; diagonal += 2)
            {
                var at = diagonal + max + 1;
                var x = diagonal == -edits || (diagonal != edits && furthest[at - 1] < furthest[at + 1])
                    ? furthest[at + 1] : furthest[at - 1] + 1;
                var y = x - diagonal;
                while (x < before.Length && y < after.Length && before[x] == after[y])
                    (x, y) = (x + 1, y + 1);
                furthest[at] = x;
                row[(diagonal + edits) / 2] = x;
                if (x >= before.Length && y >= after.Length)
                {
                    steps.Add(row);
                    return Trace(before, after, steps);
                }
            }

            steps.Add(row);
        }

        return null;
    }

    static List<(char Mark, string Line)> Trace(string[] before, string[] after, List<int[]> steps)
    {
        var lines = new List<(char, string)>();
        var (x, y) = (before.Length, after.Length);
        for (var edits = steps.Count - 1; edits > 0; edits--)
        {
            var diagonal = x - y;
            var row = steps[edits - 1];
            var isDown = diagonal == -edits
                || (diagonal != edits && At(row, edits - 1, diagonal - 1) < At(row, edits - 1, diagonal + 1));
            var from = isDown ? diagonal + 1 : diagonal - 1;
            var fromX = At(row, edits - 1, from);
            var fromY = fromX - from;
            var (startX, startY) = isDown ? (fromX, fromY + 1) : (fromX + 1, fromY);
            for (; x > startX && y > startY; x--, y--)
                lines.Add((' ', before[x - 1]));
            lines.Add(isDown ? ('+', after[startY - 1]) : ('-', before[startX - 1]));
            (x, y) = (fromX, fromY);
        }

        for (; x > 0; x--)
            lines.Add((' ', before[x - 1]));
        lines.Reverse();
        return lines;
    }

    static int At(int[] row, int edits, int diagonal) => row[(diagonal + edits) / 2];

    static List<string> Hunks(List<(char Mark, string Line)> lines)
    {
        var hunks = new List<string>();
        var (oldLine, newLine, shown) = (1, 1, 0);
        for (var i = 0; i < lines.Count;)
        {
            if (lines[i].Mark == ' ')
            {
                (oldLine, newLine, i) = (oldLine + 1, newLine + 1, i + 1);
                continue;
            }

            var begin = Math.Max(shown, i - ContextLines);
            var end = i;
            for (var quiet = 0; end < lines.Count && quiet <= 2 * ContextLines; end++)
                quiet = lines[end].Mark == ' ' ? quiet + 1 : 0;
            while (end > i && lines[end - 1].Mark == ' ')
                end--;
            var stop = Math.Min(lines.Count, end + ContextLines);
            var before = i - begin;
            var hunk = lines[begin..stop];
            hunks.Add(
                $"@@ -{oldLine - before},{hunk.Count(line => line.Mark != '+')} "
                + $"+{newLine - before},{hunk.Count(line => line.Mark != '-')} @@");
            hunks.AddRange(hunk.Select(line => line.Mark + line.Line));
            oldLine += lines[i..stop].Count(line => line.Mark != '+');
            newLine += lines[i..stop].Count(line => line.Mark != '-');
            (i, shown) = (stop, stop);
        }

        return hunks;
    }
}
