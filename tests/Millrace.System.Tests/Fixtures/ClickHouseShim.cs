using System.Diagnostics;
using System.Globalization;

namespace Millrace.SystemTests.Fixtures;

/// <summary>ClickHouse 26.7 behind HTTP on loopback: the engine in a library, in a Node process that speaks as much of
/// the server's protocol as queries need.</summary>
public sealed class ClickHouseShim : IAsyncLifetime
{
    // What only a server has is left out of the settings.
    const string Program =
        """
        const { Session } = require(process.argv[2] + '/node_modules/chdb');
        const session = new Session();
        const ignored = new Set(['query', 'query_id', 'database', 'default_format', 'wait_end_of_query',
            'max_execution_time', 'readonly', 'insert_distributed_sync']);
        const quote = text => "'" + text.replace(/\\/g, '\\\\').replace(/'/g, "\\'") + "'";
        let last = Promise.resolve();
        const server = require('http').createServer((request, response) => {
            const parts = [];
            request.on('data', part => parts.push(part));
            request.on('end', () => last = last.then(async () => {
                const asked = new URL(request.url, 'http://shim').searchParams;
                const settings = [...asked].filter(([key]) => !ignored.has(key))
                    .map(([key, value]) => `${key} = ${/^-?[0-9]+$/.test(value) ? value : quote(value)}`);
                try {
                    if (settings.length > 0) await session.queryAsync('set ' + settings.join(', '));
                    const result = await session.queryAsync(
                        Buffer.concat(parts).toString(), { format: asked.get('default_format') ?? 'TabSeparated' });
                    response.end(result.bytes());
                } catch (error) {
                    response.writeHead(500);
                    response.end(error.message);
                }
            }));
        });
        server.listen(0, '127.0.0.1', () => console.log(server.address().port));
        process.stdin.on('end', () => process.exit(0)).resume();
        """;

    readonly ScratchFolder _scratch = new();
    Process? _process;

    /// <summary>Where it listens.</summary>
    public Uri Url { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var program = _scratch["shim.js"];
        await File.WriteAllTextAsync(program, Program, CancellationToken.None);
        _process = Process.Start(new ProcessStartInfo("node", [program, ClickHouse.Installed()])
        {
            // ClickHouse opens no files outside of it.
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var line = await _process.StandardOutput.ReadLineAsync(CancellationToken.None);
        Assert.True(int.TryParse(line, CultureInfo.InvariantCulture, out var port), $"The shim said '{line}'.");
        Url = new Uri($"http://127.0.0.1:{port}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }

        _scratch.Dispose();
    }
}
