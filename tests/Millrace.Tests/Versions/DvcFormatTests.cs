using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CsCheck;
using Millrace.Versions;
using Millrace.Versions.Dvc;

namespace Millrace.Tests.VersionsRoom;

public sealed class DvcFormatTests
{
    const string Folder =
        """
        outs:
        - md5: 12f4b7d54a32e58818e27fba28376fba.dir
          size: 6
          nfiles: 3
          hash: md5
          path: data

        """;

    static readonly string[] Digits =
        ["b026324c6904b2a9cb4b88d6d61c81d1", "26ab0db90d72e28ad0ba1e22ee510510", "6d7fce9fee471194aa8b5b6e47267f03"];

    [Fact]
    public void Another_content_leaves_comments_and_what_is_not_known_where_they_are()
    {
        var digest = new DvcDigest(DvcDigest.Md5, "12f4b7d54a32e58818e27fba28376fba", true);
        const string Before =
            """
            # ours
            desc: all photos  # of 2026
            meta:
              owner: ann   # ask her
              x-tool: {a: 1}
            outs:
              # the raw ones
            - md5: b026324c6904b2a9cb4b88d6d61c81d1  # as delivered
              size: 2
              isexec: true
              # where it is
              path: 'data'
              labels:   # for search
              - raw
              x-unknown: 3
            - md5: 26ab0db90d72e28ad0ba1e22ee510510
              size: 2
              path: other   # stays

            """;
        const string After =
            """
            # ours
            desc: all photos  # of 2026
            meta:
              owner: ann   # ask her
              x-tool: {a: 1}
            outs:
              # the raw ones
            - md5: 12f4b7d54a32e58818e27fba28376fba.dir  # as delivered
              nfiles: 3
              hash: md5
              size: 9
              # where it is
              path: 'data'
              labels:   # for search
              - raw
              x-unknown: 3
            - md5: 26ab0db90d72e28ad0ba1e22ee510510
              size: 2
              path: other   # stays

            """;

        Assert.Equal(After, DvcFileEdit.Apply(
            Before, DvcFile.Parse(Before, "data.dvc"), DvcOut.Create(digest, 9, 3, false, "data"), "data.dvc"));
    }

    [Theory]
    [InlineData("outs: [{md5: b026324c6904b2a9cb4b88d6d61c81d1, path: data}] # in braces\n")]
    [InlineData("outs:\n- etag: x # first\n  path: data\n")]
    [InlineData("outs:\n- md5: &a 'b026324c6904b2a9cb4b88d6d61c81d1' # anchor\n  etag: *a\n  path: data\n")]
    [InlineData("outs:\n- path: data\n  md5:\n    b026324c6904b2a9cb4b88d6d61c81d1 # below\n")]
    public void What_cannot_be_edited_by_lines_is_written_anew_and_right(string before)
    {
        var digest = new DvcDigest(DvcDigest.Md5, "12f4b7d54a32e58818e27fba28376fba", false);

        var after = DvcFile.Parse(
            DvcFileEdit.Apply(
                before, DvcFile.Parse(before, "data.dvc"), DvcOut.Create(digest, 9, null, false, "data"), "data.dvc"),
            "data.dvc");

        Assert.Equal((digest, 9, "data"), (after.Outs[0].Digest, after.Outs[0].SizeBytes, after.Outs[0].Path));
        Assert.Null(after.Outs[0].Map["etag"]);
    }

    [Fact]
    public void The_manifest_of_three_files_has_the_name_that_dvc_gives_it()
    {
        var manifest = new DvcDirManifest(
            [.. Digits.Select((md5, i) => new DvcDirEntry($"{i + 1}", new DvcDigest("md5", md5, false)))]);

        var bytes = manifest.ToBytes();

        Assert.StartsWith(
            """[{"md5": "b026324c6904b2a9cb4b88d6d61c81d1", "relpath": "1"}, {"md5": "26ab""",
            Encoding.ASCII.GetString(bytes));
        Assert.Equal("12f4b7d54a32e58818e27fba28376fba.dir", DvcDirManifest.NameOf(bytes).ToString());
    }

    [Fact]
    public async Task A_manifest_is_what_pythons_json_writes()
    {
        var names = Gen.String[Gen.Char["ab/é\"\\\t\n\u007f\u0085\u2028\uffee"], 1, 12].Array[1, 30].Single()
            .Append("\U0001F600").Append("\uFFEE!").Append("日本/語").Distinct()
            .Where(name => name.Split('/').All(part => part is not ("" or "." or ".."))).ToList();
        var ordered = names.Order(Utf8Order.Instance).ToList();
        const string program =
            """
            import json, sys
            names = json.load(sys.stdin)
            text = json.dumps([{"md5": "0" * 32, "relpath": n} for n in sorted(names)], sort_keys=True)
            sys.stdout.write(text)
            """;

        var expected = await Git.Program.RunAsync(
            "python3", "/", ["-c", program], JsonSerializer.Serialize(names));

        var bytes = new DvcDirManifest(
            [.. ordered.Select(name => new DvcDirEntry(name, new DvcDigest("md5", new string('0', 32), false)))])
            .ToBytes();
        Assert.Equal(expected, Encoding.ASCII.GetString(bytes));
        Assert.Equal(
            ordered,
            DvcDirManifest.Parse(bytes, DvcDirManifest.NameOf(bytes)).Entries.Select(entry => entry.Path));
    }

    [Theory]
    [InlineData("""[{"md5": "x", "relpath": "a"}]""", "dvc-manifest-invalid")]
    [InlineData("""[{"md5": "b026324c6904b2a9cb4b88d6d61c81d1", "relpath": "../a"}]""", "dvc-path-outside")]
    [InlineData("""[{"md5": "b026324c6904b2a9cb4b88d6d61c81d1", "relpath": "/a"}]""", "dvc-path-outside")]
    [InlineData("""[{"md5": "b026324c6904b2a9cb4b88d6d61c81d1", "relpath": "a\u0000"}]""", "dvc-path-outside")]
    [InlineData("""[{"md5": "b026324c6904b2a9cb4b88d6d61c81d1", "relpath": ".git/hooks/x"}]""", "dvc-path-outside")]
    [InlineData("""[{"md5": "b026324c6904b2a9cb4b88d6d61c81d1", "relpath": "\ud800"}]""", "dvc-manifest-invalid")]
    [InlineData("""[{"relpath": "a"}]""", "dvc-manifest-invalid")]
    [InlineData("""{"relpath": "a"}""", "dvc-manifest-invalid")]
    [InlineData("[[[[[[[[[[[[[[[[", "dvc-manifest-invalid")]
    [InlineData("", "dvc-manifest-invalid")]
    public void A_hostile_manifest_is_refused(string json, string code) => Assert.Equal(
        code,
        Assert.Throws<MillraceException>(() => DvcDirManifest.Parse(
            Encoding.UTF8.GetBytes(json), new DvcDigest("md5", new string('a', 32), true))).Code);

    [Fact]
    public void A_dvc_file_is_written_as_dvc_writes_it()
    {
        Assert.True(DvcDigest.TryParse("12f4b7d54a32e58818e27fba28376fba.dir", "md5", out var digest));

        Assert.Equal(Folder, DvcFile.Of(DvcOut.Create(digest, 6, 3, false, "data")).ToText());
        Assert.Equal(Folder, DvcFile.Parse(Folder, "data.dvc").ToText());
    }

    [Theory]
    [InlineData("12345678901234567890123456789012", "'12345678901234567890123456789012'")]
    [InlineData("1234567890e123456789012345678901", "'1234567890e123456789012345678901'")]
    [InlineData("b026324c6904b2a9cb4b88d6d61c81d1", "b026324c6904b2a9cb4b88d6d61c81d1")]
    public void A_digest_that_looks_like_a_number_is_quoted(string md5, string written)
    {
        Assert.True(DvcDigest.TryParse(md5, "md5", out var digest));

        var text = DvcFile.Of(DvcOut.Create(digest, 1, null, true, "x")).ToText();

        Assert.Equal($"outs:\n- md5: {written}\n  size: 1\n  isexec: true\n  hash: md5\n  path: x\n", text);
        Assert.Equal(digest, DvcFile.Parse(text, "x.dvc").Outs[0].Digest);
    }

    [Fact]
    public void Any_path_comes_back_as_it_was() => Gen
        .String[Gen.Char["ab 1:#-?'\"\\{}[],&*!|>%@`.~=é\u2028\t日"], 1, 120]
        .Where(path => path.Trim().Length > 0).Sample(path =>
        {
            Assert.True(DvcDigest.TryParse(Digits[0], "md5", out var digest));

            var text = DvcFile.Of(DvcOut.Create(digest, 1, null, false, path)).ToText();

            Assert.Equal(path, DvcFile.Parse(text, "x.dvc").Outs[0].Path);
        });

    [Fact]
    public void What_is_not_known_stays_when_the_content_changes()
    {
        const string text =
            """
            md5: 0123456789abcdef0123456789abcdef
            wdir: sub
            deps:
            - path: s3://bucket/data
              etag: abc
            frozen: true
            outs:
            - md5: b026324c6904b2a9cb4b88d6d61c81d1
              size: 2
              hash: md5
              path: data
              desc: of old
              remote: other
            meta:
              owner:
              - a
              - b: 1
            later: true

            """;
        Assert.True(DvcDigest.TryParse(Digits[1], "md5", out var digest));

        var file = DvcFile.Parse(text, "data.dvc");

        Assert.Equal(text, file.ToText());
        Assert.True(file.IsFrozen);
        Assert.Equal(
            text.Replace(Digits[0], Digits[1]).Replace("size: 2", "size: 9"),
            file.With(DvcOut.Create(digest, 9, null, false, "data")).ToText());
    }

    [Theory]
    [InlineData("outs:\n- md5: b026\n  path: a\n")]
    [InlineData("outs:\n- size: 1\n")]
    [InlineData("outs: 7\n")]
    [InlineData("- a\n")]
    [InlineData("outs:\n- path: a\n  path: b\n")]
    [InlineData("a: &a [1]\n<: *b\n")]
    [InlineData("nothing: 1\n")]
    [InlineData("outs:\n- path: a\n  size: many\n")]
    [InlineData("outs:\n- md5: b026324c6904b2a9cb4b88d6d61c81d1\n  hash: crc32\n  path: a\n")]
    [InlineData("outs: [\n")]
    [InlineData("---\na: 1\n---\nb: 2\n")]
    public void A_broken_file_is_refused(string text) =>
        Assert.Equal("dvc-file-invalid", Assert.Throws<MillraceException>(() => DvcFile.Parse(text, "a.dvc")).Code);

    [Fact]
    public void Aliases_of_aliases_are_counted()
    {
        var text = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var i = 1; i < 10; i++)
            text.Append($"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n");

        var refusal = Assert.Throws<MillraceException>(() => DvcFile.Parse(text.ToString(), "a.dvc"));

        Assert.Equal("dvc-file-invalid", refusal.Code);
        Assert.Contains("values", refusal.Message);
    }

    [Fact]
    public void A_deep_file_is_refused() => Assert.Equal(
        "dvc-file-invalid",
        Assert.Throws<MillraceException>(
            () => DvcFile.Parse("outs: " + new string('[', 100_000), "a.dvc")).Code);

    [Theory]
    [InlineData("sub", "../a", "a")]
    [InlineData("", "./a//b", "a/b")]
    [InlineData("", "../a", null)]
    [InlineData("", "/etc/passwd", null)]
    [InlineData("", "s3://b/k", null)]
    [InlineData("", "a\0b", null)]
    [InlineData("", ".git/config", null)]
    [InlineData("", ".DVC/x", null)]
    public void A_path_stays_in_the_project(string folder, string path, string? expected)
    {
        if (expected is null)
        {
            Assert.Equal(
                "dvc-path-outside",
                Assert.Throws<MillraceException>(() => DvcPath.Resolve(folder, path, "x")).Code);
        }
        else
        {
            Assert.Equal(expected, DvcPath.Resolve(folder, path, "x"));
        }
    }

    [Fact]
    public void The_older_rule_turns_the_ends_of_lines_in_text_only()
    {
        var binary = "a\r\n\0"u8.ToArray();
        var large = new byte[(1 << 20) + 1];
        Array.Fill(large, (byte)'a');
        // A pair that two blocks part stays.
        (large[^2], large[^1], large[10], large[11]) = ((byte)'\r', (byte)'\n', (byte)'\r', (byte)'\n');
        var turned = large.ToList();
        turned.RemoveAt(10);

        Assert.Equal(Md5("a\nb\n"u8), Hash("md5-dos2unix", "a\r\nb\r\n"u8.ToArray()));
        Assert.Equal(Md5("a\r\nb\r\n"u8), Hash("md5", "a\r\nb\r\n"u8.ToArray()));
        Assert.Equal(Md5(binary), Hash("md5-dos2unix", binary));
        Assert.Equal(Md5([.. turned]), Hash("md5-dos2unix", large));
        Assert.Equal(Md5([]), Hash("md5-dos2unix", []));
    }

    [Fact]
    public void The_local_configuration_stands_over_the_shared_one()
    {
        var config = DvcConfig.Parse(
            ("config", "[core]\n    remote = store # the usual\n['remote \"store\"']\n    url = ../store\n"
                + "[cache]\n    type = \"reflink,copy\"\n"),
            ("config.local", "['remote \"store\"']\n    URL = /mnt/store\n[cache]\ndir = '/big/cache'\n"));

        Assert.Equal("store", config.DefaultRemote);
        Assert.Equal("/mnt/store", config.Remotes["store"]["url"]);
        Assert.Equal("/big/cache", config.CacheFolder);
        Assert.Equal(["reflink", "copy"], config.CacheTypes);
    }

    [Theory]
    [InlineData("a = 1\n")]
    [InlineData("[core]\nnothing\n")]
    [InlineData("[[core]]\n")]
    [InlineData("[core]\na = '''x\n")]
    [InlineData("[core]\na = 'x\n")]
    public void A_broken_configuration_is_refused(string text) =>
        Assert.Equal("dvc-config-invalid", Assert.Throws<MillraceException>(() => DvcConfig.Parse(("c", text))).Code);

    [Fact]
    public void Stages_of_a_foreach_and_of_a_matrix_are_told_by_name()
    {
        var yaml = DvcYaml.Parse(
            """
            vars:
            - models: [x, y]
            stages:
              one:
                cmd: a
                deps: [in]
                outs: [out, {other: {cache: false}}]
                params: [lr, {p.yaml: [q]}]
              each:
                foreach: ${models}
                do:
                  cmd: b ${item}
              grid:
                matrix:
                  m: ${models}
                  n: [1, {k: 2}]
                cmd: [c, d]
            """, "dvc.yaml");

        Assert.Equal(
            ["one", "each@x", "each@y", "grid@x-1", "grid@x-n1", "grid@y-1", "grid@y-n1"],
            yaml.Stages.Select(stage => stage.Name));
        Assert.Equal(["out", "other"], yaml.Stages[0].Outs);
        Assert.Equal(["lr", "p.yaml"], yaml.Stages[0].Parameters);
        Assert.Equal(["c", "d"], yaml.Stages[^1].Commands);
    }

    [Fact]
    public void A_matrix_without_end_is_refused()
    {
        var text = new StringBuilder("stages:\n  s:\n    cmd: c\n    matrix:\n");
        for (var i = 0; i < 10; i++)
            text.Append($"      a{i}: [{string.Join(',', Enumerable.Range(0, 10))}]\n");

        Assert.Equal(
            "dvc-file-invalid", Assert.Throws<MillraceException>(() => DvcYaml.Parse(text.ToString(), "y")).Code);
    }

    [Fact]
    public void A_lock_says_what_each_stage_read_and_wrote()
    {
        var locked = DvcLock.Parse(
            $"""
            schema: '2.0'
            stages:
              train@a:
                cmd: python train.py
                deps:
                - path: in
                  hash: md5
                  md5: {Digits[0]}
                  size: 2
                params:
                  params.yaml:
                    lr: 0.1
                outs:
                - path: model
                  md5: {Digits[1]}
                  size: 2
            """, "dvc.lock");

        var stage = Assert.Single(locked.Stages);
        Assert.Equal("md5", stage.Dependencies[0].Digest!.Value.Algorithm);
        Assert.Equal("md5-dos2unix", stage.Outs[0].Digest!.Value.Algorithm);
        Assert.Equal("26/ab0db90d72e28ad0ba1e22ee510510", stage.Outs[0].Digest!.Value.Key);
        Assert.Equal("0.1", stage.Parameters["params.yaml"]!.AsMap!["lr"]!.AsText);
    }

    static string Hash(string algorithm, byte[] bytes)
    {
        using var hasher = new DvcHasher(algorithm);
        for (var i = 0; i < bytes.Length; i += 1000)
            hasher.Append(bytes.AsSpan(i, Math.Min(1000, bytes.Length - i)));
        return hasher.Complete();
    }

    static string Md5(ReadOnlySpan<byte> bytes)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        md5.AppendData(bytes);
        return Convert.ToHexStringLower(md5.GetHashAndReset());
    }
}
