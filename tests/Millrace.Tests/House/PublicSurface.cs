using System.Text;
using Mono.Cecil;

namespace Millrace.Tests.House;

/// <summary>Lists what a user of an assembly can name, one line for each type and member, in a fixed order.</summary>
static class PublicSurface
{
    public static string Of(ModuleDefinition module)
    {
        var text = new StringBuilder();
        foreach (var type in module.GetTypes().Where(IsVisible).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Declare(type)).Append('\n');
            foreach (var member in Members(type)) text.Append($"    {member}\n");
            text.Append('\n');
        }
        return text.ToString().TrimEnd('\n') + "\n";
    }

    static bool IsVisible(TypeDefinition type) =>
        type.IsPublic || ((type.IsNestedPublic || type.IsNestedFamily) && IsVisible(type.DeclaringType));

    static string Declare(TypeDefinition type)
    {
        var name = $"{Outermost(type).Namespace}.{TypeText.NameOf(type)}";
        if (IsDelegate(type)) return $"delegate {Signature(type.Methods.First(m => m.Name == "Invoke"), name)}";
        if (type.IsEnum) return $"enum {name}";
        var bases = string.Join(", ", [.. BaseClass(type), .. Interfaces(type).Order(StringComparer.Ordinal)]);
        return $"{KindOf(type)} {name}{(bases.Length == 0 ? "" : $" : {bases}")}{Constraints(type)}";
    }

    static IEnumerable<string> BaseClass(TypeDefinition type) =>
        type.BaseType is { FullName: not ("System.Object" or "System.ValueType") } parent
            ? [TypeText.Of(parent, type, Around(type))]
            : [];

    static IEnumerable<string> Interfaces(TypeDefinition type) =>
        type.Interfaces.Select(implementation =>
            TypeText.Of(implementation.InterfaceType, implementation, Around(type)));

    static TypeDefinition Outermost(TypeDefinition type) =>
        type.DeclaringType is null ? type : Outermost(type.DeclaringType);

    static bool IsDelegate(TypeDefinition type) => type.BaseType?.FullName == "System.MulticastDelegate";

    static string KindOf(TypeDefinition type)
    {
        if (type.IsInterface) return "interface";
        var isRecord = type.Methods.Any(method => method.Name == "PrintMembers" && IsGenerated(method));
        if (type.IsValueType) return $"{(HasAttribute(type, "IsReadOnlyAttribute") ? "readonly " : "")}"
            + $"{(HasAttribute(type, "IsByRefLikeAttribute") ? "ref " : "")}{(isRecord ? "record struct" : "struct")}";
        var kind = isRecord ? "record" : "class";
        if (type.IsAbstract && type.IsSealed) return $"static {kind}";
        return type.IsSealed ? $"sealed {kind}" : type.IsAbstract ? $"abstract {kind}" : kind;
    }

    static IEnumerable<string> Members(TypeDefinition type)
    {
        if (IsDelegate(type)) return [];
        if (type.IsEnum) return type.Fields.Where(field => field.IsLiteral)
            .OrderBy(field => Convert.ToDecimal(field.Constant))
            .Select(field => $"{field.Name} = {field.Constant}");
        return type.Fields.Where(field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly).Select(Field)
            .Concat(type.Properties.Where(property => Accessors(property).Length > 0).Select(Property))
            .Concat(type.Events.Where(e => IsVisible(e.AddMethod)).Select(e =>
                $"event {TypeText.Of(e.EventType, e, e.AddMethod, type)} {e.Name}"))
            .Concat(type.Methods.Where(method => IsVisible(method) && !IsAccessor(method) && !IsGenerated(method))
                .Select(method => Modifiers(method) + Signature(method, MethodName(method)) + Constraints(method)))
            .Order(StringComparer.Ordinal);
    }

    static string Field(FieldDefinition field)
    {
        var type = TypeText.Of(field.FieldType, field, Around(field.DeclaringType));
        if (field.HasConstant) return $"const {type} {field.Name} = {Literal(field.Constant)}";
        return $"{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{type} {field.Name}";
    }

    static string Property(PropertyDefinition property)
    {
        var accessor = property.GetMethod ?? property.SetMethod;
        var type = TypeText.Of(property.PropertyType, property, [accessor, .. Around(property.DeclaringType)]);
        var name = property.HasParameters ? $"this[{Parameters(property.Parameters, accessor)}]" : property.Name;
        var required = HasAttribute(property, "RequiredMemberAttribute") ? "required " : "";
        return $"{Modifiers(accessor)}{required}{type} {name} {{ {Accessors(property)} }}";
    }

    static string Accessors(PropertyDefinition property)
    {
        var get = property.GetMethod is { } getter && IsVisible(getter) ? "get;" : "";
        if (property.SetMethod is not { } setter || !IsVisible(setter)) return get;
        var isInit = setter.ReturnType is RequiredModifierType { ModifierType.Name: "IsExternalInit" };
        var access = setter.IsPublic || property.GetMethod?.IsPublic != true ? "" : "protected ";
        return $"{get} {access}{(isInit ? "init;" : "set;")}".Trim();
    }

    static string MethodName(MethodDefinition method)
    {
        if (method.IsConstructor) return method.DeclaringType.Name.Split('`')[0];
        var parameters = string.Join(", ", method.GenericParameters.Select(parameter => parameter.Name));
        return method.Name + (parameters.Length == 0 ? "" : $"<{parameters}>");
    }

    static string Signature(MethodDefinition method, string name)
    {
        var parameters = Parameters(method.Parameters, method);
        var returned = TypeText.Of(method.ReturnType, method.MethodReturnType, Around(method));
        return method.IsConstructor ? $"{name}({parameters})" : $"{returned} {name}({parameters})";
    }

    static string Parameters(IEnumerable<ParameterDefinition> parameters, MethodDefinition method) =>
        string.Join(", ", parameters.Select((parameter, index) =>
        {
            var type = TypeText.Of(parameter.ParameterType, parameter, Around(method));
            if (parameter.IsOut) type = "out" + type["ref".Length..];
            else if (parameter.IsIn && type.StartsWith("ref ", StringComparison.Ordinal)) type = "in" + type[3..];
            if (HasAttribute(parameter, "ParamArrayAttribute")) type = $"params {type}";
            if (index == 0 && HasAttribute(method, "ExtensionAttribute")) type = $"this {type}";
            return $"{type} {parameter.Name}{Default(parameter)}";
        }));

    static string Default(ParameterDefinition parameter)
    {
        if (!parameter.HasConstant) return "";
        return parameter.Constant is null && parameter.ParameterType.IsValueType
            ? " = default"
            : $" = {Literal(parameter.Constant)}";
    }

    static string Modifiers(MethodDefinition method)
    {
        if (method.DeclaringType.IsInterface) return method.IsStatic ? "static " : "";
        var access = method.IsPublic ? "" : "protected ";
        if (method.IsStatic) return access + "static ";
        if (method.IsAbstract) return access + "abstract ";
        if (!method.IsVirtual || method.IsFinal) return access;
        return access + (method.IsNewSlot ? "virtual " : "override ");
    }

    static string Constraints(IGenericParameterProvider owner) =>
        string.Concat(owner.GenericParameters.Select(parameter =>
        {
            var kinds = new List<string>();
            if (parameter.HasNotNullableValueTypeConstraint) kinds.Add("struct");
            else if (parameter.HasReferenceTypeConstraint) kinds.Add("class");
            kinds.AddRange(parameter.Constraints.Select(constraint => constraint.ConstraintType)
                .Where(type => type.Name != "ValueType").Select(type => TypeText.Of(type, parameter)));
            if (parameter.HasDefaultConstructorConstraint && kinds is not ["struct", ..]) kinds.Add("new()");
            return kinds.Count == 0 ? "" : $" where {parameter.Name} : {string.Join(", ", kinds)}";
        }));

    static IEnumerable<ICustomAttributeProvider> Around(MethodDefinition method) =>
        [method, .. Around(method.DeclaringType)];

    static IEnumerable<ICustomAttributeProvider> Around(TypeDefinition? type) =>
        type is null ? [] : [type, .. Around(type.DeclaringType)];

    static string Literal(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        char letter => $"'{letter}'",
        bool isTrue => isTrue ? "true" : "false",
        _ => $"{value}",
    };

    static bool IsVisible(MethodDefinition? method) =>
        method is not null && (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly);

    static bool IsAccessor(MethodDefinition method) =>
        method.IsGetter || method.IsSetter || method.IsAddOn || method.IsRemoveOn
            || (method.IsConstructor && method.IsStatic);

    // Also what a record adds: equality, copying and printing.
    static bool IsGenerated(MethodDefinition method) => HasAttribute(method, "CompilerGeneratedAttribute");

    static bool HasAttribute(ICustomAttributeProvider owner, string name) =>
        owner.CustomAttributes.Any(attribute => attribute.AttributeType.Name == name);
}
