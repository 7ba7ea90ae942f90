using Millrace.App;

return await CommandLine.RunAsync(args).ConfigureAwait(false);
