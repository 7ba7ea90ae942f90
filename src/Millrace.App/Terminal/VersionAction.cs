using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace Millrace.App.Terminal;

/// <summary>Prints name and version, without the hash of the commit that a build appends.</summary>
sealed class VersionAction : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var version = typeof(VersionAction).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        parseResult.InvocationConfiguration.Output.WriteLine($"millrace {version.Split('+')[0]}");
        return 0;
    }
}
