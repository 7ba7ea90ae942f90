using System.Diagnostics;
using System.Globalization;

namespace Millrace.App.Demo.Site;

/// <summary>The folder in which a process builds a site, beside the site's own place: <c>site.partial-PID</c>. A whole
/// site is moved into place by one rename; what a killed process leaves is removed by the next one.</summary>
sealed class PartialSite : IDisposable
{
    PartialSite(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Removes what dead processes left, and makes the folder of this one.</summary>
    /// <param name="siteFolder">A full path without a separator at its end.</param>
    public static PartialSite Create(string siteFolder)
    {
        var parent = Path.GetDirectoryName(siteFolder) ?? throw new ArgumentException(
            "A photo site cannot be the root of the file system.", nameof(siteFolder));
        Directory.CreateDirectory(parent);

        var prefix = Path.GetFileName(siteFolder) + ".partial-";
        foreach (var folder in Directory.GetDirectories(parent))
        {
            var name = Path.GetFileName(folder);
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            var digits = name.AsSpan(prefix.Length);
            var isOurs = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var pid);
            if (isOurs && !IsOtherProcess(pid))
                Directory.Delete(folder, recursive: true);
        }

        var own = Path.Combine(parent, prefix + Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        return new PartialSite(Directory.CreateDirectory(own).FullName);
    }

    /// <summary>Moves the site to its place. False when another process put one there first.</summary>
    public bool TryPublish(string siteFolder)
    {
        if (Directory.Exists(siteFolder))
            return false;

        try
        {
            Directory.Move(Folder, siteFolder);
            return true;
        }
        catch (IOException) when (Directory.Exists(siteFolder))
        {
            return false;
        }
    }

    /// <summary>Removes the folder, unless it was published.</summary>
    public void Dispose()
    {
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    static bool IsOtherProcess(int pid)
    {
        // Ids come again, above all in containers: a folder with our own id is from a process before us.
        if (pid == Environment.ProcessId)
            return false;

        try
        {
            using var process = Process.GetProcessById(pid);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
