using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using Millrace.App.Buckets;
using Millrace.App.Terminal;

namespace Millrace.App.Serving;

/// <summary><c>millrace serve</c> and <c>millrace s3</c>.</summary>
static class ServeCommands
{
    const string ApiPart = "api";
    const string S3Part = "s3";
    const int PatienceMin = 2;
    const int PatienceMax = 3600;

    public static Command Serve()
    {
        var apiPort = Port("--port", "Where the API is; 0 takes a free port.", ServeOptions.DefaultApiPort);
        var s3Port = Port("--s3-port", "Where S3 is; 0 takes a free port.", ServeOptions.DefaultS3Port);
        var only = new Option<string[]>("--only")
        {
            Description = "Which parts: api, s3; with commas between. Without it, all.",
            HelpName = "PARTS",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        return Create(
            "serve",
            "Serve the workspace over HTTP: the API, and S3 for its buckets. Ends with Ctrl-C.",
            "millrace serve\nmillrace serve --only api --port 8080\n"
            + "millrace serve --listen 0.0.0.0 --certificate server.pem",
            [apiPort, s3Port, only],
            parsed =>
            {
                var parts = Parts(parsed.GetValue(only)!);
                return new ServeOptions
                {
                    ApiPort = parsed.GetValue(apiPort),
                    S3Port = parsed.GetValue(s3Port),
                    ServesApi = parts.Contains(ApiPart),
                    ServesS3 = parts.Contains(S3Part),
                };
            });
    }

    public static Command S3()
    {
        var port = Port("--s3-port", "The port; 0 takes a free one.", ServeOptions.DefaultS3Port);
        port.Aliases.Add("--port");
        return Create(
            "s3",
            "Serve the buckets of the workspace over S3, and nothing else. Keys come from 'millrace key create'.",
            "millrace s3\nmillrace s3 --port 9001 --domain s3.example.org",
            [port],
            parsed => new ServeOptions { S3Port = parsed.GetValue(port), ServesApi = false });
    }

    static Verb Create(
        string name,
        string description,
        string examples,
        IReadOnlyList<Option> own,
        Func<ParseResult, ServeOptions> read)
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var listen = Text("--listen", "ADDR", "The address to listen on; without it, 127.0.0.1.");
        var certificate = Text("--certificate", "FILE", "Speak HTTPS with this certificate (PEM).");
        var certificateKey = Text("--certificate-key", "FILE", "Its private key, when it is in another file.");
        var insecure = new Option<bool>("--insecure")
        {
            Description = "Speak plain HTTP to other machines; for networks that are trusted.",
        };
        var patience = new Option<int?>("--patience")
        {
            Description = "Close clients that are slower than this: with their headers, with the first bytes of a "
                + "body, with taking the next 256 KiB of an answer. Without it, 15, 10 and 60.",
            HelpName = "SECONDS",
        };
        patience.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < PatienceMin or > PatienceMax)
            {
                result.AddError($"--patience is a number of seconds from {PatienceMin} to {PatienceMax}.");
            }
        });
        var domain = new Option<string[]>("--domain")
        {
            Description = "A name of this server; BUCKET.NAME then reaches a bucket. May be repeated.",
            HelpName = "NAME",
            DefaultValueFactory = _ => [],
        };
        var command = new Verb(name, description, examples)
        {
            workspaceFolder, json, listen, certificate, certificateKey, insecure, domain, patience,
        };
        foreach (var option in own)
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetValue(workspaceFolder),
            read(parsed) with
            {
                Address = Address(parsed.GetValue(listen)),
                CertificateFile = parsed.GetValue(certificate),
                CertificateKeyFile = parsed.GetValue(certificateKey),
                IsInsecure = parsed.GetValue(insecure),
                Domains = parsed.GetValue(domain)!,
                Limits = parsed.GetValue(patience) is { } seconds
                    ? ServerLimits.OfPatience(TimeSpan.FromSeconds(seconds)) : new ServerLimits(),
            },
            parsed.GetValue(json),
            cancellationToken));
        return command;
    }

    static async Task<int> RunAsync(
        string? folder, ServeOptions options, bool isJson, CancellationToken cancellationToken)
    {
        using var logs = TerminalLog.CreateFactory();
        await using var workspace = await Options.OpenAsync(folder, cancellationToken).ConfigureAwait(false);
        await using var server = await Server.StartAsync(
            workspace, options, S3Operations.HandleAsync, TimeProvider.System, logs, cancellationToken)
            .ConfigureAwait(false);
        Announce(server, isJson);
        var ended = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(() => ended.TrySetResult());
        await ended.Task.ConfigureAwait(false);
        Console.Error.WriteLine("Ending; requests that are going on may finish.");
        return 0;
    }

    static void Announce(Server server, bool isJson)
    {
        if (isJson)
        {
            var answer = new JsonObject();
            if (server.ApiAddress is { } api)
            {
                answer["api"] = Text(api);
                answer["tokenFile"] = server.TokenFile;
            }

            if (server.S3Address is { } s3)
            {
                answer["s3"] = Text(s3);
            }

            Console.Out.WriteLine(answer.ToJsonString());
            Console.Out.Flush();
        }

        if (server.ApiAddress is { } apiAddress)
        {
            Console.Error.WriteLine($"API  {Text(apiAddress)} (its token is in {server.TokenFile})");
        }

        if (server.S3Address is { } s3Address)
        {
            Console.Error.WriteLine($"S3   {Text(s3Address)}");
        }

        Console.Error.WriteLine("Ready. Ctrl-C ends it.");
    }

    static string Text(Uri address) => address.GetLeftPart(UriPartial.Authority);

    static string[] Parts(string[] given)
    {
        var parts = given.SelectMany(text => text.Split(
            ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).ToArray();
        if (parts.FirstOrDefault(part => part is not (ApiPart or S3Part)) is { } unknown)
        {
            throw new MillraceException(
                ErrorKind.Invalid, "part-unknown", $"'{unknown}' is not a part of the server.",
                "The parts are 'api' and 's3'.");
        }

        return parts.Length == 0 ? [ApiPart, S3Part] : parts;
    }

    static IPAddress Address(string? text)
    {
        if (text is null or "localhost")
        {
            return IPAddress.Loopback;
        }

        return IPAddress.TryParse(text, out var address) ? address : throw new MillraceException(
            ErrorKind.Invalid, "address-invalid", $"'{text}' is not an IP address.",
            "Name one of this machine's, or 0.0.0.0 for all of them.");
    }

    static Option<int> Port(string name, string description, int value)
    {
        var option = new Option<int>(name)
        {
            Description = description,
            HelpName = "PORT",
            DefaultValueFactory = _ => value,
        };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > IPEndPoint.MaxPort)
            {
                result.AddError($"{result.IdentifierToken?.Value ?? name} is a number from 0 to {IPEndPoint.MaxPort}.");
            }
        });
        return option;
    }

    static Option<string?> Text(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value };
}
