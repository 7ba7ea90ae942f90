using System.Text;
using Millrace.Objects;

namespace Millrace.Versions;

/// <summary>The rules for names of branches and tags: those of git, so that every name can go there and come back.
/// </summary>
public static class RefName
{
    /// <summary>No name is longer.</summary>
    public const int BytesMax = 250;

    /// <summary>Whether git's check-ref-format would take it as the name of a branch.</summary>
    public static bool IsValid(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0 || Encoding.UTF8.GetByteCount(name) > BytesMax || name[0] == '-' || name is "@" or "HEAD"
            || name.EndsWith('.') || name.Contains("..", StringComparison.Ordinal)
            || name.Contains("@{", StringComparison.Ordinal))
        {
            return false;
        }

        foreach (var value in name)
        {
            if (value <= ' ' || value == 0x7F || char.IsSurrogate(value) || "~^:?*[\\".Contains(value))
                return false;
        }

        return name.Split('/').All(
            part => part.Length > 0 && part[0] != '.' && !part.EndsWith(".lock", StringComparison.Ordinal));
    }

    /// <summary>As <see cref="Check"/>, for a name that is given now: it must not look like the whole name of a commit.
    /// </summary>
    /// <exception cref="MillraceException"><c>ref-name</c>.</exception>
    internal static string CheckNew(string name) => !ContentHash.TryParse(Check(name).ToLowerInvariant(), out _)
        ? name : throw new MillraceException(
            ErrorKind.Invalid, "ref-name", $"'{name}' is written like the whole name of a commit.",
            "Choose another name: a command could not tell which is meant.");

    /// <exception cref="MillraceException"><c>ref-name</c>.</exception>
    public static string Check(string name) => IsValid(name) ? name : throw new MillraceException(
        ErrorKind.Invalid, "ref-name", $"'{name}' cannot be the name of a branch or tag.",
        "Use letters, digits, '-', '_', '.' and '/'; no '..', no space, no '~ ^ : ? * [ \\', and no part that begins "
        + "with a dot or ends with '.lock'.");
}
