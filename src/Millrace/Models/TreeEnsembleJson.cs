using System.Text.Json.Serialization;

namespace Millrace.Models;

/// <summary>Generated code that reads and writes tree ensembles without reflection, members in the order of the
/// record.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(TreeEnsemble))]
[JsonSerializable(typeof(TreeEnsembleHeader))]
sealed partial class TreeEnsembleJson : JsonSerializerContext;
