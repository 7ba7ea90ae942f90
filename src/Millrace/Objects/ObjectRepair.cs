namespace Millrace.Objects;
public sealed class ObjectRepair { internal const string FolderName = "damaged"; }
