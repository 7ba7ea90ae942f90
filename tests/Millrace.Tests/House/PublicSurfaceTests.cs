using Millrace.Tests.House.Example;
using Mono.Cecil;

namespace Millrace.Tests.House;

/// <summary>What the library lets others name is a decision: it shows in the golden file's diff.</summary>
public sealed class PublicSurfaceTests
{
    [Fact]
    public void The_public_surface_of_the_engine_is_the_agreed_one()
    {
        using var engine = ModuleDefinition.ReadModule(typeof(MillraceException).Assembly.Location);

        Golden.VerifyFile(
            Repository.PathOf("tests", "Millrace.Tests", "House", "public-api.txt"), PublicSurface.Of(engine));
    }

    [Fact]
    public void Every_kind_of_type_and_member_is_written_as_CSharp_does()
    {
        using var tests = ModuleDefinition.ReadModule(typeof(Shape).Assembly.Location);

        var blocks = PublicSurface.Of(tests).Split("\n\n")
            .Where(block => block.Contains($"{typeof(Shape).Namespace}.", StringComparison.Ordinal));

        Golden.Verify("public-surface-example", string.Join("\n\n", blocks).TrimEnd('\n') + "\n");
    }
}
