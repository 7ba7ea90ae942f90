namespace Millrace.Benchmarks;

/// <summary>A tool that keeps versions of a folder, as lines of shell. Each runs in a folder of the tool's own that
/// holds <c>data</c>.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Prepare">Makes its store, outside the time.</param>
/// <param name="Add">Takes the folder in.</param>
/// <param name="Commit">Names the version; empty when adding did.</param>
/// <param name="Status">Tells what changed, when nothing did.</param>
/// <param name="AddAgain">Takes the folder in again after an edit, and names the version.</param>
/// <param name="Checkout">Writes the folder anew after <c>data</c> was removed.</param>
/// <param name="Store">What to count of what it keeps, with du and find.</param>
sealed record VersionPeer(
    string Name,
    string Prepare,
    string Add,
    string Commit,
    string Status,
    string AddAgain,
    string Checkout,
    string Store)
{
    const string GitSetUp = "git init -q . && git config user.email bench@localhost && git config user.name bench "
        + "&& git config gc.auto 0";

    public static VersionPeer Millrace(string program) => new(
        "millrace", $"{program} init .", $"{program} add data", $"{program} commit -m first", $"{program} status",
        $"{program} add data && {program} commit -m edit", $"{program} checkout HEAD -- data", ".millrace");

    public static IReadOnlyList<VersionPeer> Others(bool isLarge) =>
    [
        new("cp", "mkdir store", "cp -r data store/1", "", "find data -printf '%T@ %s\\n' | md5sum",
            "cp -r data store/2", "cp -r store/2 data", "store"),
        .. isLarge ? (VersionPeer[])[] :
        [
            new("git", GitSetUp, "git add data", "git commit -qm first", "git status --short",
                "git add data && git commit -qm edit", "git checkout -q -- data", ".git"),
        ],
        new("git-lfs", $"{GitSetUp} && git lfs install --local --skip-repo && git lfs track 'data/**' && "
            + "git add .gitattributes",
            "git add data", "git commit -qm first", "git status --short",
            "git add data && git commit -qm edit", "git checkout -q -- data", ".git"),
        new("restic", "RESTIC_PASSWORD=x restic -q -r store init",
            "RESTIC_PASSWORD=x restic -q -r store backup data", "",
            "RESTIC_PASSWORD=x restic -q -r store backup --dry-run data",
            "RESTIC_PASSWORD=x restic -q -r store backup data",
            "RESTIC_PASSWORD=x restic -q -r store restore latest --target .", "store"),
        new("borg", "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes borg init -e none store",
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes borg create -C none store::1 data", "",
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes borg create -C none --dry-run store::3 data",
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes borg create -C none store::2 data",
            "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes borg extract store::2", "store"),
    ];
}
