using System.Text.Json.Serialization;

namespace Millrace.Versions.Files;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(MergeState))]
[JsonSerializable(typeof(CheckoutJournal))]
sealed partial class VersionsJson : JsonSerializerContext;
