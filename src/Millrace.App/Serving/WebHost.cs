using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Millrace.App.Serving;

/// <summary>One listener: Kestrel without configuration files, environment variables or signals, so that nothing but
/// the verb's options says what it does.</summary>
static class WebHost
{
    /// <summary>How long requests may go on after the server was told to end.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(10);

    public static WebApplication Create(
        ServeOptions options, int port, bool isS3, ILoggerFactory logs, TimeProvider? time = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTime);
        builder.WebHost.UseKestrelCore();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new SocketBlocks());
        if (options.IsEncrypted)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        var certificate = LoadCertificate(options);
        var connections = new ConnectionLimit(ServerLimits.MaxConnectionsOfAddress);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            options.Limits.Apply(kestrel, isS3);
            if (isS3)
            {
                // A signature is over the bytes of headers. As Latin-1 they come in and go out unchanged.
                kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
                kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1;
            }

            kestrel.Listen(options.Address, port, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                listen.Use(connections.Around);
                if (certificate is not null)
                {
                    listen.UseHttps(certificate);
                }
            });
        });
        var application = builder.Build();
        application.Use(AwaitedBody.InvokeAsync);
        return application;
    }

    /// <summary>Starts listening.</summary>
    /// <returns>The address, with the port that was taken.</returns>
    /// <exception cref="MillraceException"><c>port-taken</c>, <c>address-unusable</c>.</exception>
    public static async Task<Uri> StartAsync(WebApplication app, int port, CancellationToken cancellationToken)
    {
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "port-taken", $"Another program listens on port {port}.",
                "End it, or choose another port; 0 takes a free one.", exception);
        }
        catch (Exception exception) when (exception is System.Net.Sockets.SocketException or IOException)
        {
            throw new MillraceException(
                ErrorKind.Unavailable, "address-unusable", $"Port {port} cannot be listened on: {exception.Message}",
                "Name an address of this machine with '--listen ADDR', and a port above 1023.", exception);
        }

        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new Uri(addresses.First());
    }

    static X509Certificate2? LoadCertificate(ServeOptions options)
    {
        if (options.CertificateFile is not { } file)
        {
            return null;
        }

        try
        {
            return X509Certificate2.CreateFromPemFile(file, options.CertificateKeyFile ?? file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException
            or CryptographicException or ArgumentException)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "certificate-unreadable",
                $"'{file}' is not a certificate with its private key in PEM: {exception.Message}",
                "Put both into one file, or name the key's file with '--certificate-key FILE'.", exception);
        }
    }
}
