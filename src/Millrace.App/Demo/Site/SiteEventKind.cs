namespace Millrace.App.Demo.Site;

/// <summary>What a user did.</summary>
enum SiteEventKind
{
    Login = 1,
    View = 2,
    Like = 3,
}
