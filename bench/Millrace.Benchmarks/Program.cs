using Millrace.Benchmarks;

var benches = new Dictionary<string, Func<Task>>
{
    ["databases"] = () => DatabaseBenchmarks.RunAsync(args.ElementAtOrDefault(1)),
    ["frame"] = () => FrameBenchmarks.RunAsync(args.Length > 1 ? long.Parse(args[1]) : FrameBenchmarks.DefaultRows),
    ["ingest"] = () => IngestBenchmarks.RunAsync(args.ElementAtOrDefault(1)),
    ["objects"] = ObjectBenchmarks.RunAsync,
    ["profile"] = () => ProfileBenchmarks.RunAsync(
        args.Length > 1 ? long.Parse(args[1]) : ProfileBenchmarks.DefaultRows),
    ["s3"] = S3Benchmarks.RunAsync,
    ["s3-small"] = S3SmallBenchmarks.RunAsync,
    ["tables"] = TableBenchmarks.RunAsync,
    ["tasks"] = TaskBenchmarks.RunAsync,
    ["versions"] = VersionBenchmarks.RunAsync,
};

if (args is ["delta-golden", var folder, var revision, var results])
    return DeltaGolden.Run(folder, revision, results);

if (args.Length is 0 or > 2 || !benches.TryGetValue(args[0], out var run))
{
    Console.Error.WriteLine($"Usage: dotnet run -c Release --project bench/Millrace.Benchmarks -- NAME [ROWS]");
    Console.Error.WriteLine($"Names: {string.Join(", ", benches.Keys)}");
    return 1;
}
await run();
return 0;
