using System.Text.Json.Serialization;

namespace Millrace.Versions.Files;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MergeState))]
[JsonSerializable(typeof(CheckoutJournal))]
[JsonSerializable(typeof(Urls.UrlImportRecord))]
sealed partial class VersionsJson : JsonSerializerContext;
