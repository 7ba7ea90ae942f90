using System.Globalization;
using System.Text;
using Npgsql;

namespace Millrace.Sources.Databases;

/// <summary>Reads <c>postgres://user@host:port/database?sslmode=require</c>, with what is left out from a service file
/// and from the environment, as libpq does (PostgreSQL, "Connection URIs", "The Connection Service File").</summary>
/// <remarks>A password is named, never written: <c>${NAME}</c> stands for a variable of the environment, and
/// <c>PGPASSWORD</c> and <c>~/.pgpass</c> are looked at. So no command line, log or lineage holds one.</remarks>
/// <param name="environment">A variable of the environment; null when it is not set.</param>
sealed class PostgresUrl(Func<string, string?> environment)
{
    const int UsualPort = 5432;
    const string SocketFolder = "/var/run/postgresql";

    static readonly string[] Schemes = ["postgres://", "postgresql://"];

    static readonly (string Key, string Variable)[] Variables =
    [
        ("host", "PGHOST"), ("port", "PGPORT"), ("dbname", "PGDATABASE"), ("user", "PGUSER"),
        ("password", "PGPASSWORD"), ("passfile", "PGPASSFILE"), ("sslmode", "PGSSLMODE"),
        ("sslrootcert", "PGSSLROOTCERT"), ("sslcert", "PGSSLCERT"), ("sslkey", "PGSSLKEY"),
        ("connect_timeout", "PGCONNECT_TIMEOUT"), ("options", "PGOPTIONS"),
    ];

    readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public static bool Is(string text) =>
        Schemes.Any(scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    /// <exception cref="MillraceException"><c>source-connection</c>.</exception>
    public NpgsqlConnectionStringBuilder Parse(string text)
    {
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var (address, query) = Cut(rest, '?');
        var (authority, path) = Cut(address, '/');
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = Cut(pair, '=');
            _values[key] = key == "password" ? Password(value) : Filled(value);
        }

        var at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            var (user, password) = Cut(authority[..at], ':');
            Take("user", user);
            if (password.Length > 0)
            {
                _values["password"] = Password(password);
            }
        }

        TakeHost(authority[(at + 1)..]);
        Take("dbname", path);
        AddService();
        foreach (var (key, variable) in Variables)
        {
            if (environment(variable) is { Length: > 0 } value)
            {
                _values.TryAdd(key, value);
            }
        }

        return Build();
    }

    /// <summary>A password, which only a variable may hold.</summary>
    string Password(string text) => text.StartsWith("${", StringComparison.Ordinal)
        && text.IndexOf('}', StringComparison.Ordinal) == text.Length - 1
        ? Filled(text) : throw Wrong(
            "a password stands in it",
            "Write a variable's name for it, such as 'postgres://me:${DB_PASSWORD}@host/db' in single quotes, or use "
            + "PGPASSWORD or ~/.pgpass.");

    void Take(string key, string text)
    {
        if (text.Length > 0)
        {
            _values[key] = Filled(text);
        }
    }

    void TakeHost(string text)
    {
        if (text.Contains(',', StringComparison.Ordinal))
        {
            throw Wrong("it names several hosts", "Name the one to read from.");
        }

        var bracket = text.IndexOf(']', StringComparison.Ordinal);
        var colon = text.IndexOf(':', Math.Max(0, bracket));
        Take("host", (colon < 0 ? text : text[..colon]).Trim('[', ']'));
        Take("port", colon < 0 ? "" : text[(colon + 1)..]);
    }

    /// <summary>What a service says, where the address does not.</summary>
    void AddService()
    {
        var name = _values.Remove("service", out var given) ? given : environment("PGSERVICE");
        if (string.IsNullOrEmpty(name))
        {
            return;
        }

        var files = new[]
        {
            environment("PGSERVICEFILE"),
            environment("HOME") is { Length: > 0 } home ? Path.Combine(home, ".pg_service.conf") : null,
            Path.Combine(environment("PGSYSCONFDIR") ?? "/etc/postgresql-common", "pg_service.conf"),
        };
        foreach (var file in files.Where(File.Exists))
        {
            if (ReadService(file!, name))
            {
                return;
            }
        }

        throw Wrong($"no service file has a service '{name}'", "Name one of ~/.pg_service.conf or PGSERVICEFILE.");
    }

    bool ReadService(string file, string name)
    {
        var isFound = false;
        var isIn = false;
        foreach (var line in File.ReadLines(file).Select(line => line.Trim()))
        {
            if (line.StartsWith('['))
            {
                isIn = line == $"[{name}]";
                isFound |= isIn;
            }
            else if (isIn && line.Length > 0 && line[0] != '#')
            {
                var (key, value) = Cut(line, '=');
                _values.TryAdd(key.Trim(), value.Trim());
            }
        }

        return isFound;
    }

    NpgsqlConnectionStringBuilder Build()
    {
        var builder = new NpgsqlConnectionStringBuilder
        {
            Pooling = false,
            // Times without a zone are UTC, whatever the server's own zone is.
            Timezone = "UTC",
            Port = UsualPort,
            Username = Environment.UserName,
        };
        try
        {
            foreach (var (key, value) in _values)
            {
                Set(builder, key, value);
            }
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            throw Wrong(exception.Message, "Write it as 'postgres://user@host:port/database'.");
        }

        builder.Host ??= Directory.Exists(SocketFolder) ? SocketFolder : "localhost";
        builder.Database ??= builder.Username;
        return builder;
    }

    static void Set(NpgsqlConnectionStringBuilder builder, string key, string value)
    {
        switch (key)
        {
            case "host" or "hostaddr":
                builder.Host = value;
                break;
            case "port":
                builder.Port = int.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "dbname":
                builder.Database = value;
                break;
            case "user":
                builder.Username = value;
                break;
            case "password":
                builder.Password = value;
                break;
            case "passfile":
                builder.Passfile = value;
                break;
            case "sslmode":
                builder.SslMode = Enum.Parse<SslMode>(
                    value.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
                break;
            case "sslrootcert":
                builder.RootCertificate = value;
                break;
            case "sslcert":
                builder.SslCertificate = value;
                break;
            case "sslkey":
                builder.SslKey = value;
                break;
            case "connect_timeout":
                builder.Timeout = int.Parse(value, CultureInfo.InvariantCulture);
                break;
            case "application_name":
                builder.ApplicationName = value;
                break;
            case "options":
                builder.Options = value;
                break;
            default:
                throw new ArgumentException($"it has a parameter '{key}' that is not known");
        }
    }

    /// <summary>The text with its percent signs read and the variables that it names filled in.</summary>
    string Filled(string text)
    {
        var filled = new StringBuilder();
        while (text.IndexOf("${", StringComparison.Ordinal) is var start and >= 0
            && text.IndexOf('}', start) is var end and > 0)
        {
            var name = text[(start + 2)..end];
            filled.Append(Uri.UnescapeDataString(text[..start])).Append(environment(name) ?? throw Wrong(
                $"the environment has no variable '{name}'", $"Set it: export {name}=…"));
            text = text[(end + 1)..];
        }

        return filled.Append(Uri.UnescapeDataString(text)).ToString();
    }

    static (string Before, string Behind) Cut(string text, char mark)
    {
        var at = text.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? (text, "") : (text[..at], text[(at + 1)..]);
    }

    static MillraceException Wrong(string what, string hint) => new(
        ErrorKind.Invalid, "source-connection", $"The connection can't be read: {what}.", hint);
}
