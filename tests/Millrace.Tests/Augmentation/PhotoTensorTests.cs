using CsCheck;
using Millrace.Augmentation;

namespace Millrace.Tests.AugmentationRoom;

public sealed class PhotoTensorTests
{
    [Fact]
    public void A_tensor_of_the_photos_own_size_holds_its_values_in_planes()
    {
        using var photo = Photo.FromPixels([0, 51, 255, 255, 0, 51, 51, 255, 0, 102, 102, 102], 2, 2);

        var tensor = Tensor(photo, 2);

        Assert.Equal([0, 1, 0.2f, 0.4f, 0.2f, 0, 1, 0.4f, 1, 0.2f, 0, 0.4f], tensor);
    }

    [Fact]
    public void A_square_is_cut_from_the_centre()
    {
        using var wide = Photo.FromPixels([255, 255, 255, 0, 0, 0, 255, 255, 255], 3, 1);
        using var tall = Photo.FromPixels([255, 255, 255, 0, 0, 0, 255, 255, 255], 1, 3);

        Assert.Equal([0, 0, 0], Tensor(wide, 1));
        Assert.Equal([0, 0, 0], Tensor(tall, 1));
    }

    [Fact]
    public void Halving_weighs_neighbours_by_the_triangle()
    {
        var row = new byte[] { 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255 };
        using var photo = Photo.FromPixels([.. row, .. row, .. row, .. row], 4, 4);

        var tensor = Tensor(photo, 2);

        // Distances 0.5, 0.5 and 1.5 of a triangle that reaches 2: weights 3, 3 and 1; the fourth lies beyond the edge.
        Assert.Equal(1f / 7, tensor[0], 1e-6f);
        Assert.Equal(6f / 7, tensor[1], 1e-6f);
    }

    [Fact]
    public void Doubling_is_bilinear()
    {
        using var photo = Photo.FromPixels([0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 255, 255], 2, 2);

        var tensor = Tensor(photo, 4);

        Assert.Equal(0f, tensor[0], 1e-6f);
        Assert.Equal(0.25f, tensor[1], 1e-6f);
        Assert.Equal(0.75f, tensor[2], 1e-6f);
        Assert.Equal(1f, tensor[3], 1e-6f);
    }

    [Fact]
    public void Every_value_lies_between_the_darkest_and_the_brightest_pixel()
    {
        var cases = Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 24], Gen.Int[0, 1_000_000]);

        cases.Sample(sample =>
        {
            var (width, height, size, seed) = sample;
            var pixels = new byte[width * height * 3];
            new Random(seed).NextBytes(pixels);
            using var photo = Photo.FromPixels(pixels, width, height);

            var tensor = Tensor(photo, size);

            var (low, high) = ((pixels.Min() / 255f) - 1e-5f, (pixels.Max() / 255f) + 1e-5f);
            return tensor.All(value => value >= low && value <= high && value is >= 0 and <= 1);
        }, iter: 300);
    }

    [Fact]
    public void The_mean_of_a_photograph_survives_the_reduction()
    {
        using var photo = Photo.Decode(SamplePhotos.Read("17-infinite-sea"), "17-infinite-sea.jpg");

        var tensor = Tensor(photo, 224);

        Assert.Equal(photo.Pixels.ToArray().Average(value => value / 255.0), tensor.Average(), 0.005);
    }

    [Fact]
    public void Two_decodings_give_the_same_bits()
    {
        using var first = Photo.Decode(SamplePhotos.Read("14-sunset"), "14-sunset.jpg");
        using var second = Photo.Decode(SamplePhotos.Read("14-sunset"), "14-sunset.jpg");

        Assert.Equal(Tensor(first, 224), Tensor(second, 224));
    }

    [Fact]
    public void A_destination_of_another_size_is_refused()
    {
        using var photo = Photo.FromPixels([1, 2, 3], 1, 1);

        Assert.Throws<ArgumentException>(() => photo.ToTensor(2, new float[11]));
    }

    static float[] Tensor(Photo photo, int size)
    {
        var tensor = new float[3 * size * size];
        photo.ToTensor(size, tensor);
        return tensor;
    }
}
