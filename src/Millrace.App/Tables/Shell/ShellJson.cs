using System.Text.Json.Serialization;

namespace Millrace.App.Tables.Shell;

/// <summary>The JSON of the shell's files.</summary>
[JsonSerializable(typeof(string))]
sealed partial class ShellJson : JsonSerializerContext;
