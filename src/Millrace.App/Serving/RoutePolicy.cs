namespace Millrace.App.Serving;

/// <summary>Who may use a route. A route without a policy is refused, so that none is open by oversight.</summary>
sealed class RoutePolicy
{
    RoutePolicy(bool needsToken) => NeedsToken = needsToken;

    /// <summary>Everyone; for what tells nothing.</summary>
    public static RoutePolicy Open { get; } = new(needsToken: false);

    /// <summary>Whoever has the server's token.</summary>
    public static RoutePolicy Token { get; } = new(needsToken: true);

    public bool NeedsToken { get; }
}
