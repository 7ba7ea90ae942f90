namespace Millrace.Access;

/// <summary>An owner of buckets and objects. Keys of one account own together what each of them makes.</summary>
/// <param name="Id">What access lists and policies name.</param>
/// <param name="DisplayName">For people.</param>
/// <param name="Email">Access lists may name it instead of the id; empty for none.</param>
public sealed record Account(string Id, string DisplayName, string Email = "");
