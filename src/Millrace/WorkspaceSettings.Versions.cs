using Millrace.Versions;
using Millrace.Versions.Files;
using YamlDotNet.RepresentationModel;

namespace Millrace;

public sealed partial record WorkspaceSettings
{
    /// <summary>How files are versioned.</summary>
    public VersionSettings Versions { get; init; } = new();

    static WorkspaceSettings ReadVersions(string file, WorkspaceSettings settings, YamlMappingNode versions)
    {
        foreach (var (key, value) in versions)
        {
            var name = Text(file, key);
            settings = name switch
            {
                "author" => settings with { Versions = settings.Versions with { Author = Text(file, value) } },
                "checkout" => settings with
                {
                    Versions = settings.Versions with
                    {
                        Checkout = Text(file, value) switch
                        {
                            "copy" => CheckoutMode.Copy,
                            "reflink" => CheckoutMode.Reflink,
                            "hardlink" => CheckoutMode.Hardlink,
                            _ => throw Invalid(
                                file, value.Start.Line,
                                "'versions: checkout:' must be 'copy', 'reflink' or 'hardlink'", null),
                        },
                    },
                },
                _ => throw Invalid(
                    file, key.Start.Line, $"'versions: {name}:' is not a setting; there are author and checkout", null),
            };
        }

        return settings;
    }

    static WorkspaceSettings ReadHooks(string file, WorkspaceSettings settings, YamlMappingNode hooks)
    {
        foreach (var (key, value) in hooks)
        {
            var name = Text(file, key);
            if (name != "pre-commit")
                throw Invalid(file, key.Start.Line, $"'hooks: {name}:' is not a setting; there is pre-commit", null);
            if (value is not YamlSequenceNode commands)
                throw Invalid(file, value.Start.Line, "'hooks: pre-commit:' must be a list of commands", null);
            settings = settings with
            {
                Versions = settings.Versions with
                {
                    PreCommit = [.. commands.Select(command => Text(file, command))],
                },
            };
        }

        return settings;
    }
}
