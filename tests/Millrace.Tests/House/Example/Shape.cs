namespace Millrace.Tests.House.Example;

/// <summary>One of each kind of member, for the test of the public surface.</summary>
public abstract class Shape : IDisposable
{
    public const int MaxSides = 12;

    protected Shape(string? name = null, params int[] sides) => (Name, Sides) = (name, sides);

    public event EventHandler? Changed;

    public string? Name { get; }

    public IReadOnlyList<int> Sides { get; protected set; }

    public required Dictionary<string, string?> Labels { get; init; }

    public int this[int index] => Sides[index];

    internal int Hidden => Sides.Count;

    public abstract (int Width, int Height) Measure(ref int scale, out double? area, in Point origin);

    public virtual Task<T?> FindAsync<T>(string[]? names, CancellationToken cancellationToken = default)
        where T : class, IComparable<T> => Task.FromResult<T?>(null);

    public override string ToString() => Name ?? "";

    public static bool TryParse(ReadOnlySpan<char> text, out Shape? shape)
    {
        shape = null;
        return text.IsEmpty;
    }

    public void Dispose()
    {
        Changed?.Invoke(this, EventArgs.Empty);
        GC.SuppressFinalize(this);
    }

    public sealed record Named(string Name, Point? Origin);
}
