namespace Millrace.Tables.Frames;

/// <summary>Fields of a struct of each row.</summary>
public sealed class StructExpr
{
    readonly Expr _struct;

    internal StructExpr(Expr value) => _struct = value;

    /// <summary>A field by its name; null where the struct is null.</summary>
    public Expr Field(string name) =>
        Expr.Call("struct_extract", _struct, ColumnName.Check(name)).As(name);
}
