using Microsoft.ML;
using Microsoft.ML.Data;
using Millrace.Models;

namespace Millrace.Tests.ModelsRoom;

public sealed class TreeRegressorTests
{
    static readonly TreeRegressorOptions Small = new() { Trees = 40, FeatureFraction = 0.8, BaggingSize = 5 };

    [Fact]
    public void Two_trainings_give_the_same_bytes_and_another_seed_gives_others()
    {
        var (matrix, labels) = Examples(600, 1);

        var first = TreeRegressor.Train(matrix, labels, Small).Save();
        var second = TreeRegressor.Train(matrix, labels, Small).Save();
        var other = TreeRegressor.Train(matrix, labels, Small with { Seed = 2 }).Save();

        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public void The_own_walk_agrees_with_the_trainers_scores()
    {
        var (matrix, labels) = Examples(800, 2);
        var (unseen, _) = Examples(500, 3);
        var model = FastTreeTraining.Fit(matrix, labels, 1.5, Small);
        var regressor = TreeRegressor.Load(FastTreeTraining.ToEnsemble(model.Model, matrix.Names, 1.5).ToBytes());

        var predictions = regressor.Predict(unseen);

        var scores = Scores(model, unseen);
        Assert.True(scores.Distinct().Count() > 100);
        for (var row = 0; row < scores.Length; row++)
            Assert.Equal(scores[row] + 1.5, predictions[row], 1e-5);
    }

    [Fact]
    public void The_trees_learn_what_the_mean_does_not()
    {
        var (train, labels) = Examples(1_500, 4);
        var (test, testLabels) = Examples(500, 5);
        var regressor = TreeRegressor.Train(train, labels);

        var error = regressor.Evaluate(test, testLabels)[^1].Rmse;

        var mean = labels.Average();
        var baseline = Math.Sqrt(testLabels.Average(label => (label - mean) * (label - mean)));
        Assert.True(error < 0.4 * baseline, $"{error} against {baseline} of the mean.");
    }

    [Fact]
    public void The_last_iteration_is_the_error_of_the_predictions()
    {
        var (matrix, labels) = Examples(300, 6);
        var regressor = TreeRegressor.Train(matrix, labels, Small);

        var iterations = regressor.Evaluate(matrix, labels);

        Assert.Equal(Enumerable.Range(1, 40), iterations.Select(iteration => iteration.Trees));
        Assert.Equal(Rmse(regressor.Predict(matrix), labels), iterations[^1].Rmse, 1e-12);
        Assert.True(iterations[^1].Rmse < iterations[0].Rmse);
    }

    [Fact]
    public void Truncating_leaves_the_first_trees_and_none_leaves_the_mean()
    {
        var (matrix, labels) = Examples(300, 7);
        var regressor = TreeRegressor.Train(matrix, labels, Small);
        var iterations = regressor.Evaluate(matrix, labels);

        var shorter = regressor.Truncate(10);
        var none = regressor.Truncate(0);

        Assert.Equal(10, shorter.TreeCount);
        Assert.Equal(iterations[9].Rmse, Rmse(shorter.Predict(matrix), labels), 1e-12);
        Assert.All(none.Predict(matrix), prediction => Assert.Equal(labels.Average(), prediction, 1e-9));
        Assert.Empty(none.Evaluate(matrix, labels));
        Assert.Equal(shorter.Save(), TreeRegressor.Load(shorter.Save()).Save());
        Assert.Throws<ArgumentOutOfRangeException>(() => regressor.Truncate(41));
    }

    [Fact]
    public void Missing_values_are_told_from_every_real_one()
    {
        var random = new Random(8);
        float[] values =
            [.. Enumerable.Range(0, 400).Select(i => i % 4 == 0 ? float.NaN : (random.NextSingle() * 2) - 1)];
        var matrix = new FeatureMatrix(["x"], values, values.Length);
        var labels = values.Select(value => float.IsNaN(value) ? 10.0 : 1.0).ToArray();

        var regressor = TreeRegressor.Train(matrix, labels);

        var asked = new FeatureMatrix(["x"], [float.NaN, -1, -1e30f, 0, float.PositiveInfinity], 5);
        var predictions = regressor.Predict(asked);
        Assert.Equal(10, predictions[0], 0.01);
        Assert.All(predictions[1..], prediction => Assert.Equal(1, prediction, 0.01));
    }

    [Fact]
    public void Gains_name_the_features_that_matter_first()
    {
        var (matrix, labels) = Examples(1_000, 9);

        var gains = TreeRegressor.Train(matrix, labels, Small).FeatureGains();

        Assert.Equal("a", gains[0].Name);
        Assert.Equal(matrix.Names.Order(), gains.Select(gain => gain.Name).Order());
        Assert.True(gains.Single(gain => gain.Name == "noise").Gain < gains[0].Gain / 10);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(40)]
    public void Few_or_constant_examples_predict_their_mean(int rowCount)
    {
        var matrix = new FeatureMatrix(["x", "y"], new float[2 * rowCount], rowCount);
        var labels = Enumerable.Range(0, rowCount).Select(i => (double)i).ToArray();

        var regressor = TreeRegressor.Train(matrix, labels);

        Assert.All(regressor.Predict(matrix), prediction => Assert.Equal(labels.Average(), prediction, 1e-5));
        Assert.Equal(regressor.Save(), TreeRegressor.Load(regressor.Save()).Save());
    }

    [Fact]
    public void A_feature_that_is_always_missing_does_no_harm()
    {
        var (matrix, labels) = Examples(300, 10);
        var values = matrix.Values.Select((value, i) => i % matrix.Names.Count == 1 ? float.NaN : value).ToArray();
        var holed = new FeatureMatrix(matrix.Names, values, matrix.RowCount);

        var regressor = TreeRegressor.Train(holed, labels, Small);

        Assert.Equal(0, regressor.FeatureGains().Single(gain => gain.Name == matrix.Names[1]).Gain);
        Assert.All(regressor.Predict(holed), prediction => Assert.True(double.IsFinite(prediction)));
    }

    [Fact]
    public void Wrong_examples_are_refused_with_their_row()
    {
        var one = new FeatureMatrix(["x"], [1], 1);
        var infinite = new FeatureMatrix(["x"], [1, float.PositiveInfinity], 2);

        var empty = Assert.Throws<MillraceException>(() => TreeRegressor.Train(new FeatureMatrix(["x"], [], 0), []));
        var label = Assert.Throws<MillraceException>(() => TreeRegressor.Train(one, [double.NaN]));
        var value = Assert.Throws<MillraceException>(() => TreeRegressor.Train(infinite, [1, 2]));

        Assert.Equal("too-few-examples", empty.Code);
        Assert.Equal("The label of row 0 is NaN; a finite number is needed.", label.Message);
        Assert.StartsWith("Feature 'x' of row 1 is ", value.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => TreeRegressor.Train(one, [1, 2]));
    }

    [Fact]
    public void Other_features_than_the_trained_are_refused_with_both_lists()
    {
        var (matrix, labels) = Examples(100, 11);
        var regressor = TreeRegressor.Train(matrix, labels, Small);

        var error = Assert.Throws<MillraceException>(() => regressor.Predict(new FeatureMatrix(["b", "a"], [1, 2], 1)));

        Assert.Equal("model-input-mismatch", error.Code);
        Assert.Equal("The rows have the features b, a; the model was trained with a, b, c, noise.", error.Message);
    }

    /// <summary>A label that needs interactions and thresholds, of four features in different ranges.</summary>
    static (FeatureMatrix Matrix, double[] Labels) Examples(int rowCount, int seed)
    {
        var random = new Random(seed);
        var values = new float[rowCount * 4];
        var labels = new double[rowCount];
        for (var row = 0; row < rowCount; row++)
        {
            var (a, b, c) = (random.NextDouble(), (random.NextDouble() * 200) - 100, random.Next(0, 5));
            (values[4 * row], values[(4 * row) + 1]) = ((float)a, (float)b);
            (values[(4 * row) + 2], values[(4 * row) + 3]) = (c, random.NextSingle());
            labels[row] = 3 + (5 * Math.Sin(4 * a)) + (b > 20 ? c : 0) + (0.1 * random.NextDouble());
        }
        return (new FeatureMatrix(["a", "b", "c", "noise"], values, rowCount), labels);
    }

    static double Rmse(double[] predictions, double[] labels) =>
        Math.Sqrt(predictions.Zip(labels, (prediction, label) => Math.Pow(prediction - label, 2)).Average());

    static float[] Scores(ITransformer model, FeatureMatrix matrix)
    {
        var context = new MLContext(1);
        var schema = SchemaDefinition.Create(typeof(FeatureRow));
        schema[nameof(FeatureRow.Features)].ColumnType =
            new VectorDataViewType(NumberDataViewType.Single, matrix.Names.Count);
        var rows = Enumerable.Range(0, matrix.RowCount)
            .Select(i => new FeatureRow { Features = matrix.Row(i).ToArray() });
        var data = context.Data.LoadFromEnumerable(rows, schema);
        var scored = model.Transform(data);
        return [.. scored.GetColumn<float>("Score")];
    }

    sealed class FeatureRow
    {
        public float[] Features { get; init; } = [];
    }
}
