using Millrace.Sources;
using Millrace.Sources.Databases;
using Millrace.Tests.CatalogRoom;
using Npgsql;

namespace Millrace.Tests.SourcesRoom;

public sealed class PostgresUrlTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_url_says_where_and_who()
    {
        var settings = Parse("postgres://r%40der@db.example:6543/sh%2Fop?sslmode=verify-full&application_name=x");

        Assert.Equal("r@der", settings.Username);
        Assert.Equal("db.example", settings.Host);
        Assert.Equal(6543, settings.Port);
        Assert.Equal("sh/op", settings.Database);
        Assert.Equal(SslMode.VerifyFull, settings.SslMode);
        Assert.Null(settings.Password);
    }

    [Fact]
    public void What_is_left_out_comes_from_the_environment_as_for_libpq()
    {
        var settings = Parse(
            "postgresql:///", ("PGHOST", "h"), ("PGPORT", "1"), ("PGUSER", "u"), ("PGDATABASE", "d"),
            ("PGPASSWORD", "p"));

        Assert.Equal(("h", 1, "u", "d", "p"),
            (settings.Host, settings.Port, settings.Username, settings.Database, settings.Password));
        Assert.Equal("::1", Parse("postgres://[::1]:5/d").Host);
        Assert.Equal("/run/pg", Parse("postgres:///d?host=/run/pg").Host);
        Assert.Equal("u", Parse("postgres://u@h").Database);
    }

    [Fact]
    public void A_password_is_named_and_never_written()
    {
        var settings = Parse("postgres://me:${SECRET}@${WHERE}/d", ("SECRET", "p@ss/${x}%41"), ("WHERE", "h"));

        Assert.Equal(("p@ss/${x}%41", "h"), (settings.Password, settings.Host));
        var written = Assert.Throws<MillraceException>(() => Parse("postgres://me:secret@h/d"));
        Assert.DoesNotContain("secret", written.Message + written.Hint);
        Assert.Contains("'NOT_SET'", Assert.Throws<MillraceException>(
            () => Parse("postgres://me:${NOT_SET}@h/d")).Message);
    }

    [Fact]
    public void A_service_file_fills_what_the_url_leaves_out()
    {
        File.WriteAllText(_scratch["services"], """
            # ours
            [other]
            host=wrong

            [shop]
            host = db.example
            port=7
            dbname=shop
            user=reader
            password=from the file
            """);

        var settings = Parse(
            "postgres://writer@/?service=shop", ("PGSERVICEFILE", _scratch["services"]), ("PGHOST", "not this"));

        Assert.Equal(("db.example", 7, "writer", "shop", "from the file"),
            (settings.Host, settings.Port, settings.Username, settings.Database, settings.Password));
        Assert.Equal("shop", Parse(
            "postgres:///", ("PGSERVICEFILE", _scratch["services"]), ("PGSERVICE", "shop")).Database);
        Assert.Contains("'none'", Assert.Throws<MillraceException>(
            () => Parse("postgres:///?service=none", ("PGSERVICEFILE", _scratch["services"]))).Message);
    }

    [Theory]
    [InlineData("postgres://h:port/d")]
    [InlineData("postgres://a,b/d")]
    [InlineData("postgres://h/d?nonsense=1")]
    [InlineData("postgres://h/d?sslmode=perhaps")]
    public void A_url_that_can_not_be_read_is_refused(string url) =>
        Assert.Equal("source-connection", Assert.Throws<MillraceException>(() => Parse(url)).Code);

    [Theory]
    [InlineData("sqlite:a.db#t", "t")]
    [InlineData("sqlite:a#b.db#t", "t")]
    [InlineData("sqlite:a.db", "usual")]
    [InlineData("postgres://h/d/t", "t")]
    [InlineData("postgres://h/d/s.t?sslmode=disable", "s.t")]
    [InlineData("postgres://h/d#t", "t")]
    [InlineData("postgres://h/d", "usual")]
    public void A_target_names_its_table(string text, string table) =>
        Assert.Equal(table, ExportTarget.Parse(text, "usual").Table);

    [Fact]
    public void A_database_is_called_by_its_place_and_not_by_its_user() => Assert.Equal(
        "postgres://h:5432/d", SourceDatabase.Parse("postgres://someone@h/d").Identity);

    static NpgsqlConnectionStringBuilder Parse(string url, params (string Name, string Value)[] environment) =>
        new PostgresUrl(name => environment.FirstOrDefault(pair => pair.Name == name).Value).Parse(url);
}
