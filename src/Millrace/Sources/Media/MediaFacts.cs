namespace Millrace.Sources.Media;

/// <summary>What a file's headers tell; null is what they do not tell.</summary>
sealed record MediaFacts
{
    /// <summary>The type by the first bytes, such as <c>image/jpeg</c>; the name is not looked at.</summary>
    public required string MediaType { get; init; }

    public int? Width { get; init; }

    public int? Height { get; init; }

    public double? DurationSeconds { get; init; }

    /// <summary>EXIF: when it was taken, in ISO form, in the camera's own zone unless it says one.</summary>
    public string? TakenAt { get; init; }

    /// <summary>EXIF: 1 to 8.</summary>
    public int? Orientation { get; init; }

    /// <summary>EXIF: make and model.</summary>
    public string? Camera { get; init; }

    /// <summary>EXIF: degrees, north is above zero.</summary>
    public double? Latitude { get; init; }

    /// <summary>EXIF: degrees, east is above zero.</summary>
    public double? Longitude { get; init; }

    /// <summary>Why the file is damaged, as the end of a sentence; null when nothing is known to be wrong.</summary>
    public string? Fault { get; init; }
}
