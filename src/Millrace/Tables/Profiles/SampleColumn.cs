using Apache.Arrow;

namespace Millrace.Tables.Profiles;

/// <summary>A column's values in the rows that are looked at: numbers, or texts as numbers of words.</summary>
sealed class SampleColumn
{
    /// <summary>The code of a row without a text.</summary>
    public const int NoWord = -1;

    readonly List<string> _words = [];
    readonly List<int> _wordCounts = [];
    readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    readonly int _textCharacters;
    char[] _characters = [];
    int _count;

    /// <param name="column">The column.</param>
    /// <param name="capacity">How many rows are expected.</param>
    /// <param name="textCharacters">After how many characters texts are cut.</param>
    public SampleColumn(ProfiledColumn column, int capacity, int textCharacters)
    {
        Column = column;
        _textCharacters = textCharacters;
        Numbers = column.NumberSql is null ? [] : new double[capacity];
        Codes = column.Kind == ColumnKind.Text ? new int[capacity] : [];
        _lookup = _codes.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public ProfiledColumn Column { get; }

    /// <summary>The number of each row, of times in microseconds since 1970; NaN for none. Empty for columns of texts.
    /// </summary>
    public double[] Numbers { get; private set; }

    /// <summary>The word of each row; <see cref="NoWord"/> for none. Empty for other columns than those of texts.
    /// </summary>
    public int[] Codes { get; private set; }

    /// <summary>The texts that there are, each once, in the order in which they come; long ones are cut.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>How many rows have each of the words.</summary>
    public IReadOnlyList<int> WordCounts => _wordCounts;

    public bool IsText => Column.Kind == ColumnKind.Text;

    public bool HasNumbers => Numbers.Length > 0;

    /// <summary>The numbers that there are, rising; empty for none.</summary>
    public double[] Sorted { get; private set; } = [];

    /// <summary>Whether some of the words may be the beginnings of longer texts, of which they stand for several.
    /// </summary>
    public bool HasCutWords { get; private set; }

    /// <summary>Rows without a number.</summary>
    public long MissingCount { get; private set; }

    /// <summary>How many characters the texts have; null for none, and when some were cut.</summary>
    public LengthFigures? Lengths()
    {
        if (_words.Count == 0 || HasCutWords)
            return null;
        var (least, sum, greatest, rows) = (int.MaxValue, 0L, 0, 0L);
        for (var word = 0; word < _words.Count; word++)
        {
            var length = _words[word].EnumerateRunes().Count();
            least = Math.Min(least, length);
            greatest = Math.Max(greatest, length);
            sum += (long)length * _wordCounts[word];
            rows += _wordCounts[word];
        }

        return new LengthFigures(least, sum / (double)rows, greatest);
    }

    /// <summary>Whether a word may be the beginning of a longer text.</summary>
    public bool IsCut(string word) => word.Length >= _textCharacters;

    public void Append(IArrowArray array)
    {
        switch (array)
        {
            case DoubleArray numbers:
                Append(numbers);
                break;
            case StringArray texts:
                Append(texts);
                break;
            default:
                // A column of which only nulls are counted.
                _count += array.Length;
                break;
        }
    }

    /// <summary>Ends the loading.</summary>
    public void Seal()
    {
        if (HasNumbers)
        {
            Numbers = Numbers.Length == _count ? Numbers : Numbers[.._count];
            Sorted = System.Array.FindAll(Numbers, double.IsFinite);
            System.Array.Sort(Sorted);
        }

        if (IsText)
            Codes = Codes.Length == _count ? Codes : Codes[.._count];
    }

    void Append(DoubleArray numbers)
    {
        if (_count + numbers.Length > Numbers.Length)
            Numbers = Grown(Numbers, _count + numbers.Length);
        numbers.Values.CopyTo(Numbers.AsSpan(_count));
        if (numbers.NullCount > 0)
        {
            MissingCount += numbers.NullCount;
            for (var i = 0; i < numbers.Length; i++)
            {
                if (numbers.IsNull(i))
                    Numbers[_count + i] = double.NaN;
            }
        }

        _count += numbers.Length;
    }

    void Append(StringArray texts)
    {
        if (_count + texts.Length > Codes.Length)
            Codes = Grown(Codes, _count + texts.Length);
        for (var i = 0; i < texts.Length; i++)
            Codes[_count++] = texts.IsNull(i) ? NoWord : CodeOf(texts.GetBytes(i));
    }

    int CodeOf(ReadOnlySpan<byte> text)
    {
        if (_characters.Length < text.Length)
            _characters = new char[Math.Max(256, text.Length * 2)];
        var word = _characters.AsSpan(0, System.Text.Encoding.UTF8.GetChars(text, _characters));
        if (!_lookup.TryGetValue(word, out var code))
        {
            code = _words.Count;
            _words.Add(word.ToString());
            _wordCounts.Add(0);
            _codes.Add(_words[code], code);
            HasCutWords |= IsCut(_words[code]);
        }

        _wordCounts[code]++;
        return code;
    }

    static T[] Grown<T>(T[] array, int least)
    {
        System.Array.Resize(ref array, Math.Max(least, array.Length * 2));
        return array;
    }
}
