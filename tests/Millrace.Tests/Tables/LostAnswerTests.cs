using Millrace.Tests.AppServing;

namespace Millrace.Tests.TablesRoom;

/// <summary>Answers of the object store that are lost on the way.</summary>
public sealed class LostAnswerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_entry_whose_answer_was_lost_is_there_once(int losses)
    {
        await using var service = await OwnService.StartAsync();
        await using var proxy = new LossyProxy(new Uri(service.Settings("lake").Endpoint!));
        await using var workspace = await CreateAsync(service, proxy);
        await workspace.AppendAsync("t", "select 1 as id");

        proxy.Losses = losses;
        await workspace.AppendAsync("t", "select 2 as id");

        Assert.Equal(0, proxy.Losses);
        Assert.Equal(1, workspace.Tables.OpenNewest("t").Version);
        Assert.Equal(["1", "2"], await workspace.RowsAsync("select id from t order by id"));
    }

    static async Task<TestWorkspace> CreateAsync(OwnService service, LossyProxy proxy)
    {
        proxy.Request = "PUT /remote/lake/t/_delta_log/";
        var place = service.Settings("lake");
        return await TestWorkspace.CreateAsync(null, $"""
            tables:
              url: {place.Url}
              endpoint: {proxy.Address.GetLeftPart(UriPartial.Authority)}
              credentials-file: {place.CredentialsFile}

            """);
    }
}
