namespace Millrace.Models;

/// <summary>How a tree regressor is grown. The defaults suit some hundred to some hundred thousand examples.</summary>
public sealed record TreeRegressorOptions
{
    const int MaxBins = 65_535;

    /// <summary>The most trees; training may stop before when no split is left.</summary>
    public int Trees { get; init; } = 200;

    /// <summary>The most leaves of one tree, at least 2.</summary>
    public int Leaves { get; init; } = 12;

    /// <summary>No leaf is made for fewer training examples.</summary>
    public int MinimumExamplesPerLeaf { get; init; } = 8;

    /// <summary>Into how many ranges of like count a feature is cut before trees compare it, at least 2. Training time
    /// grows with it.</summary>
    public int Bins { get; init; } = 64;

    /// <summary>What part of its correction each tree applies, in (0, 1].</summary>
    public double LearningRate { get; init; } = 0.08;

    /// <summary>Part of the features that each tree may use, in (0, 1], chosen from the seed.</summary>
    public double FeatureFraction { get; init; } = 1.0;

    /// <summary>Number of trees grown on one bag of examples; 0 grows all on all examples.</summary>
    public int BaggingSize { get; init; }

    /// <summary>Part of the examples in one bag, in (0, 1]; not used when <see cref="BaggingSize"/> is 0.</summary>
    public double BaggingFraction { get; init; } = 0.7;

    /// <summary>Feeds the choice of features and bags.</summary>
    public int Seed { get; init; } = 1;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Trees);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Trees, TreeEnsemble.MaxTreeCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(Leaves, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MinimumExamplesPerLeaf);
        ArgumentOutOfRangeException.ThrowIfLessThan(Bins, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Bins, MaxBins);
        CheckFraction(LearningRate, nameof(LearningRate));
        CheckFraction(FeatureFraction, nameof(FeatureFraction));
        ArgumentOutOfRangeException.ThrowIfNegative(BaggingSize);
        CheckFraction(BaggingFraction, nameof(BaggingFraction));
    }

    static void CheckFraction(double value, string name)
    {
        if (value is not (> 0 and <= 1))
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be above 0 and at most 1.");
    }
}
