using Microsoft.Extensions.Hosting;

namespace Millrace.App.Serving;

/// <summary>Leaves signals to the command line, which ends every verb in the same way.</summary>
sealed class SilentLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
