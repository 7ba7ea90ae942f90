using System.Globalization;

namespace Millrace.App.Demo.Site;

/// <summary>A row of <c>photos</c>, with the crop its file shows.</summary>
/// <param name="PhotoId">From 1, in order of posting.</param>
/// <param name="UserId">The author.</param>
/// <param name="Title">Made from the photograph's own title.</param>
/// <param name="Location">A town; null when the author gave none.</param>
/// <param name="PostedUnixMs">When it was posted.</param>
/// <param name="Crop">Which part of which photograph it is.</param>
sealed record SitePhoto(int PhotoId, int UserId, string Title, string? Location, long PostedUnixMs, PhotoCrop Crop)
{
    /// <summary>The name of its JPEG in <c>photos/</c>.</summary>
    public string FileName => PhotoId.ToString("D6", CultureInfo.InvariantCulture) + ".jpg";
}
