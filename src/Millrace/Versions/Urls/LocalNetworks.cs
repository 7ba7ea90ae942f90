using System.Net;
using System.Net.Sockets;

namespace Millrace.Versions.Urls;

/// <summary>Addresses that a public name must not lead to: this machine, private networks, and what clouds keep their
/// credentials behind.</summary>
static class LocalNetworks
{
    static readonly IPNetwork[] Networks =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "::/127", "fc00::/7",
            "fe80::/10", "fec0::/10", "ff00::/8",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    // An IPv4 address stands in the last four bytes of these.
    static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");
    static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");

    public static bool Contains(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            var bytes = address.GetAddressBytes();
            if (Translated.Contains(address))
                return Contains(new IPAddress(bytes.AsSpan(12, 4)));
            if (SixToFour.Contains(address))
                return Contains(new IPAddress(bytes.AsSpan(2, 4)));
        }

        return Networks.Any(network => network.BaseAddress.AddressFamily == address.AddressFamily
            && network.Contains(address));
    }
}
