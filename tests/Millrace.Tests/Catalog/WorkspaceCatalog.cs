namespace Millrace.Tests.CatalogRoom;

/// <summary>Says in a workspace's settings, before it is made, where its catalog is.</summary>
static class WorkspaceCatalog
{
    const string PasswordVariable = "MILLRACE_TEST_POSTGRES_PASSWORD";

    /// <param name="folder">The workspace's; made when it is not there.</param>
    /// <param name="postgres">The server, where it takes a schema of its own; null for SQLite.</param>
    public static async Task PlaceAsync(string folder, SharedPostgres? postgres)
    {
        if (postgres is null)
            return;
        var server = await postgres.Server;
        // The same for every test, so that no order among them matters.
        Environment.SetEnvironmentVariable(PasswordVariable, PostgresServer.Password);
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(
            Path.Join(folder, "millrace.yaml"),
            $"""
            catalog:
              kind: postgres
              connection: {server.ConnectionWithoutPassword}
              schema: {$"test_{Guid.NewGuid():N}"[..20]}
              password-env: {PasswordVariable}

            """,
            TestContext.Current.CancellationToken);
    }
}
