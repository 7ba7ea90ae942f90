using System.Globalization;

namespace Millrace.App.Demo.Site;

/// <summary>The made-up words of the site: names of users, titles, towns.</summary>
static class SiteWords
{
    const double ShareAtHome = 0.6;
    const double ShareElsewhere = 0.2;

    static readonly string[] FirstNames =
    [
        "Ada", "Amara", "Anselm", "Bao", "Beatriz", "Bilal", "Chidi", "Clara", "Dariusz", "Elif", "Emeka", "Farah",
        "Greta", "Hiro", "Ines", "Ivo", "Jana", "Jonas", "Kavya", "Kofi", "Leila", "Linnea", "Mateo", "Mei", "Nadia",
        "Noor", "Oskar", "Paloma", "Quentin", "Rania", "Ravi", "Saoirse", "Sven", "Tomas", "Uma", "Viktor", "Wanjiru",
        "Yara", "Yusuf", "Zofia",
    ];

    static readonly string[] LastNames =
    [
        "Adeyemi", "Almeida", "Andersson", "Banerjee", "Brandt", "Castillo", "Chen", "Dubois", "Eriksen", "Fischer",
        "Garcia", "Haddad", "Ito", "Jansen", "Kamau", "Kowalski", "Larsen", "Mancini", "Mensah", "Novak", "Okafor",
        "Papadakis", "Quinn", "Rossi", "Sato", "Silva", "Tanaka", "Urban", "Vargas", "Weber", "Yilmaz", "Zhang",
    ];

    static readonly string[] Towns =
    [
        "Accra", "Athens", "Bergen", "Bilbao", "Bogotá", "Bristol", "Cracow", "Dakar", "Dublin", "Ghent", "Graz",
        "Hanoi", "Izmir", "Kyoto", "Lagos", "Lima", "Lisbon", "Ljubljana", "Lyon", "Malmö", "Mumbai", "Nagasaki",
        "Nairobi", "Oaxaca", "Porto", "Riga", "Seoul", "Tartu", "Turin", "Valparaíso",
    ];

    static readonly string[] TitleForms =
    [
        "{0}", "{0}", "{0}, again", "{0} (detail)", "{0} at first light", "{0} in the evening", "{0}, second try",
        "Another look at {0}", "{0} no. {1}", "Closer: {0}", "{0} on a quiet day", "Untitled ({0})", "{0}, from memory",
        "{0} for {2}", "{0}, {3}", "Study of {0}, {1}", "{0} before the rain", "What is left of {0}",
    ];

    public static string ChooseName(SplitMix64 chance) => $"{Choose(chance, FirstNames)} {Choose(chance, LastNames)}";

    public static string ChooseTown(SplitMix64 chance) => Choose(chance, Towns);

    /// <summary>The title an author gives to a crop of the photograph with this title.</summary>
    public static string ChooseTitle(SplitMix64 chance, string photographTitle) =>
        string.Format(
            CultureInfo.InvariantCulture,
            Choose(chance, TitleForms),
            photographTitle,
            2 + chance.NextIndex(18),
            Choose(chance, FirstNames),
            Choose(chance, Towns));

    /// <summary>Where a photo is said to be taken: mostly the author's home town; null for one in five.</summary>
    public static string? ChooseLocation(SplitMix64 chance, string homeTown)
    {
        var draw = chance.NextDouble();
        var elsewhere = ChooseTown(chance);
        if (draw < ShareAtHome)
            return homeTown;
        return draw < ShareAtHome + ShareElsewhere ? elsewhere : null;
    }

    static string Choose(SplitMix64 chance, string[] words) => words[chance.NextIndex(words.Length)];
}
