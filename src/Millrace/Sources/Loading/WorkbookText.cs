using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;

namespace Millrace.Sources.Loading;

/// <summary>How a workbook writes texts, columns and dates. ECMA-376, part 1, 18.</summary>
static partial class WorkbookText
{
    const double MostDays = 2_958_466;
    const double LeapFault = 60;

    /// <summary>The text of an element that may be parted into runs of different looks.</summary>
    public static string Read(XmlReader xml)
    {
        if (xml.IsEmptyElement)
        {
            return "";
        }

        var text = new StringBuilder();
        using var inner = xml.ReadSubtree();
        inner.Read();
        while (inner.Read())
        {
            if (inner.NodeType != XmlNodeType.Element)
            {
                continue;
            }

            if (inner.LocalName == "rPh")
            {
                // How it is spoken is not what it says.
                using var spoken = inner.ReadSubtree();
                while (spoken.Read())
                {
                }
            }
            else if (inner.LocalName == "t")
            {
                text.Append(inner.ReadElementContentAsString());
                Append(inner, text);
            }
        }

        return Unescape(text.ToString());
    }

    /// <summary>Characters that XML does not have stand as <c>_x0000_</c>.</summary>
    public static string Unescape(string text) => !text.Contains("_x", StringComparison.Ordinal) ? text
        : Escape().Replace(text, match => ((char)int.Parse(
            match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());

    /// <summary>The column of a reference such as <c>AB12</c>, from 0; null when there is none.</summary>
    public static int? Column(string? reference)
    {
        const int MostLetters = 4;
        var column = 0;
        var letters = 0;
        foreach (var letter in reference ?? "")
        {
            if (letter is < 'A' or > 'Z' || letters == MostLetters)
            {
                break;
            }

            column = (column * 26) + (letter - 'A' + 1);
            letters++;
        }

        return letters == 0 ? null : column - 1;
    }

    /// <summary>What a format shows.</summary>
    public static CellTime TimeStyle(int id, string? format)
    {
        if (format is null)
        {
            return id switch
            {
                >= 14 and <= 17 => CellTime.Date,
                >= 18 and <= 21 => CellTime.TimeOfDay,
                22 => CellTime.DateAndTime,
                _ => CellTime.None,
            };
        }

        var bare = Decoration().Replace(format, "");
        var isDate = bare.Contains('y', StringComparison.OrdinalIgnoreCase)
            || bare.Contains('d', StringComparison.OrdinalIgnoreCase);
        // Hours in brackets, which are those of a duration, are gone by now.
        return bare.Contains('h', StringComparison.OrdinalIgnoreCase)
            ? isDate ? CellTime.DateAndTime : CellTime.TimeOfDay
            : isDate ? CellTime.Date : CellTime.None;
    }

    /// <summary>The date that a number of days means, in ISO form; null when it means none.</summary>
    public static string? TryDate(string text, bool hasTime, bool is1904)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var days)
            || !(days >= 0 && days < MostDays))
        {
            return null;
        }

        // 1900 counts as a leap year there, so that days before March of that year are off by one.
        var origin = is1904 ? new DateTime(1904, 1, 1) : new DateTime(1899, 12, days < LeapFault ? 31 : 30);
        var time = origin.AddMilliseconds(Math.Round(days * TimeSpan.MillisecondsPerDay));
        return !hasTime && time.TimeOfDay == TimeSpan.Zero
            ? time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF", CultureInfo.InvariantCulture);
    }

    /// <summary>The time of day that a part of a day means; null when it means none.</summary>
    public static string? TryTimeOfDay(string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var days)
            || !(days >= 0 && days < 1))
        {
            return null;
        }

        var time = TimeSpan.FromMilliseconds(
            Math.Min(Math.Round(days * TimeSpan.MillisecondsPerDay), TimeSpan.MillisecondsPerDay - 1));
        return time.ToString(
            time.Milliseconds == 0 ? "hh\\:mm\\:ss" : "hh\\:mm\\:ss\\.fff", CultureInfo.InvariantCulture);
    }

    // Reading an element's content leaves the reader on the next node, which the loop would pass over.
    static void Append(XmlReader inner, StringBuilder text)
    {
        while (inner.NodeType == XmlNodeType.Element && inner.LocalName == "t")
        {
            text.Append(inner.ReadElementContentAsString());
        }
    }

    [GeneratedRegex("_x([0-9A-Fa-f]{4})_")]
    private static partial Regex Escape();

    // Texts in quotes, colours and conditions in brackets, and characters that are meant as they are.
    [GeneratedRegex("\"[^\"]*\"|\\[[^\\]]*\\]|\\\\.|_.")]
    private static partial Regex Decoration();
}
