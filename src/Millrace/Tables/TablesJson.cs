using System.Text.Json.Serialization;

namespace Millrace.Tables;

/// <summary>JSON of the room's records, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Publication))]
[JsonSerializable(typeof(List<string>))]
[JsonSerializable(typeof(List<RewrittenFile>))]
[JsonSerializable(typeof(Dictionary<string, string?>), TypeInfoPropertyName = "DictionaryStringString")]
[JsonSerializable(typeof(string?[][]), TypeInfoPropertyName = "StringArrayArray")]
sealed partial class TablesJson : JsonSerializerContext;
