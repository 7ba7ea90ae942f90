namespace Millrace.Versions.Files;

/// <summary>The bits of st_mode that are looked at, and the types that getdents64 tells.</summary>
static class FileModes
{
    public const uint TypeMask = 0xF000;
    public const uint Regular = 0x8000;
    public const uint Link = 0xA000;
    public const uint Folder = 0x4000;
    public const uint OwnerExecute = 0x40;

    public const byte ListedFolder = 4;
    public const byte ListedUnknown = 0;
}
