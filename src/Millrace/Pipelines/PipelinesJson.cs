using System.Text.Json.Serialization;
using Millrace.Tables.Checks;

namespace Millrace.Pipelines;

/// <summary>JSON of the room's records, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WorkerRequest))]
[JsonSerializable(typeof(WorkerReply))]
[JsonSerializable(typeof(CheckRule))]
[JsonSerializable(typeof(StagedResult))]
[JsonSerializable(typeof(TaskResultFact))]
[JsonSerializable(typeof(SortedDictionary<string, string>))]
[JsonSerializable(typeof(List<string>))]
sealed partial class PipelinesJson : JsonSerializerContext;
