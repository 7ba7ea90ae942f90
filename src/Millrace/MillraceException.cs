namespace Millrace;

/// <summary>The one exception for failures of input and world. The message is a fact with its values; the hint is the
/// next step.</summary>
public sealed class MillraceException : Exception
{
    /// <param name="kind">Which of the five kinds of failure it is.</param>
    /// <param name="code">A stable kebab-case word, such as <c>object-missing</c>.</param>
    /// <param name="message">What is so, with its values, then what was expected.</param>
    /// <param name="hint">What to do next, as a sentence.</param>
    /// <param name="inner">The cause, when another library reported it.</param>
    public MillraceException(ErrorKind kind, string code, string message, string hint, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        Code = code;
        Hint = hint;
    }

    /// <summary>Which of the five kinds of failure it is.</summary>
    public ErrorKind Kind { get; }

    /// <summary>A stable kebab-case word that scripts may compare.</summary>
    public string Code { get; }

    /// <summary>The next step for the person who reads the message.</summary>
    public string Hint { get; }
}
