using System.Diagnostics;
using Millrace.Tests.CatalogRoom;
using Millrace.Versions.Files;

namespace Millrace.Tests.VersionsRoom;

public sealed class AddTests
{
    static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_cannot_be_stored_is_named_and_left_out()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        checkout.Write("good", "1");
        await ShellAsync(checkout.Folder, "mkfifo pipe; touch \"$(printf 'bad\\377name')\"");

        var report = await checkout.Versions.AddAsync([""], cancellationToken: Cancel);

        Assert.Equal(
            [("bad\\xffname", "not-utf8"), ("pipe", "not-a-file")],
            report.LeftOut.Select(file => (file.Path, file.Code)));
        Assert.Equal("good", Assert.Single(report.Changes).Path);
        // .NET cannot name that file, and so not delete it.
        await ShellAsync(checkout.Folder, "rm bad*name");
    }

    [Fact]
    public async Task A_file_that_does_not_come_to_rest_is_reported()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        checkout.Write("still", "1");
        var busy = Path.Join(checkout.Folder, "busy");
        await File.WriteAllBytesAsync(busy, new byte[8 << 20], Cancel);
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(
            () =>
            {
                using var file = File.OpenHandle(busy, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                for (var i = 0L; !stop.IsCancellationRequested; i++)
                    RandomAccess.Write(file, BitConverter.GetBytes(i), i % (8 << 20));
            },
            Cancel);

        var report = await checkout.Versions.AddAsync([""], cancellationToken: Cancel);
        await stop.CancelAsync();
        await writer;

        Assert.Equal(("busy", "file-changed"), report.LeftOut.Select(file => (file.Path, file.Code)).Single());
        Assert.Equal("still", Assert.Single(report.Changes).Path);
    }

    [Fact]
    public async Task A_second_add_reads_nothing()
    {
        await using var checkout = await TestCheckout.MakeAsync();
        for (var i = 0; i < 1500; i++)
            checkout.Write($"one/{i:d4}", $"{i}");
        await checkout.Versions.AddAsync([""], cancellationToken: Cancel);
        await checkout.Versions.StatusAsync(Cancel);

        var report = await checkout.Versions.AddAsync([""], cancellationToken: Cancel);

        Assert.Equal((0, 0L), (report.Changes.Count, report.ReadFiles));
        Assert.Equal(1500, FileIndex.Load(checkout.IndexFile).FileCount);
    }

    [Fact]
    public async Task A_full_disk_loses_nothing()
    {
        const int Free = 100_000;
        using var disk = new TinyDisk();
        disk.Resize("16m");
        await using var checkout = await TestCheckout.AtAsync(Make(disk.Path));
        await checkout.CommitAsync("one", ("a", "1"));
        var bytes = new byte[2 << 20];
        new Random(1).NextBytes(bytes);
        await File.WriteAllBytesAsync(Path.Join(checkout.Folder, "big"), bytes, Cancel);
        var filler = Path.Join(checkout.Folder, ".millrace", "filler");
        await File.WriteAllBytesAsync(filler, new byte[new DriveInfo(disk.Path).AvailableFreeSpace - Free], Cancel);

        var failure = await Assert.ThrowsAsync<MillraceException>(
            () => checkout.Versions.AddAsync([""], cancellationToken: Cancel));

        Assert.Equal("disk-full", failure.Code);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Join(checkout.Folder, "big"), Cancel));
        File.Delete(filler);
        await checkout.CommitAsync("two");
        Assert.Empty(await checkout.StatusAsync());
    }

    static string Make(string folder)
    {
        Workspace.Create(folder);
        return folder;
    }

    static async Task ShellAsync(string folder, string command)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", command]) { WorkingDirectory = folder };
        using var shell = Process.Start(start)!;
        await shell.WaitForExitAsync(Cancel);
        Assert.Equal(0, shell.ExitCode);
    }
}
