using System.Numerics.Tensors;
using Millrace.Augmentation;
using Millrace.Models;
using Millrace.Tests.AugmentationRoom;

namespace Millrace.Tests.ModelsRoom;

public sealed class OnnxModelTests(OnnxModelTests.PhotoModel fixture) : IClassFixture<OnnxModelTests.PhotoModel>
{
    const int Size = 224;
    const string Embedding = "frozen_embedding";

    static readonly long[] Shape = [1, 3, Size, Size];

    [Fact]
    public void The_photo_model_names_its_inputs_and_outputs()
    {
        Assert.Equal(["input"], fixture.Model.InputNames);
        Assert.Equal(
            ["embedding1280", "frozen_embedding", "probs"],
            fixture.Model.OutputNames.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_asked_outputs_come_with_their_lengths()
    {
        var tensor = Tensor(SamplePhotos.Read("16-fossa"));

        var outputs = fixture.Model.Run("input", tensor, Shape, "probs", Embedding);

        Assert.Equal(2, outputs.Count);
        Assert.Equal(96, outputs[Embedding].Length);
        Assert.Equal(1f, TensorPrimitives.Sum(outputs["probs"]), 1e-4f);
    }

    [Fact]
    public void A_batch_gives_a_row_for_each_image()
    {
        var first = Tensor(SamplePhotos.Read("16-fossa"));
        var second = Tensor(SamplePhotos.Read("14-sunset"));

        var batch = fixture.Model.Run("input", [.. first, .. second], [2, 3, Size, Size], Embedding)[Embedding];

        Assert.Equal(192, batch.Length);
        AssertClose(Embed(first), batch[..96]);
        AssertClose(Embed(second), batch[96..]);
    }

    [Fact]
    public void Threads_that_run_together_get_the_bits_that_one_gets_alone()
    {
        var tensors = SamplePhotos.Files.Take(4).Select(file => Tensor(File.ReadAllBytes(file))).ToArray();
        var alone = tensors.Select(Embed).ToArray();

        var together = new float[16][];
        using var gate = new Barrier(2);
        var threads = Enumerable.Range(0, 2).Select(number => new Thread(() =>
        {
            gate.SignalAndWait();
            for (var i = number; i < together.Length; i += 2)
                together[i] = Embed(tensors[i % tensors.Length]);
        })).ToArray();
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();

        for (var i = 0; i < together.Length; i++)
            Assert.Equal(alone[i % alone.Length], together[i]);
    }

    [Fact]
    public void Two_crops_of_one_photograph_are_nearer_than_those_of_two()
    {
        var crops = SamplePhotos.Files.Select(file => TwoCrops(File.ReadAllBytes(file))).ToArray();

        var nearer = 0;
        foreach (var (one, other) in crops)
        {
            var own = TensorPrimitives.Distance(one, other);
            nearer += crops.Count(pair => pair.Other != other && own < TensorPrimitives.Distance(one, pair.Other));
        }

        var pairs = crops.Length * (crops.Length - 1);
        Assert.True(nearer > 0.95 * pairs, $"{nearer} of {pairs} pairs.");
    }

    [Theory]
    [InlineData("image", Embedding, "The model has no input 'image'; its inputs are 'input' float [N, 3, 224, 224].")]
    [InlineData("input", "embedding", "The model has no output 'embedding'; its outputs are ")]
    public void An_unknown_name_is_refused_with_the_known_ones(string input, string output, string message)
    {
        var values = new float[3 * Size * Size];

        var error = Assert.Throws<MillraceException>(() => fixture.Model.Run(input, values, Shape, output));

        Assert.Equal("model-input-mismatch", error.Code);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new long[] { 1, 224, 224, 3 }, 3 * Size * Size)]
    [InlineData(new long[] { 3, 224, 224 }, 3 * Size * Size)]
    [InlineData(new long[] { 0, 3, 224, 224 }, 0)]
    [InlineData(new long[] { -1, 3, 224, 224 }, 3 * Size * Size)]
    [InlineData(new long[] { 2, 3, 224, 224 }, 3 * Size * Size)]
    [InlineData(new long[] { long.MaxValue, 3, 224, 224 }, 3 * Size * Size)]
    public void A_shape_that_does_not_fit_is_refused(long[] shape, int valueCount)
    {
        var error = Assert.Throws<MillraceException>(
            () => fixture.Model.Run("input", new float[valueCount], shape, Embedding));

        Assert.Equal("model-input-mismatch", error.Code);
        Assert.StartsWith($"Shape [{string.Join(", ", shape)}] ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000)]
    [InlineData(5_000_000)]
    public void A_cut_model_is_refused(int length)
    {
        var error = Assert.Throws<MillraceException>(() => OnnxModel.Load(fixture.Bytes.AsMemory(0, length)));

        Assert.Equal("model-damaged", error.Code);
    }

    [Fact]
    public void Text_is_no_model()
    {
        var error = Assert.Throws<MillraceException>(() => OnnxModel.Load("version https://git-lfs"u8.ToArray()));

        Assert.Equal("model-damaged", error.Code);
        Assert.StartsWith("The 23 bytes are no ONNX model that can be run: ", error.Message, StringComparison.Ordinal);
    }

    float[] Embed(float[] tensor) => fixture.Model.Run("input", tensor, Shape, Embedding)[Embedding];

    /// <summary>Squares of seven tenths of the short side, from opposite corners.</summary>
    (float[] One, float[] Other) TwoCrops(byte[] bytes)
    {
        using var photo = Photo.Decode(bytes, "photo.jpg");
        var side = Math.Min(photo.Width, photo.Height) * 7 / 10;
        var (left, top) = ((photo.Width - side) / 2, (photo.Height - side) / 2);
        var shift = side / 8;
        return (
            Embed(Crop(photo, left - shift, top - shift, side)),
            Embed(Crop(photo, left + shift, top + shift, side)));
    }

    static float[] Crop(Photo photo, int left, int top, int side)
    {
        var pixels = new byte[side * side * 3];
        for (var y = 0; y < side; y++)
        {
            var row = photo.Pixels.Slice((((top + y) * photo.Width) + left) * 3, side * 3);
            row.CopyTo(pixels.AsSpan(y * side * 3));
        }
        using var crop = Photo.FromPixels(pixels, side, side);
        return Tensor(crop);
    }

    static float[] Tensor(byte[] bytes)
    {
        using var photo = Photo.Decode(bytes, "photo.jpg");
        return Tensor(photo);
    }

    static float[] Tensor(Photo photo)
    {
        var tensor = new float[3 * Size * Size];
        photo.ToTensor(Size, tensor);
        return tensor;
    }

    static void AssertClose(float[] expected, float[] actual)
    {
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-4f);
    }

    /// <summary>The sample's model, loaded once.</summary>
    public sealed class PhotoModel : IDisposable
    {
        public byte[] Bytes { get; } = File.ReadAllBytes(SamplePhotos.ModelFile);

        public OnnxModel Model { get; }

        public PhotoModel()
        {
            Model = OnnxModel.Load(Bytes);
        }

        public void Dispose() => Model.Dispose();
    }
}
