using System.Text.Json.Serialization;

namespace Millrace.Datasets;

/// <summary>JSON of the room's records, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(DatasetManifest))]
sealed partial class DatasetsJson : JsonSerializerContext;
