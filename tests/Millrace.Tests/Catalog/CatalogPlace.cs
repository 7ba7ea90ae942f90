using Millrace.Catalog;

namespace Millrace.Tests.CatalogRoom;

/// <summary>Where one test keeps its catalog. Each opening stands for a process that uses it.</summary>
abstract class CatalogPlace : IAsyncDisposable
{
    /// <summary>What the migrations of this kind of catalog are called.</summary>
    public abstract string Dialect { get; }

    public ICatalog Open(TimeProvider? time = null) => Open(Migration.All(Dialect), time);

    public abstract ICatalog Open(IReadOnlyList<Migration> migrations, TimeProvider? time = null);

    /// <summary>The ids of the runs in the backup that was made of a format version; null when there is none.</summary>
    public abstract List<string>? RunsInBackup(ICatalog catalog, int version);

    /// <summary>Every column of the catalog as <c>table.column type nullable</c>.</summary>
    public abstract Task<List<string>> ColumnsAsync(ICatalog catalog);

    public abstract ValueTask DisposeAsync();
}
