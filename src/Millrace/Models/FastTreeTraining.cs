using System.Collections.Immutable;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;

namespace Millrace.Models;

/// <summary>Grows trees with Microsoft.ML's FastTree and takes them out of its model. FastTree leaves out rows with a
/// missing value and starts from a prediction of 0; so a missing value goes in as one far below all others, which a
/// split can part from them, and the labels go in centred, with their mean as the ensemble's bias.</summary>
static class FastTreeTraining
{
    /// <summary>Stands for a missing value while training. Finite, and so low that the threshold halfway to any real
    /// value is still below them all.</summary>
    const float Missing = float.MinValue / 4;

    /// <summary>Real values stay clear of <see cref="Missing"/> and of overflow.</summary>
    internal const float MaxMagnitude = float.MaxValue / 1024;

    /// <param name="matrix">At least one row; every value missing or at most <see cref="MaxMagnitude"/> in
    /// size.</param>
    /// <param name="labels">float64 [example], finite.</param>
    /// <param name="bias">Subtracted from the labels before training.</param>
    /// <param name="options">Checked by the caller.</param>
    internal static RegressionPredictionTransformer<FastTreeRegressionModelParameters> Fit(
        FeatureMatrix matrix, ReadOnlySpan<double> labels, double bias, TreeRegressorOptions options)
    {
        var rows = new TrainingRow[matrix.RowCount];
        for (var i = 0; i < rows.Length; i++)
        {
            var features = matrix.Row(i).ToArray();
            features.AsSpan().Replace(float.NaN, Missing);
            rows[i] = new TrainingRow { Label = (float)(labels[i] - bias), Features = features };
        }
        var context = new MLContext(options.Seed);
        var schema = SchemaDefinition.Create(typeof(TrainingRow));
        schema[nameof(TrainingRow.Features)].ColumnType =
            new VectorDataViewType(NumberDataViewType.Single, matrix.Names.Count);
        var trainer = context.Regression.Trainers.FastTree(new FastTreeRegressionTrainer.Options
        {
            LabelColumnName = nameof(TrainingRow.Label),
            FeatureColumnName = nameof(TrainingRow.Features),
            NumberOfThreads = 1,
            NumberOfTrees = options.Trees,
            NumberOfLeaves = options.Leaves,
            MinimumExampleCountPerLeaf = options.MinimumExamplesPerLeaf,
            MaximumBinCountPerFeature = options.Bins,
            LearningRate = options.LearningRate,
            FeatureFraction = options.FeatureFraction,
            BaggingSize = options.BaggingSize,
            BaggingExampleFraction = options.BaggingFraction,
            Seed = options.Seed,
            FeatureSelectionSeed = options.Seed,
        });
        return trainer.Fit(context.Data.LoadFromEnumerable(rows, schema));
    }

    /// <summary>Takes the trees over as they are.</summary>
    internal static TreeEnsemble ToEnsemble(
        FastTreeRegressionModelParameters model, IReadOnlyList<string> featureNames, double bias)
    {
        var source = model.TrainedTreeEnsemble;
        var trees = source.Trees.Select((tree, index) => ToTree(tree, source.TreeWeights[index]));
        return new TreeEnsemble(
            TreeEnsemble.FormatName, TreeEnsemble.CurrentVersion, [.. featureNames], bias + source.Bias, [.. trees]);
    }

    static RegressionTree ToTree(Microsoft.ML.Trainers.FastTree.RegressionTree tree, double weight) => new(
        weight,
        [.. tree.NumericalSplitFeatureIndexes],
        [.. tree.NumericalSplitThresholds],
        [.. tree.LeftChild],
        [.. tree.RightChild],
        [.. tree.SplitGains.Select(gain => Math.Max(0, gain))],
        [.. tree.LeafValues]);

    sealed class TrainingRow
    {
        public float Label { get; init; }

        public float[] Features { get; init; } = [];
    }
}
