namespace Millrace.Tables.Statements;

/// <summary>Gathers the clauses of a MERGE. A row that DO NOTHING holds for is kept from the clauses behind it by their
/// conditions.</summary>
sealed class MergeClauses
{
    readonly Dictionary<List<MergeStep>, List<string>> _left = [];
    readonly HashSet<List<MergeStep>> _closed = [];
    bool _hasClause;

    public List<MergeStep> Matched { get; } = [];

    public List<MergeStep> NotMatched { get; } = [];

    public List<MergeStep> NotMatchedBySource { get; } = [];

    /// <summary>Whether there is no clause.</summary>
    public bool IsEmpty => !_hasClause;

    /// <summary>Whether rows may come as far as a clause behind those that are there.</summary>
    public bool IsReached(List<MergeStep> steps)
    {
        _hasClause = true;
        return !_closed.Contains(steps) && !steps.Exists(step => step.Condition is null);
    }

    /// <summary>A clause's condition, without the rows that are to be left alone.</summary>
    public string? Narrowed(List<MergeStep> steps, string? condition)
    {
        if (!_left.TryGetValue(steps, out var left))
        {
            return condition;
        }

        var others = string.Join(" and ", left.Select(other => $"not coalesce(({other}\n), false)"));
        return condition is null ? others : $"({condition}\n) and {others}";
    }

    /// <summary>Leaves rows of a condition alone; null for all that come as far.</summary>
    public void LeaveAlone(List<MergeStep> steps, string? condition)
    {
        _hasClause = true;
        if (condition is null)
        {
            _closed.Add(steps);
        }
        else if (_left.TryGetValue(steps, out var left))
        {
            left.Add(condition);
        }
        else
        {
            _left.Add(steps, [condition]);
        }
    }
}
