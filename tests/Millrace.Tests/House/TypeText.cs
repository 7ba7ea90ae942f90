using Mono.Cecil;

namespace Millrace.Tests.House;

/// <summary>Writes a type as C# does, with the question marks of nullable references.</summary>
/// <remarks>The compiler writes one byte for each reference in the order in which a reader meets them; 2 is nullable.
/// One byte alone holds for all, and a member without bytes has those of its method or type.</remarks>
sealed class TypeText
{
    const string NullableAttribute = "System.Runtime.CompilerServices.NullableAttribute";
    const string ContextAttribute = "System.Runtime.CompilerServices.NullableContextAttribute";

    readonly byte[] _flags;
    int _at;

    TypeText(byte[] flags) => _flags = flags;

    /// <param name="type">The type that is written.</param>
    /// <param name="owner">The parameter, return value, property or field of that type.</param>
    /// <param name="context">The member and then the types around it, from the inside out.</param>
    public static string Of(TypeReference type, ICustomAttributeProvider owner,
        params IEnumerable<ICustomAttributeProvider?> context)
    {
        var flags = FlagsIn(owner, NullableAttribute)
            ?? context.Select(outer => FlagsIn(outer, ContextAttribute)).FirstOrDefault(flags => flags is not null);
        return new TypeText(flags ?? [0]).Write(type);
    }

    /// <summary>The type's own name, without namespace and nullability: <c>Outer.Inner&lt;T&gt;</c>.</summary>
    public static string NameOf(TypeDefinition type)
    {
        var parameters = string.Join(", ", OwnParameters(type));
        var name = PlainName(type) + (parameters.Length == 0 ? "" : $"<{parameters}>");
        return type.DeclaringType is null ? name : $"{NameOf(type.DeclaringType)}.{name}";
    }

    static IEnumerable<string> OwnParameters(TypeDefinition type) =>
        from parameter in type.GenericParameters.Skip(type.DeclaringType?.GenericParameters.Count ?? 0)
        select parameter.Name;

    static byte[]? FlagsIn(ICustomAttributeProvider? owner, string attribute) =>
        owner?.CustomAttributes.FirstOrDefault(a => a.AttributeType.FullName == attribute)
            ?.ConstructorArguments[0].Value switch
        {
            byte all => [all],
            CustomAttributeArgument[] each => [.. each.Select(argument => (byte)argument.Value)],
            _ => null,
        };

    string Write(TypeReference type)
    {
        switch (type)
        {
            case ByReferenceType reference: return $"ref {Write(reference.ElementType)}";
            case IModifierType modifier: return Write(modifier.ElementType);
            case PointerType pointer: return $"{Write(pointer.ElementType)}*";
            case GenericInstanceType { ElementType.FullName: "System.Nullable`1" } nullable:
                return $"{Write(nullable.GenericArguments[0])}?";
        }

        // A plain value has no byte; a generic one has, though it is never null.
        var mark = type.IsValueType && !type.IsGenericInstance ? "" : NextMark();
        return type switch
        {
            ArrayType array => $"{Write(array.ElementType)}[{new string(',', array.Rank - 1)}]{mark}",
            GenericInstanceType generic => WriteGeneric(generic) + mark,
            GenericParameter parameter => parameter.Name + mark,
            _ => WriteName(type) + mark,
        };
    }

    string NextMark() => (_flags.Length == 1 ? _flags[0] : _flags[_at++]) == 2 ? "?" : "";

    string WriteGeneric(GenericInstanceType type)
    {
        var arguments = type.GenericArguments.Select(Write).ToList();
        return type.ElementType.FullName.StartsWith("System.ValueTuple`", StringComparison.Ordinal)
            ? $"({string.Join(", ", arguments)})"
            : $"{WriteName(type.ElementType)}<{string.Join(", ", arguments)}>";
    }

    static string WriteName(TypeReference type) => type.FullName switch
    {
        "System.Boolean" => "bool",
        "System.Byte" => "byte",
        "System.SByte" => "sbyte",
        "System.Char" => "char",
        "System.Decimal" => "decimal",
        "System.Double" => "double",
        "System.Single" => "float",
        "System.Int16" => "short",
        "System.Int32" => "int",
        "System.Int64" => "long",
        "System.UInt16" => "ushort",
        "System.UInt32" => "uint",
        "System.UInt64" => "ulong",
        "System.Object" => "object",
        "System.String" => "string",
        "System.Void" => "void",
        _ => type.DeclaringType is null ? PlainName(type) : $"{WriteName(type.DeclaringType)}.{PlainName(type)}",
    };

    static string PlainName(TypeReference type) => type.Name.Split('`')[0];
}
