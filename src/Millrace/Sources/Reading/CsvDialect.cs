namespace Millrace.Sources.Reading;

/// <summary>How the fields of a text file are parted. RFC 4180 with another delimiter.</summary>
/// <param name="Delimiter">Between fields.</param>
/// <param name="Quote">Around a field that holds delimiters or lines; doubled within; 0 for none.</param>
/// <param name="LineEnd">Behind a record: a line feed, also one after a carriage return; or the latter alone, as old
/// Macs and some spreadsheet programs write it.</param>
readonly record struct CsvDialect(byte Delimiter, byte Quote, byte LineEnd = (byte)'\n')
{
    public static CsvDialect Comma => new((byte)',', (byte)'"');
}
