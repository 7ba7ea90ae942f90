namespace Millrace.App.Demo.Site;

/// <summary>A row of <c>users</c>, with what only the simulation knows.</summary>
/// <param name="UserId">From 1, in no order of joining.</param>
/// <param name="Name">A made-up name; two users may share one.</param>
/// <param name="JoinedUnixMs">When the user joined.</param>
/// <param name="HomeTown">Where most of the user's photos are said to be taken.</param>
/// <param name="Standing">How well known the user is: mean 0, standard deviation 1. Shown nowhere.</param>
sealed record SiteUser(int UserId, string Name, long JoinedUnixMs, string HomeTown, double Standing);
