namespace Millrace.Models;

/// <summary>How much a regressor's trees use a feature.</summary>
/// <param name="Name">The feature.</param>
/// <param name="Gain">Sum of the gains of the splits on it, 0 when no tree uses it. Only comparable within one
/// model.</param>
public readonly record struct FeatureGain(string Name, double Gain);
