using System.Text.Json.Serialization;

namespace Millrace.Tracking;

/// <summary>JSON of the room's records, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(RunFact))]
sealed partial class TrackingJson : JsonSerializerContext;
