using System.Collections.Immutable;
using System.Text.Json;

namespace Millrace.Models;

/// <summary>A sum of regression trees and a bias, as stored; see <c>docs/formats/tree-ensemble.md</c>. The file holds
/// no time and no chance, so that equal trainings give equal bytes.</summary>
/// <param name="Format">Always <see cref="FormatName"/>.</param>
/// <param name="FormatVersion">The version of the format; 1.</param>
/// <param name="FeatureNames">The features by index.</param>
/// <param name="Bias">The prediction before the first tree.</param>
/// <param name="Trees">In the order they were grown.</param>
sealed record TreeEnsemble(
    string Format,
    int FormatVersion,
    ImmutableArray<string> FeatureNames,
    double Bias,
    ImmutableArray<RegressionTree> Trees)
{
    internal const string FormatName = "millrace.tree-ensemble";
    internal const int CurrentVersion = 1;
    internal const int MaxTreeCount = 100_000;
    internal const int MaxSizeBytes = 256 * 1024 * 1024;

    internal byte[] ToBytes() =>
        [.. JsonSerializer.SerializeToUtf8Bytes(this, TreeEnsembleJson.Default.TreeEnsemble), (byte)'\n'];

    /// <summary>Reads and checks an ensemble, so that no later walk can leave an array or run for ever.</summary>
    internal static TreeEnsemble FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxSizeBytes)
            throw Damaged($"has {bytes.Length:N0} bytes, and at most {MaxSizeBytes:N0} are read");
        try
        {
            var header = JsonSerializer.Deserialize(bytes, TreeEnsembleJson.Default.TreeEnsembleHeader);
            if (header?.Format != FormatName)
                throw Damaged($"does not name its format '{FormatName}'");
            if (header.FormatVersion != CurrentVersion)
            {
                throw new MillraceException(ErrorKind.Invalid, "model-version-unknown",
                    $"The tree ensemble is of format version {header.FormatVersion}, and this program reads " +
                    $"{CurrentVersion}.", "Use the newer Millrace that wrote it.");
            }
            var ensemble = JsonSerializer.Deserialize(bytes, TreeEnsembleJson.Default.TreeEnsemble)!;
            return ensemble.FindFault() is { } fault ? throw Damaged(fault) : ensemble;
        }
        catch (JsonException exception)
        {
            throw Damaged($"is no JSON of its format: {exception.Message}", exception);
        }
    }

    string? FindFault()
    {
        if (FeatureNames.IsDefaultOrEmpty || FeatureNames.Any(name => name is null))
            return "has no feature names";
        if (FeatureNames.Distinct(StringComparer.Ordinal).Count() != FeatureNames.Length)
            return "names a feature twice";
        if (!double.IsFinite(Bias))
            return "has a bias that is not finite";
        if (Trees.IsDefault || Trees.Length > MaxTreeCount)
            return $"has no trees, or more than {MaxTreeCount:N0}";
        for (var i = 0; i < Trees.Length; i++)
        {
            var fault = Trees[i] is { } tree ? tree.FindFault(FeatureNames.Length) : "is null";
            if (fault is not null)
                return $"is broken: tree {i} {fault}";
        }
        return null;
    }

    static MillraceException Damaged(string fact, Exception? inner = null) =>
        new(ErrorKind.Invalid, "model-damaged", $"The tree ensemble {fact.TrimEnd('.')}.",
            "Take the model from the registry again, or train it again.", inner);
}
