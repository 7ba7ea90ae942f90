using System.Text.Json.Serialization;

namespace Millrace;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(WorkspaceErasureIntent))]
sealed partial class WorkspaceJson : JsonSerializerContext;
