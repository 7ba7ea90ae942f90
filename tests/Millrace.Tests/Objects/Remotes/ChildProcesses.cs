namespace Millrace.Tests.ObjectsRoom;

/// <summary>Tests that start programs. They run alone: between fork and exec a child holds the locks of every open
/// pack, which another test may just have given up.</summary>
[CollectionDefinition(nameof(ChildProcesses), DisableParallelization = true)]
public sealed class ChildProcesses;
