namespace Millrace.Tables.Frames;

/// <summary>A column that a step gives.</summary>
sealed record Output(string Name, ExprNode Value);
