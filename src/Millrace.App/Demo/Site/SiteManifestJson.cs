using System.Text.Json.Serialization;

namespace Millrace.App.Demo.Site;

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(SiteManifest))]
sealed partial class SiteManifestJson : JsonSerializerContext;
