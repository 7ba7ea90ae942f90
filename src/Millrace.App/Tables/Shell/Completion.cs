namespace Millrace.App.Tables.Shell;

/// <summary>What a word may go on to.</summary>
/// <param name="Start">Index of the word's first character.</param>
/// <param name="Candidates">Whole words, each once, in order.</param>
/// <param name="Ending">What follows when there is only one.</param>
sealed record Completion(int Start, IReadOnlyList<string> Candidates, string Ending)
{
    /// <summary>What all candidates begin with; null when there are none.</summary>
    public string? Common
    {
        get
        {
            if (Candidates.Count == 0)
            {
                return null;
            }

            var common = Candidates[0];
            foreach (var candidate in Candidates)
            {
                var length = 0;
                while (length < common.Length && length < candidate.Length
                    && char.ToLowerInvariant(common[length]) == char.ToLowerInvariant(candidate[length]))
                {
                    length++;
                }

                common = common[..length];
            }

            return common;
        }
    }
}
