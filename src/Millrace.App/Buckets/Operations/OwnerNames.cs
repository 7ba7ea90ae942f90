using System.Xml.Linq;
using Millrace.Access;

namespace Millrace.App.Buckets.Operations;

/// <summary>The accounts as they were at the request, for answers that show owners and lists that name them.</summary>
sealed class OwnerNames
{
    readonly Dictionary<string, Account> _accounts;

    OwnerNames(IEnumerable<Account> accounts) =>
        _accounts = accounts.ToDictionary(account => account.Id, StringComparer.Ordinal);

    public static async Task<OwnerNames> LoadAsync(S3Context context, CancellationToken cancellationToken) =>
        new(await context.Workspace.Access.ListAccountsAsync(cancellationToken).ConfigureAwait(false));

    public bool Has(string id) => _accounts.ContainsKey(id);

    /// <summary>Whose address it is; null when it is nobody's.</summary>
    public string? OfEmail(string email) => email.Length == 0 ? null : _accounts.Values.FirstOrDefault(
        account => account.Email.Equals(email, StringComparison.OrdinalIgnoreCase))?.Id;

    public XElement Owner(string id) => Element("Owner", id);

    public XElement Element(string name, string id) =>
        S3Element.New(name, S3Element.New("ID", id), S3Element.New("DisplayName", Name(id)));

    /// <summary>What people call an account; of one that is not known the id.</summary>
    public string Name(string id) => _accounts.TryGetValue(id, out var account) ? account.DisplayName : id;
}
