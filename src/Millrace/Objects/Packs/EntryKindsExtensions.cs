namespace Millrace.Objects.Packs;

static class EntryKindsExtensions
{
    public static bool Has(this EntryKinds kinds, EntryKind kind) => ((int)kinds & (1 << (int)kind)) != 0;
}
