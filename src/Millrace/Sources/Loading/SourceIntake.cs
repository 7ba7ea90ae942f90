using Millrace.Sources.Reading;
using Millrace.Tables;

namespace Millrace.Sources.Loading;

/// <summary>Brings the sources of an ingest to this machine and finds out how each is written.</summary>
sealed class SourceIntake(
    IngestSettings settings, string temporary, IProgress<IngestProgress>? progress, List<string> notices)
{
    /// <summary>So many inputs that are held already are told one by one.</summary>
    const int MostNamed = 5;

    readonly FileIntake _intake = new(temporary, settings.Encoding, progress);

    public static bool IsTyped(InputFile file) => file.Format is SourceFormat.Parquet or SourceFormat.Arrow;

    /// <summary>The inputs that the table does not hold, and those that it does.</summary>
    public (List<InputFile> New, List<IngestedFile> Known) Take(
        TableHistory history, CancellationToken cancellationToken)
    {
        var files = new List<InputFile>();
        var known = new List<IngestedFile>();
        var same = new List<string>();
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Sources(cancellationToken))
        {
            var where = settings.IsRepeated ? null
                : taken.GetValueOrDefault(file.Hash) ?? (settings.Mode == TableMode.Overwrite
                    ? null : history.Inputs.GetValueOrDefault(file.Hash));
            file.Origin = file.Format = FormatGuess.Of(file, settings.Format);
            if (where is not null)
            {
                known.Add(new IngestedFile(file.Name, file.Hash, file.Format, file.SizeBytes, true, 0, 0, 0));
                same.Add($"'{file.Name}' has the same bytes as what {where} holds, so it is not added again."
                    + (history.ChangedBy.TryGetValue(file.Hash, out var change)
                        ? $" {change} deleted or changed rows since; '--again' adds it nevertheless." : ""));
                continue;
            }

            taken[file.Hash] = $"'{file.Name}'";
            files.Add(Prepare(file, cancellationToken));
        }

        notices.AddRange(same.Take(MostNamed));
        if (same.Count > MostNamed)
        {
            notices.Add($"{same.Count - MostNamed:N0} more files have the same bytes as others that are held already.");
        }

        CheckKinds(files);
        return (files, known);
    }

    /// <summary>Brings a file into a form that can be read in parts.</summary>
    InputFile Prepare(InputFile file, CancellationToken cancellationToken)
    {
        switch (file.Format)
        {
            case SourceFormat.CommonLog or SourceFormat.CombinedLog or SourceFormat.Regex:
                file.Names = LogPattern.Of(file.Format, settings.Pattern).Columns;
                return file;
            case SourceFormat.Csv or SourceFormat.Tsv:
                if (CsvGuess.Apply(file, settings) is { } notice)
                {
                    notices.Add(notice);
                }

                return file;
            case SourceFormat.JsonLines when HasReturnsOnly(FormatGuess.Head(file)):
                // Objects one behind the other are read by that format, whatever stands between them.
                file.Format = SourceFormat.Json;
                return file;
            case SourceFormat.Excel:
                var lines = Path.Combine(temporary, $"sheet-{Guid.NewGuid():N}");
                var sheet = WorkbookReader.ToJsonLines(file, settings, lines, cancellationToken);
                notices.AddRange(sheet.Notices);
                var plain = new FileIntake(temporary, null, progress).Take(lines, file.Name, cancellationToken);
                return plain with
                {
                    Names = sheet.Names,
                    Hash = file.Hash,
                    SizeBytes = file.SizeBytes,
                    Format = SourceFormat.JsonLines,
                    Origin = SourceFormat.Excel,
                };
            default:
                return file;
        }
    }

    /// <summary>Whether lines end as old Macs wrote them.</summary>
    static bool HasReturnsOnly(ReadOnlySpan<byte> head) =>
        head.TrimEnd(" \r\t"u8).Contains((byte)'\r') && !head.Contains((byte)'\n');

    static void CheckKinds(IReadOnlyList<InputFile> files)
    {
        if (files.Any(IsTyped) && !files.All(IsTyped))
        {
            throw new MillraceException(
                ErrorKind.Invalid, "source-mixed",
                $"'{files.First(IsTyped).Name}' carries its types and '{files.First(file => !IsTyped(file)).Name}' "
                + "does not, so they can't be taken at once.",
                "Ingest the two kinds of files one after the other.");
        }
    }

    IEnumerable<InputFile> Sources(CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var source in settings.Sources)
        {
            if (source == "-")
            {
                using var input = new PatientStream(
                    settings.OpenInput ?? Console.OpenStandardInput, cancellationToken);
                yield return _intake.TakeAside(input, "-", 0, cancellationToken);
                continue;
            }

            if (source.StartsWith("s3://", StringComparison.OrdinalIgnoreCase))
            {
                foreach (var file in new ServiceSources(settings.Service).Take(source, _intake, cancellationToken))
                {
                    yield return file;
                }

                continue;
            }

            foreach (var full in SourceSearch.Files(source).Select(Path.GetFullPath).Where(seen.Add))
            {
                yield return _intake.Take(full, full, cancellationToken);
            }
        }
    }
}
