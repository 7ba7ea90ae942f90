namespace Millrace.Versions;

/// <summary>The order of texts by their UTF-8 bytes, which is that of their code points. It differs from .NET's ordinal
/// order where characters beyond the basic plane meet those at its end.</summary>
sealed class Utf8Order : IComparer<string>
{
    public static readonly Utf8Order Instance = new();

    int IComparer<string>.Compare(string? left, string? right) => Compare(left, right);

    public static int Compare(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        var common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
            return left.Length.CompareTo(right.Length);
        return Rank(left[common]).CompareTo(Rank(right[common]));
    }

    // Surrogates stand for code points above all other characters.
    static int Rank(char value) => char.IsSurrogate(value) ? value + 0x10000 : value;
}
