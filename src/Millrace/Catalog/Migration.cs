using System.Globalization;
using System.Reflection;

namespace Millrace.Catalog;

/// <summary>A numbered SQL file that takes the catalog from one format version to the next.</summary>
sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>All migrations of a dialect (<c>sqlite</c> or <c>postgres</c>), in order.</summary>
    public static IReadOnlyList<Migration> All(string dialect)
    {
        var assembly = typeof(Migration).Assembly;
        var prefix = $"migrations/{dialect}/";
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => Read(assembly, name, name[prefix.Length..]))];
    }

    /// <summary>The migrations that a catalog of format version <paramref name="current"/> still needs.</summary>
    /// <exception cref="MillraceException"><c>format-newer</c>: the catalog was written by a newer
    /// Millrace.</exception>
    public static IReadOnlyList<Migration> Pending(IReadOnlyList<Migration> all, int current, string description)
    {
        var newest = all[^1].Number;
        if (current > newest)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "format-newer",
                $"The catalog {description} has format version {current}; this Millrace knows versions up to {newest}.",
                "Use the newer Millrace that wrote it; nothing was changed.");
        }

        return [.. all.Where(migration => migration.Number > current)];
    }

    static Migration Read(Assembly assembly, string resource, string file)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        var number = int.Parse(
            file.AsSpan(0, file.IndexOf('-', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
        return new Migration(number, Path.GetFileNameWithoutExtension(file), reader.ReadToEnd());
    }
}
