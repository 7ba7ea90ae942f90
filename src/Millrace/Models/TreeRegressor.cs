namespace Millrace.Models;

/// <summary>Gradient boosted regression trees: the bias, plus what each tree says. Immutable; every member may be
/// called from several threads. Training runs on one thread with a fixed seed, so that the same rows in the same order
/// give the same bytes.</summary>
/// <remarks>Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 2001. The
/// trees are grown by Microsoft.ML's FastTree; predicting, evaluating and storing are our own.</remarks>
public sealed class TreeRegressor
{
    readonly TreeEnsemble _ensemble;

    TreeRegressor(TreeEnsemble ensemble)
    {
        _ensemble = ensemble;
    }

    /// <summary>The features that a matrix must have, in this order.</summary>
    public IReadOnlyList<string> FeatureNames => _ensemble.FeatureNames;

    /// <summary>Number of trees; 0 predicts the mean of the training labels.</summary>
    public int TreeCount => _ensemble.Trees.Length;

    /// <summary>Grows trees that predict the labels with the least squared error. Rows too few for two leaves grow
    /// none, and the mean of the labels is the model.</summary>
    /// <param name="train">At least one row; the order of the rows counts.</param>
    /// <param name="labels">float64 [example], finite; taken as float32 about their mean.</param>
    /// <param name="options">null takes the defaults.</param>
    /// <exception cref="MillraceException"><c>too-few-examples</c>: no row. <c>value-not-finite</c>: a label or value
    /// that is infinite or too large for training, or a missing label.</exception>
    public static TreeRegressor Train(
        FeatureMatrix train, ReadOnlySpan<double> labels, TreeRegressorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(train);
        options ??= new TreeRegressorOptions();
        options.Check();
        CheckExamples(train, labels);

        var bias = Mean(labels);
        if (train.RowCount < 2L * options.MinimumExamplesPerLeaf)
            return new TreeRegressor(MeanOnly(train, bias));
        var model = FastTreeTraining.Fit(train, labels, bias, options).Model;
        return new TreeRegressor(FastTreeTraining.ToEnsemble(model, train.Names, bias));
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="MillraceException"><c>model-damaged</c>: no such JSON, or its trees are no trees.
    /// <c>model-version-unknown</c>: written by another version of the format.</exception>
    public static TreeRegressor Load(ReadOnlySpan<byte> bytes) => new(TreeEnsemble.FromBytes(bytes));

    /// <summary>The model as JSON, <c>docs/formats/tree-ensemble.md</c>. Equal models give equal bytes.</summary>
    public byte[] Save() => _ensemble.ToBytes();

    /// <summary>Predicts each row.</summary>
    /// <returns>float64 [example], in the labels' unit.</returns>
    /// <exception cref="MillraceException"><c>model-input-mismatch</c>: other features than those of the
    /// training.</exception>
    public double[] Predict(FeatureMatrix matrix)
    {
        CheckFeatures(matrix);
        var predictions = new double[matrix.RowCount];
        for (var row = 0; row < predictions.Length; row++)
        {
            var features = matrix.Row(row);
            var sum = _ensemble.Bias;
            foreach (var tree in _ensemble.Trees)
                sum += tree.Predict(features);
            predictions[row] = sum;
        }
        return predictions;
    }

    /// <summary>The error after each tree, in order; what early stopping and learning curves need.</summary>
    /// <param name="matrix">At least one row, with the features of the training.</param>
    /// <param name="labels">float64 [example].</param>
    /// <returns>One entry per tree.</returns>
    /// <exception cref="MillraceException"><c>model-input-mismatch</c>, <c>too-few-examples</c>,
    /// <c>value-not-finite</c> as for <see cref="Predict"/> and <see cref="Train"/>.</exception>
    public IReadOnlyList<TreeIteration> Evaluate(FeatureMatrix matrix, ReadOnlySpan<double> labels)
    {
        CheckFeatures(matrix);
        CheckLabels(matrix, labels);
        var predictions = new double[matrix.RowCount];
        predictions.AsSpan().Fill(_ensemble.Bias);
        var iterations = new TreeIteration[TreeCount];
        for (var i = 0; i < iterations.Length; i++)
        {
            var tree = _ensemble.Trees[i];
            var squares = 0.0;
            for (var row = 0; row < predictions.Length; row++)
            {
                predictions[row] += tree.Predict(matrix.Row(row));
                var error = predictions[row] - labels[row];
                squares += error * error;
            }
            iterations[i] = new TreeIteration(i + 1, Math.Sqrt(squares / predictions.Length));
        }
        return iterations;
    }

    /// <summary>The regressor of the first trees only. Early stopping is the entry of <see cref="Evaluate"/> on
    /// validation rows with the smallest error.</summary>
    /// <param name="trees">From 0, which leaves the mean, to <see cref="TreeCount"/>.</param>
    public TreeRegressor Truncate(int trees)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(trees);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(trees, TreeCount);
        return new TreeRegressor(_ensemble with { Trees = _ensemble.Trees[..trees] });
    }

    /// <summary>What each feature contributed to the trees.</summary>
    /// <returns>All features, the largest gain first; equal gains in the order of the features.</returns>
    public IReadOnlyList<FeatureGain> FeatureGains()
    {
        var gains = new double[FeatureNames.Count];
        foreach (var tree in _ensemble.Trees)
        {
            for (var node = 0; node < tree.Features.Length; node++)
                gains[tree.Features[node]] += tree.Gains[node];
        }
        return
        [
            .. gains.Select((gain, i) => new FeatureGain(FeatureNames[i], gain)).OrderByDescending(item => item.Gain),
        ];
    }

    static void CheckExamples(FeatureMatrix matrix, ReadOnlySpan<double> labels)
    {
        CheckLabels(matrix, labels);
        for (var i = 0; i < matrix.Values.Length; i++)
        {
            if (Math.Abs(matrix.Values[i]) > FastTreeTraining.MaxMagnitude)
            {
                var (row, column) = Math.DivRem(i, matrix.Names.Count);
                throw NotFinite($"Feature '{matrix.Names[column]}' of row {row} is " +
                    $"{matrix.Values[i]}; numbers up to {FastTreeTraining.MaxMagnitude} can be trained on.");
            }
        }
    }

    static void CheckLabels(FeatureMatrix matrix, ReadOnlySpan<double> labels)
    {
        if (labels.Length != matrix.RowCount)
            throw new ArgumentException($"{matrix.RowCount} rows have {labels.Length} labels.", nameof(labels));
        if (labels.IsEmpty)
        {
            throw new MillraceException(ErrorKind.Invalid, "too-few-examples", "There are no examples; one is needed.",
                "Check the split and the filters that made the rows.");
        }
        for (var row = 0; row < labels.Length; row++)
        {
            if (!(Math.Abs(labels[row]) <= FastTreeTraining.MaxMagnitude))
                throw NotFinite($"The label of row {row} is {labels[row]}; a finite number is needed.");
        }
    }

    void CheckFeatures(FeatureMatrix matrix)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        if (matrix.Names.SequenceEqual(FeatureNames, StringComparer.Ordinal))
            return;
        throw new MillraceException(ErrorKind.Invalid, "model-input-mismatch",
            $"The rows have the features {string.Join(", ", matrix.Names)}; the model was trained with " +
            $"{string.Join(", ", FeatureNames)}.", "Give the model's features in the model's order.");
    }

    static double Mean(ReadOnlySpan<double> labels)
    {
        var mean = 0.0;
        foreach (var label in labels)
            mean += label / labels.Length;
        return mean;
    }

    /// <summary>Too few rows for two leaves: FastTree would refuse them, and the mean is the best that is
    /// left.</summary>
    static TreeEnsemble MeanOnly(FeatureMatrix train, double bias) =>
        new(TreeEnsemble.FormatName, TreeEnsemble.CurrentVersion, [.. train.Names], bias, []);

    static MillraceException NotFinite(string message) =>
        new(ErrorKind.Invalid, "value-not-finite", message, "Correct the value at its source, or leave the row out.");
}
