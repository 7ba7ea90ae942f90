using System.CommandLine;
using System.Text.Json.Nodes;
using Millrace.App.Terminal;
using Millrace.Objects;

namespace Millrace.App;

/// <summary><c>millrace move</c>: takes a workspace to another catalog or another place of objects or tables.</summary>
static class MoveCommands
{
    const string Local = "local";

    static readonly Option<string?> Catalog = new("--catalog")
    {
        Description = "A connection string for PostgreSQL, without a password, or 'sqlite'.",
        HelpName = "CONNECTION|sqlite",
    };

    static readonly Option<string> Schema = new("--schema")
    {
        Description = "PostgreSQL: the schema.",
        DefaultValueFactory = _ => "millrace",
        HelpName = "NAME",
    };

    static readonly Option<string?> Password = new("--password-env")
    {
        Description = "PostgreSQL: the environment variable that holds the password.",
        HelpName = "VARIABLE",
    };

    static readonly Option<string?> Objects = new("--objects")
    {
        Description = "s3://bucket/prefix, a folder, or 'local' for the workspace's own.",
        HelpName = "URL|local",
    };

    static readonly Option<string?> Tables = new("--tables")
    {
        Description = "s3://bucket/prefix, or 'local' for the workspace's own folder.",
        HelpName = "URL|local",
    };

    static readonly Option<string?> Endpoint = Place("--endpoint", "S3: the service's address.", "URL");
    static readonly Option<string?> Region = Place("--region", "S3: the region.", "NAME");
    static readonly Option<string?> Profile = Place("--profile", "S3: a profile of the AWS files.", "NAME");
    static readonly Option<string?> Credentials = Place("--credentials-file", "S3: a file with credentials.", "FILE");

    static readonly Option<string?> AccessKey =
        Place("--access-key-env", "S3: the variable with the access key.", "VARIABLE");

    static readonly Option<string?> SecretKey =
        Place("--secret-key-env", "S3: the variable with the secret key.", "VARIABLE");

    static readonly Option<bool> Verify = new("--verify")
    {
        Description = "Read every object and file back and compare it before the switch; 'false' only counts them.",
        DefaultValueFactory = _ => true,
    };

    public static Command Move()
    {
        var workspaceFolder = Options.WorkspaceFolder();
        var json = Options.Json();
        var command = new Verb(
            "move",
            "Take the workspace to PostgreSQL, to S3, or back: copy, compare, then switch millrace.yaml. Run again "
            + "after a crash it goes on. Nobody else may have the workspace open.",
            "  millrace move --catalog 'Host=db;Database=ml;Username=ml' --password-env DB_PASSWORD\n"
            + "  millrace move --objects s3://bucket/ml --tables s3://bucket/tables --profile ml\n"
            + "  millrace move --catalog sqlite --objects local --tables local")
        {
            Catalog, Schema, Password, Objects, Tables, Endpoint, Region, Profile, Credentials, AccessKey, SecretKey,
            Verify, workspaceFolder, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var folder = parsed.GetValue(workspaceFolder) ?? Workspace.Find(Environment.CurrentDirectory)
                ?? Environment.CurrentDirectory;
            using var display = new StageDisplay();
            var report = await new WorkspaceMove(folder, Target(parsed), display)
                .RunAsync(cancellationToken).ConfigureAwait(false);
            display.Dispose();
            if (parsed.GetValue(json))
                Console.Out.WriteLine(ToJson(report).ToJsonString());
            else
                Print(report);
            return 0;
        });
        return command;
    }

    static Option<string?> Place(string name, string description, string value) =>
        new(name) { Description = description, HelpName = value };

    static WorkspaceMoveTarget Target(ParseResult parsed)
    {
        var objects = parsed.GetValue(Objects);
        var tables = parsed.GetValue(Tables);
        return new WorkspaceMoveTarget
        {
            Catalog = parsed.GetValue(Catalog),
            Schema = parsed.GetValue(Schema)!,
            PasswordVariable = parsed.GetValue(Password),
            IsObjectsLocal = objects == Local,
            Objects = objects is null or Local ? null : Settings(objects),
            IsTablesLocal = tables == Local,
            Tables = tables is null or Local ? null : Settings(tables),
            Verifies = parsed.GetValue(Verify),
        };

        RemoteSettings Settings(string url) => new()
        {
            Url = url,
            Endpoint = parsed.GetValue(Endpoint),
            Region = parsed.GetValue(Region),
            Profile = parsed.GetValue(Profile),
            CredentialsFile = parsed.GetValue(Credentials),
            AccessKeyVariable = parsed.GetValue(AccessKey),
            SecretKeyVariable = parsed.GetValue(SecretKey),
        };
    }

    static void Print(WorkspaceMoveReport report)
    {
        if (report.Tables.Count > 0)
        {
            Console.Out.WriteLine(
                $"catalog   {report.Tables.Count} tables with {report.Tables.Sum(table => table.RowCount):N0} rows, "
                + "equal on both sides");
            Console.Out.WriteLine($"kept      the old catalog: {report.OldCatalog}");
        }

        if (report.OldObjects is not null)
        {
            Console.Out.WriteLine(
                $"objects   {report.ObjectCount:N0}, {report.SentCount:N0} moved now ({report.SizeBytes / 1e6:N1} MB), "
                + $"{report.VerifiedCount:N0} read back");
            Console.Out.WriteLine($"kept      the old objects: {report.OldObjects}");
        }

        if (report.OldTables is not null)
        {
            Console.Out.WriteLine(
                $"tables    {report.TableCount:N0}, {report.TableFileCount:N0} files moved now "
                + $"({report.TableBytes / 1e6:N1} MB), {report.VerifiedTableFileCount:N0} read back");
            Console.Out.WriteLine($"kept      the old tables: {report.OldTables}");
        }

        Console.Out.WriteLine("moved     millrace.yaml names the new places");
    }

    static JsonObject ToJson(WorkspaceMoveReport report) => new()
    {
        ["tables"] = new JsonArray([.. report.Tables.Select(table => (JsonNode)new JsonObject
        {
            ["name"] = table.Table, ["rows"] = table.RowCount, ["digest"] = table.Hash,
        })]),
        ["oldCatalog"] = report.OldCatalog,
        ["objects"] = report.ObjectCount,
        ["sent"] = report.SentCount,
        ["bytes"] = report.SizeBytes,
        ["verified"] = report.VerifiedCount,
        ["oldObjects"] = report.OldObjects,
        ["dataTables"] = report.TableCount,
        ["tableFiles"] = report.TableFileCount,
        ["tableBytes"] = report.TableBytes,
        ["verifiedTableFiles"] = report.VerifiedTableFileCount,
        ["oldTables"] = report.OldTables,
    };

    /// <summary>How far it is: on a terminal one line that is written over, else a line each.</summary>
    sealed class StageDisplay : IProgress<string>, IDisposable
    {
        readonly Lock _lock = new();
        readonly bool _isShown = !Console.IsErrorRedirected;
        bool _isOpen;

        public void Report(string value)
        {
            lock (_lock)
            {
                if (!_isShown)
                {
                    Console.Error.WriteLine(value);
                    return;
                }

                Console.Error.Write($"\r{value}\u001b[K");
                _isOpen = true;
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                if (_isOpen)
                    Console.Error.WriteLine();
                _isOpen = false;
            }
        }
    }
}
