using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Millrace.Access;
using Millrace.App.Terminal;
using Spectre.Console;

namespace Millrace.App.Access;

/// <summary><c>millrace key create</c>, <c>list</c> and <c>remove</c>.</summary>
static class KeyCommands
{
    public static Command Key() => new Verb(
        "key", "Make and remove keys for the S3 server.", "millrace key create --name laptop\nmillrace key list")
    {
        Create(),
        List(),
        Remove(),
    };

    static Verb Create()
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var name = Text("--name", "NAME", "What people call it.");
        var bucket = Many("--bucket", "BUCKET", "A bucket, or the start of names and '*'. Without it, every bucket.");
        var grant = Many(
            "--grant", "RIGHT", "own, read, write or admin; one for each --bucket or one for all. Without it, read for "
            + "the buckets that are named, or admin when none is.");
        var account = Text(
            "--account", "ID",
            "Who owns what the key makes; keys of one account share it. Without it, the key itself.");
        var displayName = Text("--display-name", "NAME", "What people call the account.");
        var email = Text("--email", "ADDRESS", "An address by which access lists may name the account.");
        var expires = Text("--expires", "WHEN", "When it stops working: days from now (30d) or a UTC time.");
        var accessKey = Text("--access-key", "ID", "Take this id instead of a new one.");
        var secretVariable = Text(
            "--secret-key-env", "VARIABLE", "The environment variable that holds the secret of that id.");
        var command = new Verb(
            "create",
            "Make a key, and print its id and its secret; the secret is never shown again.",
            "millrace key create --name laptop\n"
            + "millrace key create --bucket photos --grant read --bucket 'tmp-*' --grant write --expires 30d\n"
            + "millrace key create --access-key MYKEY --secret-key-env MY_SECRET")
        {
            workspaceFolder, json, name, bucket, grant, account, displayName, email, expires, accessKey,
            secretVariable,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var grants = Grants(parsed.GetValue(bucket)!, parsed.GetValue(grant)!);
            var end = Expiry(parsed.GetValue(expires), TimeProvider.System.GetUtcNow());
            var given = Given(parsed.GetValue(accessKey), parsed.GetValue(secretVariable));
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var label = parsed.GetValue(name) ?? "";
            var owner = Owner(
                parsed.GetValue(account) ?? given?.Id, label, parsed.GetValue(displayName), parsed.GetValue(email));
            var made = given is { } pair
                ? await workspace.Access.ImportAsync(pair.Id, pair.Secret, label, grants, end, owner, cancellationToken)
                    .ConfigureAwait(false)
                : await workspace.Access.CreateAsync(label, grants, end, owner, cancellationToken)
                    .ConfigureAwait(false);
            Show(made, isNew: given is null, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    static Verb List()
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb("list", "Show the keys, without their secrets.", "millrace key list --json")
        {
            workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            var keys = await workspace.Access.ListAsync(cancellationToken).ConfigureAwait(false);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonArray([.. keys.Select(Json)]).ToJsonString());
            }
            else if (keys.Count == 0)
            {
                TerminalConsole.Error.WriteLine("There are no keys yet; 'millrace key create' makes one.");
            }
            else
            {
                TerminalConsole.Out.Write(Table(keys));
            }

            return 0;
        });
        return command;
    }

    static Verb Remove()
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var id = new Argument<string>("ID") { Description = "The key's id." };
        var command = new Verb(
            "remove",
            "Remove a key; a running server refuses it from the next request on.",
            "millrace key remove MRKEY")
        {
            workspaceFolder, id,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var workspace = await Options.OpenAsync(parsed.GetValue(workspaceFolder), cancellationToken)
                .ConfigureAwait(false);
            await workspace.Access.RemoveAsync(parsed.GetValue(id)!, cancellationToken).ConfigureAwait(false);
            TerminalConsole.Error.MarkupLineInterpolated($"Removed the key {parsed.GetValue(id)!}.");
            return 0;
        });
        return command;
    }

    static void Show(SecretKey made, bool isNew, bool isJson)
    {
        if (isJson)
        {
            var answer = Json(made.Key);
            if (isNew)
            {
                answer["secretKey"] = made.Secret;
            }

            Console.Out.WriteLine(answer.ToJsonString());
            return;
        }

        Console.Out.WriteLine($"access key  {made.Key.Id}");
        if (isNew)
        {
            Console.Out.WriteLine($"secret key  {made.Secret}");
            Console.Error.WriteLine("Keep the secret now; it is not shown again.");
        }
    }

    static Table Table(List<AccessKey> keys)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("key", "name", "made (UTC)", "until", "rights");
        foreach (var key in keys)
        {
            table.AddRow(
                key.Id,
                Markup.Escape(key.Name),
                key.CreatedAt.ToString("yyyy-MM-dd HH:mm"),
                key.IsDisabled ? "disabled" : key.ExpiresAt?.ToString("yyyy-MM-dd HH:mm") ?? "",
                Markup.Escape(string.Join(", ", key.Grants.Select(grant => $"{Word(grant.Right)} {grant.Bucket}"))));
        }

        return table;
    }

    static JsonObject Json(AccessKey key) => new()
    {
        ["accessKey"] = key.Id,
        ["name"] = key.Name,
        ["account"] = key.Account.Id,
        ["createdAt"] = key.CreatedAt.UtcDateTime.ToString("O"),
        ["expiresAt"] = key.ExpiresAt?.UtcDateTime.ToString("O"),
        ["disabled"] = key.IsDisabled,
        ["grants"] = new JsonArray([.. key.Grants.Select(grant => (JsonNode)new JsonObject
        {
            ["bucket"] = grant.Bucket,
            ["right"] = Word(grant.Right),
        })]),
    };

    static string Word(AccessRight right) => right.ToString().ToLowerInvariant();

    static Account? Owner(string? id, string label, string? displayName, string? email)
    {
        if (id is null && (displayName ?? email) is not null)
            throw Invalid("A new key has no account to name.", "Give --account too.");
        return id is null
            ? null : new Account(id, displayName ?? (label.Length > 0 ? label : id), email ?? "");
    }

    static List<AccessGrant> Grants(string[] buckets, string[] rights)
    {
        if (rights.Length > 1 && rights.Length != buckets.Length)
        {
            throw Invalid(
                $"There are {buckets.Length} buckets and {rights.Length} rights.",
                "Give one --grant for each --bucket in the same order, or one for all.");
        }

        var named = rights.Select(Right).ToList();
        if (buckets.Length == 0)
        {
            return [new AccessGrant(AccessGrant.EveryBucket, named.Count == 0 ? AccessRight.Admin : named[0])];
        }

        return [.. buckets.Select((bucket, index) => new AccessGrant(
            bucket, named.Count == 0 ? AccessRight.Read : named.Count == 1 ? named[0] : named[index]))];
    }

    static AccessRight Right(string word) => word switch
    {
        "own" => AccessRight.Own,
        "read" => AccessRight.Read,
        "write" => AccessRight.Write,
        "admin" => AccessRight.Admin,
        _ => throw Invalid($"'{word}' is not a right.", "The rights are own, read, write and admin."),
    };

    static DateTimeOffset? Expiry(string? text, DateTimeOffset now)
    {
        if (text is null)
        {
            return null;
        }

        if (text.EndsWith('d')
            && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            && days is > 0 and < 36_500)
        {
            return now.AddDays(days);
        }

        return DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time : throw Invalid($"'{text}' is not a time.", "Write days such as 30d, or 2030-01-31T12:00Z.");
    }

    static (string Id, string Secret)? Given(string? id, string? variable)
    {
        if (id is null && variable is null)
        {
            return null;
        }

        if (id is null || variable is null)
        {
            throw Invalid("An id and a secret are taken together.", "Give both --access-key and --secret-key-env.");
        }

        return (id, Environment.GetEnvironmentVariable(variable) ?? throw Invalid(
            $"The environment variable '{variable}' is not set.", "It must hold the secret of the key."));
    }

    static MillraceException Invalid(string message, string hint) =>
        new(ErrorKind.Invalid, "key-invalid", message, hint);

    static Option<string?> Text(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value };

    static Option<string[]> Many(string name, string value, string description) => new(name)
    {
        Description = description,
        HelpName = value,
        DefaultValueFactory = _ => [],
    };
}
