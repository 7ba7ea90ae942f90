using System.Diagnostics;
using Millrace.Catalog;

namespace Millrace.Tests.CatalogRoom;

public sealed class ProcessFolderTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_folder_lives_as_long_as_its_owner()
    {
        using var other = ProcessFolder.Create(_scratch.Path);
        string id;
        using (var process = ProcessFolder.Create(_scratch.Path))
        {
            id = process.Id;
            File.WriteAllText(Path.Join(process.Path, "draft"), "x");
            Assert.True(other.IsAlive(id, ProcessFolder.Host));
            Assert.Equal(new[] { other.Id, id }.Order(), _scratch.Names());
        }

        Assert.False(other.IsAlive(id, ProcessFolder.Host));
        Assert.Equal([other.Id], _scratch.Names());
    }

    [Fact]
    public void A_process_on_another_machine_counts_as_living()
    {
        using var process = ProcessFolder.Create(_scratch.Path);

        Assert.True(process.IsAlive("gone", "another-machine"));
        Assert.False(process.IsAlive("gone", ProcessFolder.Host));
        Assert.False(process.IsAlive("../" + process.Id + "/..", ProcessFolder.Host));
    }

    [Fact]
    public void The_folder_of_a_living_process_is_kept_and_that_of_a_killed_one_is_swept()
    {
        var folder = Directory.CreateDirectory(_scratch["child"]).FullName;
        var start = new ProcessStartInfo(
            "flock", ["--no-fork", Path.Join(folder, FolderLock.FileName), "sh", "-c", "echo held; exec sleep 600"])
        {
            RedirectStandardOutput = true,
        };
        using var child = Process.Start(start)!;
        Assert.Equal("held", child.StandardOutput.ReadLine());
        File.WriteAllText(Path.Join(folder, "draft"), "x");

        using var process = ProcessFolder.Create(_scratch.Path);
        Assert.True(process.IsAlive("child", ProcessFolder.Host));
        Assert.Equal([FolderLock.FileName, "draft"], Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order());

        child.Kill();
        child.WaitForExit();

        Assert.False(process.IsAlive("child", ProcessFolder.Host));
        using var next = ProcessFolder.Create(_scratch.Path);
        Assert.Equal(new[] { process.Id, next.Id }.Order(), _scratch.Names());
    }

    [Fact]
    public void A_folder_that_is_being_made_is_kept_and_an_old_one_without_a_lock_is_swept()
    {
        Directory.CreateDirectory(_scratch["new"]);
        Directory.CreateDirectory(_scratch["old"]);
        Directory.SetLastWriteTimeUtc(_scratch["old"], new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        using var process = ProcessFolder.Create(_scratch.Path);

        Assert.Equal(new[] { process.Id, "new" }.Order(), _scratch.Names());
    }

    [Fact]
    public void Processes_that_start_at_once_sweep_the_dead_and_spare_each_other()
    {
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i < 20; i++)
            {
                Directory.CreateDirectory(_scratch[$"dead{i}"]);
                File.WriteAllText(_scratch[$"dead{i}/{FolderLock.FileName}"], "");
            }

            var processes = new ProcessFolder[8];
            Parallel.For(0, processes.Length, i => processes[i] = ProcessFolder.Create(_scratch.Path));

            Assert.Equal(processes.Select(process => process.Id).Order(), _scratch.Names());
            Assert.All(processes, process => Assert.True(processes[0].IsAlive(process.Id, ProcessFolder.Host)));
            Assert.All(processes, process => File.WriteAllText(Path.Join(process.Path, "draft"), "x"));
            Array.ForEach(processes, process => process.Dispose());
        }

        Assert.Empty(_scratch.Names());
    }
}
