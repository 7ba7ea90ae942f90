namespace Millrace.App.Demo.Site;

/// <summary>A seeded source of chance: a counter, mixed. Each (seed, stream, number) starts a sequence of its own, so
/// that work can be shared between threads without a change of the result.</summary>
/// <remarks>The generator of Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
/// Not thread-safe.</remarks>
sealed class SplitMix64(ulong state)
{
    const ulong Golden = 0x9E3779B97F4A7C15;
    const double LargestMeanCounted = 50;

    ulong _state = state;

    /// <summary>The sequence of one item (a user, a photo) in one stream.</summary>
    public static SplitMix64 For(ulong seed, SiteStream stream, long number = 0) =>
        new(Mix(Mix(Mix(seed + Golden) ^ (ulong)stream) + ((ulong)number * Golden)));

    /// <summary>A bijection of 64 bits: different values stay different.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public double NextBetween(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="end"/>).</summary>
    public long NextBetween(long low, long end) => low + (long)(NextDouble() * (end - low));

    /// <summary>Uniform in [0, <paramref name="end"/>).</summary>
    public int NextIndex(int end) => (int)(NextDouble() * end);

    /// <summary>True with the given probability.</summary>
    public bool NextBool(double probability) => NextDouble() < probability;

    /// <summary>Normal with mean 0 and standard deviation 1.</summary>
    public double NextNormal()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Exponential with the given mean, cut off at <paramref name="end"/>.</summary>
    public double NextExponential(double mean, double end)
    {
        var reached = 1 - Math.Exp(-end / mean);
        return -mean * Math.Log(1 - (reached * NextDouble()));
    }

    /// <summary>Poisson with the given mean; large means are drawn from the normal approximation.</summary>
    public int NextPoisson(double mean)
    {
        if (mean > LargestMeanCounted)
        {
            return Math.Max(0, (int)Math.Round(mean + (Math.Sqrt(mean) * NextNormal())));
        }

        var limit = Math.Exp(-mean);
        var product = NextDouble();
        var count = 0;
        while (product > limit)
        {
            product *= NextDouble();
            count++;
        }

        return count;
    }

    /// <summary>An index, chosen in proportion to the weights whose running sums are given.</summary>
    public int NextWeighted(ReadOnlySpan<double> runningSums)
    {
        var found = runningSums.BinarySearch(NextDouble() * runningSums[^1]);
        var index = found < 0 ? ~found : found + 1;

        // A sum that repeats belongs to a weight of zero, and rounding may reach the total itself.
        while (index < runningSums.Length - 1 && index > 0 && runningSums[index] == runningSums[index - 1])
        {
            index++;
        }

        return Math.Min(index, runningSums.Length - 1);
    }

    ulong Next() => Mix(_state += Golden);
}
