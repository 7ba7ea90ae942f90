using Millrace.Sources.Reading;

namespace Millrace.Sources.Loading;

/// <summary>A record has a value that the types found so far can't hold: all records must be looked at.</summary>
sealed class MisfitException(BadRecord fault) : Exception($"{fault.Column}: {fault.Reason}");
