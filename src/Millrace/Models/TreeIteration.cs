namespace Millrace.Models;

/// <summary>How good the first trees of a regressor are on some examples.</summary>
/// <param name="Trees">How many trees predict, from 1.</param>
/// <param name="Rmse">Root of the mean squared error, in the labels' unit.</param>
public readonly record struct TreeIteration(int Trees, double Rmse);
