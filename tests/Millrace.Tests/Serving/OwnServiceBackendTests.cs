using Millrace.Objects.Backends;
using Millrace.Tests.ObjectsRoom;

namespace Millrace.Tests.AppServing;

/// <summary>What a backend must do, asked of the own S3 server over the AWS SDK.</summary>
public sealed class OwnServiceBackendTests(OwnServiceBackendTests.Started started)
    : BackendContract, IClassFixture<OwnServiceBackendTests.Started>
{
    readonly string _prefix = Guid.NewGuid().ToString("N");

    private protected override IObjectBackend Open() =>
        BackendFactory.Open(started.Service!.Settings(_prefix), "/");

    public sealed class Started : IAsyncLifetime
    {
        internal OwnService? Service { get; private set; }

        public async ValueTask InitializeAsync() => Service = await OwnService.StartAsync();

        public async ValueTask DisposeAsync()
        {
            if (Service is not null)
                await Service.DisposeAsync();
        }
    }
}
