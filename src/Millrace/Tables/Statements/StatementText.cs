namespace Millrace.Tables.Statements;

/// <summary>One statement of a text, and where it stands in it.</summary>
/// <param name="Text">Without the semicolon.</param>
/// <param name="Line">The line that it begins in, from 1.</param>
/// <param name="Column">The column that it begins in, from 1.</param>
public sealed record StatementText(string Text, int Line = 1, int Column = 1)
{
    /// <summary>The statement's text.</summary>
    public override string ToString() => Text;
}
