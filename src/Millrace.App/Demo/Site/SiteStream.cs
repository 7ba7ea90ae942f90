namespace Millrace.App.Demo.Site;

/// <summary>The independent streams of chance of a site; a stream that draws more does not shift another.</summary>
enum SiteStream
{
    Appeal = 1,
    User = 2,
    Activity = 3,
    Login = 4,
    Post = 5,
    Crop = 6,
    Words = 7,
    Audience = 8,
    EventId = 9,
    Delivery = 10,
    BadLine = 11,
}
