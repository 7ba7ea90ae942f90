using Millrace.Tests.CatalogRoom;

namespace Millrace.Tests;

public sealed class WorkspaceSettingsTests : IDisposable
{
    readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("# nothing but a comment\n")]
    [InlineData("catalog: {}\n")]
    [InlineData("catalog:\n  kind: sqlite\n")]
    public void Without_settings_the_catalog_is_embedded(string? yaml) =>
        Assert.Equal(new WorkspaceSettings { CatalogKind = "sqlite", CatalogSchema = "millrace" }, Read(yaml));

    [Fact]
    public void Statements_of_SQL_are_allowed_by_name()
    {
        Assert.Equal(["copy", "set"], Read("sql:\n  allow: [COPY, set]\n").SqlStatements);
        foreach (var yaml in new[] { "sql:\n  allow: [select]\n", "sql:\n  allow: copy\n", "sql:\n  deny: [copy]\n" })
            Assert.Equal("settings-invalid", Assert.Throws<MillraceException>(() => Read(yaml)).Code);
    }

    [Fact]
    public void Every_setting_is_read()
    {
        var settings = Read(
            """
            catalog:
              kind: postgres
              connection: Host=db.example.org;Port=5433;Database=ml;Username=ann
              schema: nightly
              password-env: CATALOG_PASSWORD
            """);

        Assert.Equal(
            new WorkspaceSettings
            {
                CatalogKind = "postgres",
                CatalogConnection = "Host=db.example.org;Port=5433;Database=ml;Username=ann",
                CatalogSchema = "nightly",
                CatalogPasswordVariable = "CATALOG_PASSWORD",
            },
            settings);
    }

    [Theory]
    [InlineData("catalogue:\n  kind: sqlite\n", 1, "'catalogue' is not a setting")]
    [InlineData("catalog:\n  kind: sqlite\n  pool: 3\n", 3, "'catalog: pool:' is not a setting")]
    [InlineData("catalog:\n  kind: oracle\n", 2, "must be 'sqlite' or 'postgres'")]
    [InlineData("\ncatalog:\n  kind: postgres\n", 3, "needs 'connection:'")]
    [InlineData("catalog: sqlite\n", 1, "a mapping of names to values was expected")]
    [InlineData("- catalog\n", 1, "a mapping of names to values was expected")]
    [InlineData("just text\n", 1, "a mapping of names to values was expected")]
    [InlineData("catalog:\n  schema: [a, b]\n", 2, "a text was expected")]
    [InlineData("catalog:\n  kind: sqlite\n  ? [a, b]\n  : c\n", 3, "a text was expected")]
    [InlineData("? [a, b]\n: c\n", 1, "a text was expected")]
    [InlineData("catalog:\n  kind: 'sqlite\n", 2, "")]
    [InlineData("catalog:\n  kind: sqlite\n  kind: postgres\n", 3, "")]
    public void A_mistake_is_named_with_its_line(string yaml, int line, string what)
    {
        var error = Assert.Throws<MillraceException>(() => Read(yaml));

        Assert.Equal((ErrorKind.Invalid, "settings-invalid"), (error.Kind, error.Code));
        Assert.StartsWith($"Line {line} of '{_scratch["millrace.yaml"]}': ", error.Message);
        Assert.Contains(what, error.Message);
    }

    [Theory]
    [InlineData("Host=db;Password=hidden-word")]
    [InlineData("Host=db; PASSWORD = hidden-word")]
    [InlineData("Host=db;Pwd=hidden-word;Port=1")]
    [InlineData("psw=hidden-word")]
    [InlineData("Host=db;SSL Password=hidden-word")]
    public void A_password_in_the_file_is_refused_and_not_repeated(string connection)
    {
        var error = Assert.Throws<MillraceException>(
            () => Read($"catalog:\n  kind: postgres\n  connection: {connection}\n"));

        Assert.Equal("settings-invalid", error.Code);
        Assert.StartsWith("Line 3", error.Message);
        Assert.Contains("password-env", error.Message);
        Assert.DoesNotContain("hidden-word", error.ToString());
    }

    [Fact]
    public void A_database_may_be_called_after_a_password() => Assert.Equal(
        "Host=db;Database=passwords",
        Read("catalog:\n  kind: postgres\n  connection: Host=db;Database=passwords\n").CatalogConnection);

    WorkspaceSettings Read(string? yaml)
    {
        if (yaml is not null)
            File.WriteAllText(_scratch["millrace.yaml"], yaml);
        return WorkspaceSettings.Read(_scratch["millrace.yaml"]);
    }
}
