using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Millrace.App.Serving;

/// <summary>Counts the connections of each address and closes those above a limit at once.</summary>
sealed class ConnectionLimit(int maxOfAddress)
{
    readonly ConcurrentDictionary<IPAddress, int> _counts = new();

    public ConnectionDelegate Around(ConnectionDelegate next) => async connection =>
    {
        if ((connection.RemoteEndPoint as IPEndPoint)?.Address is not { } address)
        {
            await next(connection).ConfigureAwait(false);
            return;
        }

        var count = _counts.AddOrUpdate(address, 1, (_, known) => known + 1);
        try
        {
            if (count <= maxOfAddress)
            {
                await next(connection).ConfigureAwait(false);
            }
            else
            {
                connection.Abort();
            }
        }
        finally
        {
            Leave(address);
        }
    };

    void Leave(IPAddress address)
    {
        // The entry goes with its last connection, unless another came meanwhile.
        if (_counts.AddOrUpdate(address, 0, (_, known) => known - 1) == 0)
        {
            ((ICollection<KeyValuePair<IPAddress, int>>)_counts).Remove(new(address, 0));
        }
    }
}
