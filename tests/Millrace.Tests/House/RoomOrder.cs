using Mono.Cecil;

namespace Millrace.Tests.House;

/// <summary>Checks that references between the rooms of an assembly point down.</summary>
sealed class RoomOrder(RoomPlan plan)
{
    /// <summary>One sentence for each pair of types that breaks the order, and for each type without a place.</summary>
    public IReadOnlyList<string> Violations(ModuleDefinition module)
    {
        var found = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in module.GetTypes())
        {
            var owner = Outermost(type);
            if (!plan.Covers(owner.Namespace)) continue;
            if (plan.PlaceOf(owner.Namespace, owner.Name) is not { } place)
                found.Add($"{NameOf(owner)} is in no room that has a floor.");
            else
                foreach (var reference in TypeReferences.Of(type)) Check(type, place, reference, found);
        }
        return [.. found];
    }

    /// <summary>Types that the compiler or a source generator did not add, and that are outside of the plan.</summary>
    public IReadOnlyList<string> Strays(ModuleDefinition module) =>
        [.. from type in module.Types
            where !plan.Covers(type.Namespace) && !type.Name.StartsWith('<') && !IsGenerated(type)
            select $"{NameOf(type)} is outside of {plan.Prefix}."];

    void Check(TypeDefinition type, Place place, TypeReference reference, SortedSet<string> found)
    {
        var target = Outermost(reference);
        if (!plan.Covers(target.Namespace)) return;
        // A target without a place is reported where it is declared.
        if (plan.PlaceOf(target.Namespace, target.Name) is not { } other || place.MayUse(other)) return;
        found.Add($"{NameOf(type)} uses {NameOf(target)}: {place} may not use {other}.");
    }

    static TypeReference Outermost(TypeReference type) =>
        type.DeclaringType is null ? type : Outermost(type.DeclaringType);

    // A closure or a state machine is known by the type that a person wrote.
    static string NameOf(TypeReference type) =>
        type.Name.StartsWith('<') && type.DeclaringType is not null
            ? NameOf(type.DeclaringType)
            : type.FullName.Replace('/', '.');

    static bool IsGenerated(TypeDefinition type) =>
        type.CustomAttributes.Any(attribute =>
            attribute.AttributeType.Name is "CompilerGeneratedAttribute" or "GeneratedCodeAttribute"
                or "EmbeddedAttribute");
}
