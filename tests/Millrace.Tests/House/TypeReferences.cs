using Mono.Cecil;
using Mono.Cecil.Cil;

namespace Millrace.Tests.House;

/// <summary>Collects every type that one type names: in its declaration, its members' signatures, its attributes and
/// its method bodies. A constant that the compiler copied leaves no trace and is not seen.</summary>
sealed class TypeReferences
{
    readonly HashSet<TypeReference> _found = [];

    TypeReferences() { }

    /// <summary>The references of the type alone; its nested types are asked on their own.</summary>
    public static IReadOnlyCollection<TypeReference> Of(TypeDefinition type)
    {
        var references = new TypeReferences();
        references.AddDeclaration(type);
        foreach (var field in type.Fields) references.AddField(field);
        foreach (var property in type.Properties) references.AddProperty(property);
        foreach (var @event in type.Events) references.AddEvent(@event);
        foreach (var method in type.Methods) references.AddMethod(method);
        return references._found;
    }

    void AddDeclaration(TypeDefinition type)
    {
        Add(type.BaseType);
        AddAttributes(type);
        AddConstraints(type);
        foreach (var implementation in type.Interfaces)
        {
            Add(implementation.InterfaceType);
            AddAttributes(implementation);
        }
    }

    void AddField(FieldDefinition field)
    {
        Add(field.FieldType);
        AddAttributes(field);
    }

    void AddProperty(PropertyDefinition property)
    {
        Add(property.PropertyType);
        AddAttributes(property);
    }

    void AddEvent(EventDefinition @event)
    {
        Add(@event.EventType);
        AddAttributes(@event);
    }

    void AddMethod(MethodDefinition method)
    {
        AddSignature(method);
        AddAttributes(method);
        AddAttributes(method.MethodReturnType);
        AddConstraints(method);
        foreach (var parameter in method.Parameters) AddAttributes(parameter);
        foreach (var overridden in method.Overrides) AddMember(overridden);
        if (method.HasBody) AddBody(method.Body);
    }

    void AddBody(MethodBody body)
    {
        foreach (var variable in body.Variables) Add(variable.VariableType);
        foreach (var handler in body.ExceptionHandlers) Add(handler.CatchType);
        foreach (var instruction in body.Instructions)
            switch (instruction.Operand)
            {
                case TypeReference type: Add(type); break;
                case MemberReference member: AddMember(member); break;
                case CallSite call: AddSignature(call); break;
            }
    }

    void AddMember(MemberReference member)
    {
        Add(member.DeclaringType);
        if (member is FieldReference field) Add(field.FieldType);
        if (member is MethodReference method) AddSignature(method);
        if (member is GenericInstanceMethod generic)
            foreach (var argument in generic.GenericArguments) Add(argument);
    }

    void AddSignature(IMethodSignature signature)
    {
        Add(signature.ReturnType);
        foreach (var parameter in signature.Parameters) Add(parameter.ParameterType);
    }

    void AddConstraints(IGenericParameterProvider owner)
    {
        foreach (var parameter in owner.GenericParameters)
        {
            AddAttributes(parameter);
            foreach (var constraint in parameter.Constraints) Add(constraint.ConstraintType);
        }
    }

    void AddAttributes(ICustomAttributeProvider owner)
    {
        foreach (var attribute in owner.CustomAttributes)
        {
            Add(attribute.AttributeType);
            foreach (var argument in attribute.ConstructorArguments) AddArgument(argument);
            foreach (var named in attribute.Properties) AddArgument(named.Argument);
            foreach (var named in attribute.Fields) AddArgument(named.Argument);
        }
    }

    void AddArgument(CustomAttributeArgument argument)
    {
        Add(argument.Type);
        if (argument.Value is TypeReference type) Add(type);
        if (argument.Value is CustomAttributeArgument[] elements)
            foreach (var element in elements) AddArgument(element);
    }

    void Add(TypeReference? type)
    {
        switch (type)
        {
            case null or GenericParameter: return;
            case GenericInstanceType generic:
                foreach (var argument in generic.GenericArguments) Add(argument);
                break;
            case IModifierType modifier: Add(modifier.ModifierType); break;
            case FunctionPointerType pointer: AddSignature(pointer); return;
        }
        if (type is TypeSpecification wrapper) Add(wrapper.ElementType);
        else _found.Add(type);
    }
}
