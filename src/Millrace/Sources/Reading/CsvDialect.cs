namespace Millrace.Sources.Reading;

/// <summary>How the fields of a text file are parted. RFC 4180 with another delimiter.</summary>
/// <param name="Delimiter">Between fields.</param>
/// <param name="Quote">Around a field that holds delimiters or lines; doubled within; 0 for none.</param>
readonly record struct CsvDialect(byte Delimiter, byte Quote)
{
    public static CsvDialect Comma => new((byte)',', (byte)'"');
}
