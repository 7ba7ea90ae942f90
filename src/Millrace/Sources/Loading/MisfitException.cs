namespace Millrace.Sources.Loading;

/// <summary>A record has a value that the types found so far can't hold: all records must be looked at.</summary>
sealed class MisfitException(string fault) : Exception(fault);
