using Millrace.Tables.Profiles;

namespace Millrace.Tables;

/// <summary>Looking at tables.</summary>
public sealed partial class TableStore
{
    /// <summary>Looks at tables and files, with the workspace's temporary folder.</summary>
    public TableProfiler Profiler(ProfileOptions? options = null) => new(_process.Path, options);
}
