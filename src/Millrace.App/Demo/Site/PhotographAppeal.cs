using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using SkiaSharp;

namespace Millrace.App.Demo.Site;

/// <summary>How much people like what each photograph shows: a direction, chosen by the seed, through the space in
/// which the sample's model places photographs. So a model that sees the embedding can learn it.</summary>
static class PhotographAppeal
{
    const int Side = 224;
    const int Area = Side * Side;
    const string InputName = "input";
    const string OutputName = "frozen_embedding";

    /// <summary>The appeal of each photograph: mean 0 and standard deviation 1 over all of them.</summary>
    /// <remarks>Rounded to two decimals, so that the last bits of float arithmetic, which differ between processors,
    /// seldom change a site.</remarks>
    public static double[] Measure(
        string sampleFolder, SourcePhotographs photographs, ulong seed, ParallelOptions parallel)
    {
        var path = Path.Combine(sampleFolder, "models", "mobilenetv2-photo.onnx");
        var embeddings = Embed(SourcePhotographs.RequireFile(path), photographs, parallel);

        var chance = SplitMix64.For(seed, SiteStream.Appeal);
        var direction = new float[embeddings[0].Length];
        for (var index = 0; index < direction.Length; index++)
            direction[index] = (float)chance.NextNormal();

        var appeal = embeddings.Select(values => (double)TensorPrimitives.Dot<float>(values, direction)).ToArray();
        var mean = appeal.Average();
        var deviation = Math.Sqrt(appeal.Average(value => (value - mean) * (value - mean)));
        return [.. appeal.Select(value => deviation > 0 ? Math.Round((value - mean) / deviation, 2) : 0)];
    }

    static float[][] Embed(string modelPath, SourcePhotographs photographs, ParallelOptions parallel)
    {
        // One thread a picture: sums are then taken in one order, whatever the number of pictures at work.
        using var settings = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        using var session = new InferenceSession(modelPath, settings);
        var embeddings = new float[photographs.Count][];
        Parallel.For(0, photographs.Count, parallel, index =>
        {
            var pixels = ReadCentre(photographs[index]);
            using var run = new RunOptions();
            using var input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, Side, Side]);
            using var outputs = session.Run(run, [InputName], [input], [OutputName]);
            embeddings[index] = outputs[0].GetTensorDataAsSpan<float>().ToArray();
        });
        return embeddings;
    }

    /// <summary>The central square as float32 [channel, row, column] in [0, 1].</summary>
    static float[] ReadCentre(SourcePhotograph photograph)
    {
        var size = photograph.Size;
        var side = Math.Min(size.Width, size.Height);
        using var square = SourcePhotograph.MakeBitmap(new SKSizeI(Side, Side));
        photograph.Scale(SKRectI.Create((size.Width - side) / 2, (size.Height - side) / 2, side, side), square);

        var rgba = square.GetPixelSpan();
        var planes = new float[3 * Area];
        for (var pixel = 0; pixel < Area; pixel++)
        {
            for (var channel = 0; channel < 3; channel++)
                planes[(channel * Area) + pixel] = rgba[(4 * pixel) + channel] / 255f;
        }

        return planes;
    }
}
