using Millrace.Tables.Delta;
using Millrace.Tables.Queries;

namespace Millrace.Tables.Edits;

/// <summary>One change of a table while it is prepared: the version it starts from, an SQL engine that sees what it
/// reads, and names for the files it writes.</summary>
sealed class EditScope : IDisposable
{
    /// <summary>The rows of the files that a condition is asked of, with their places.</summary>
    public const string Target = "millrace_target";

    readonly Lazy<SqlSession> _session;
    readonly Func<string, TableSnapshot?> _open;
    readonly Dictionary<string, TableSnapshot> _read = new(StringComparer.Ordinal);
    readonly List<DataFileWriter> _writers = [];
    Dictionary<string, long>? _numbers;

    /// <param name="name">The table.</param>
    /// <param name="before">Its newest version; null when there is none.</param>
    /// <param name="folder">Its folder.</param>
    /// <param name="attemptId">Stands in the names of files.</param>
    /// <param name="session">Makes the engine, which not every change needs.</param>
    /// <param name="open">Another table of the workspace by name; null when there is none.</param>
    public EditScope(
        string name, TableSnapshot? before, string folder, string attemptId, Func<SqlSession> session,
        Func<string, TableSnapshot?> open)
    {
        Name = name;
        Before = before;
        Folder = folder;
        _session = new Lazy<SqlSession>(session);
        Names = new FileNames(attemptId);
        _open = open;
    }

    public string Name { get; }

    public string Folder { get; }

    public SqlSession Session => _session.Value;

    public FileNames Names { get; }

    public TableSnapshot? Before { get; }

    /// <summary>The columns that tell its rows apart.</summary>
    public IReadOnlyList<string> KeyColumns { get; set; } = [];

    /// <summary>Counts rows and files as the change goes on.</summary>
    public EditCounts Counts { get; } = new();

    /// <summary>The other tables that were read.</summary>
    public IReadOnlyCollection<TableSnapshot> Read => _read.Values;

    /// <exception cref="MillraceException"><c>table-missing</c>.</exception>
    public TableSnapshot Existing => Before ?? throw TableStore.Missing(Name);

    /// <summary>Shows the tables that SQL names as views, the changed one among them.</summary>
    /// <param name="sql">A query.</param>
    public void Attach(string sql)
    {
        foreach (var name in TablesIn(sql).Where(name => SqlName.IsTable(name) && !_read.ContainsKey(name)))
        {
            if (name == Name)
            {
                if (Before is not null)
                {
                    Session.Attach(name, Before);
                }
            }
            else if (_open(name) is { } snapshot)
            {
                Session.Attach(name, snapshot);
                _read.Add(name, snapshot);
            }
        }
    }

    /// <summary>Notes another table as read.</summary>
    public void Use(TableSnapshot snapshot) => _read[snapshot.Name] = snapshot;

    /// <summary>Shows files of the table with the places of their rows.</summary>
    public void AttachPlaces(string view, IReadOnlyList<DataFile> files)
    {
        _numbers ??= Existing.Files.Select((file, i) => (file.Key, Number: (long)i))
            .ToDictionary(pair => pair.Key, pair => pair.Number, StringComparer.Ordinal);
        Session.Execute(
            $"create or replace view {view} as {new DataScan(Session, Existing).SqlWithPlaces(files, _numbers)}");
    }

    /// <summary>Writes rows as files of the table.</summary>
    public List<DataFile> Write(TableSnapshot table, string rows, CancellationToken cancellationToken) =>
        Write(table, rows, DataFileWriter.TargetBytes(table), cancellationToken);

    /// <summary>Writes rows as files of about a size.</summary>
    public List<DataFile> Write(
        TableSnapshot table, string rows, long targetBytes, CancellationToken cancellationToken)
    {
        var writer = new DataFileWriter(Session, table, Names);
        _writers.Add(writer);
        var files = writer.Write(
            rows, "0", targetBytes, cancellationToken);
        Counts.Add(files);
        return files;
    }

    /// <summary>Writes changed rows for the table's feed.</summary>
    public List<ChangeFile> WriteChanges(string rows, CancellationToken cancellationToken)
    {
        var writer = new DataFileWriter(Session, Existing, Names);
        _writers.Add(writer);
        return writer.WriteChanges(rows, cancellationToken);
    }

    /// <summary>Deletes the files that were written and will not be named.</summary>
    public void Drop() => _writers.ForEach(writer => writer.Drop());

    public void Dispose()
    {
        if (_session.IsValueCreated)
        {
            _session.Value.Dispose();
        }
    }

    IEnumerable<string> TablesIn(string sql)
    {
        try
        {
            return SqlReader.Read(Session, sql).Tables.Where(relation => relation.Schema.Length == 0)
                .Select(relation => relation.Name);
        }
        catch (MillraceException exception) when (exception.Code == SqlReader.SyntaxCode)
        {
            // It is refused where it is run, with the place in the caller's own text.
            return [];
        }
    }
}
