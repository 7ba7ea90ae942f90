using Amazon.S3;
using Amazon.S3.Model;
using Millrace.SystemTests.Fixtures;

namespace Millrace.SystemTests;

/// <summary>Programs that people have, as they are, against the server.</summary>
public sealed class S3ClientTests(TestRun run)
{
    const int LargeSize = 20 << 20;

    [Fact]
    public async Task The_aws_command_line_copies_syncs_signs_and_removes()
    {
        await using var service = await S3Service.StartAsync(run);
        Fill(service);

        var printed = await service.ShellAsync(
            """
            aws() { /usr/bin/aws --endpoint-url "$S3" --no-cli-pager "$@"; }
            aws s3 mb s3://photos
            aws s3 sync source s3://photos/all --no-progress
            aws s3 sync s3://photos/all target --no-progress
            diff -r source target
            aws s3 cp source/large s3://photos/large --no-progress
            aws s3 cp s3://photos/large - | cmp - source/large
            aws s3 cp s3://photos/large s3://photos/again --no-progress
            aws s3api head-object --bucket photos --key large --query ETag
            curl -sf "$(aws s3 presign s3://photos/again)" | cmp - source/large
            aws s3api get-object --bucket photos --key large --range bytes=1000-1999 part > range.json
            cmp part <(tail -c +1001 source/large | head -c 1000)
            aws s3 rm s3://photos/all --recursive --quiet
            aws s3 ls s3://photos --recursive | awk '{print $4}'
            aws s3 rb s3://photos --force > removed.txt
            aws s3 ls
            """);

        // Larger than the client's limit for one part, so the ETag is that of an upload in parts.
        Assert.Contains("-3", printed, StringComparison.Ordinal);
        Assert.EndsWith("again\nlarge\n", WithoutVersionView(printed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tracked_versions_are_read_with_the_aws_command_line()
    {
        await using var service = await S3Service.StartAsync(run);
        Directory.CreateDirectory(Path.Join(service.Workspace, "data/deep"));
        await File.WriteAllTextAsync(
            Path.Join(service.Workspace, "data/deep/words"), "first", TestContext.Current.CancellationToken);
        (await service.Cli.RunAsync("add", "data")).Ended(0);
        (await service.Cli.RunAsync("commit", "-m", "first")).Ended(0);

        var printed = await service.ShellAsync(
            """
            aws() { /usr/bin/aws --endpoint-url "$S3" --no-cli-pager "$@"; }
            aws s3 ls s3://millrace/main/data/
            aws s3 cp s3://millrace/main/data/deep/words -
            aws s3 cp s3://millrace/main/data/deep/words s3://millrace/main/other 2> refused.txt && exit 1
            grep -c MethodNotAllowed refused.txt
            """);

        Assert.Contains("PRE deep/", printed, StringComparison.Ordinal);
        Assert.Contains("first", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S3cmd_puts_lists_gets_and_deletes()
    {
        await using var service = await S3Service.StartAsync(run);
        Fill(service);

        var printed = await service.ShellAsync(
            """
            s3() {
                /usr/bin/s3cmd --no-ssl --host "$S3_HOST" --host-bucket "$S3_HOST" --access_key "$AWS_ACCESS_KEY_ID" \
                    --secret_key "$AWS_SECRET_ACCESS_KEY" --no-progress --multipart-chunk-size-mb 5 "$@"
            }
            s3 mb s3://photos
            s3 put source/large s3://photos/large
            s3 put --recursive source/ s3://photos/all/
            s3 get s3://photos/large got
            cmp got source/large
            s3 sync s3://photos/all/ target/
            diff -r source target
            s3 cp s3://photos/large s3://photos/again
            s3 del s3://photos/large
            s3 del --recursive s3://photos/all/
            echo listed; s3 ls s3://photos
            """);

        Assert.Single(printed[printed.IndexOf("listed", StringComparison.Ordinal)..].Trim().Split('\n')[1..]);
        Assert.EndsWith("s3://photos/again", printed.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rclone_copies_checks_and_purges()
    {
        await using var service = await S3Service.StartAsync(run);
        Fill(service);

        var printed = await service.ShellAsync(
            """
            export RCLONE_CONFIG_HERE_TYPE=s3 RCLONE_CONFIG_HERE_PROVIDER=Other RCLONE_CONFIG_HERE_ENV_AUTH=true
            export RCLONE_CONFIG_HERE_ENDPOINT="$S3" RCLONE_CONFIG_HERE_REGION=us-east-1
            export RCLONE_S3_UPLOAD_CUTOFF=6M RCLONE_S3_CHUNK_SIZE=5M
            rclone mkdir here:photos
            rclone copy source here:photos/all
            rclone check source here:photos/all --download
            rclone copy here:photos/all target
            diff -r source target
            rclone moveto here:photos/all/large here:photos/all/moved
            rclone cat here:photos/all/moved | cmp - source/large
            rclone lsf here:photos/all --recursive --files-only | sort
            rclone purge here:photos
            rclone lsf here:
            """);

        Assert.Equal("deep/a b+c%\ndeep/ü\nempty\nmoved\n", WithoutVersionView(printed));
    }

    [Fact]
    public async Task Boto3_writes_reads_copies_versions_and_uploads_in_parts()
    {
        await using var service = await S3Service.StartAsync(run);
        Fill(service);

        var printed = await service.ShellAsync(
            """
            /usr/bin/python3 - <<'SCRIPT'
            import os, io, boto3, hashlib
            from boto3.s3.transfer import TransferConfig
            s3 = boto3.client("s3", endpoint_url=os.environ["S3"])
            s3.create_bucket(Bucket="photos")
            s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
            large = open("source/large", "rb").read()
            s3.upload_fileobj(io.BytesIO(large), "photos", "large",
                              Config=TransferConfig(multipart_threshold=6 << 20, multipart_chunksize=5 << 20),
                              ExtraArgs={"Metadata": {"who": "me"}, "ChecksumAlgorithm": "SHA256"})
            got = io.BytesIO()
            s3.download_fileobj("photos", "large", got)
            assert got.getvalue() == large
            assert s3.head_object(Bucket="photos", Key="large")["Metadata"] == {"who": "me"}
            first = s3.put_object(Bucket="photos", Key="k/ü +%", Body=b"one", ContentType="text/plain")
            s3.put_object(Bucket="photos", Key="k/ü +%", Body=b"two")
            old = s3.get_object(Bucket="photos", Key="k/ü +%", VersionId=first["VersionId"])
            assert old["Body"].read() == b"one" and old["ContentType"] == "text/plain"
            s3.copy_object(Bucket="photos", Key="copy", CopySource={"Bucket": "photos", "Key": "k/ü +%"})
            assert s3.get_object(Bucket="photos", Key="copy")["Body"].read() == b"two"
            page = s3.list_objects_v2(Bucket="photos", Prefix="k/", MaxKeys=1)
            assert [entry["Key"] for entry in page["Contents"]] == ["k/ü +%"]
            versions = s3.list_object_versions(Bucket="photos")["Versions"]
            s3.delete_objects(Bucket="photos", Delete={"Objects": [
                {"Key": v["Key"], "VersionId": v["VersionId"]} for v in versions]})
            s3.delete_bucket(Bucket="photos")
            print(len(versions), hashlib.md5(large).hexdigest())
            SCRIPT
            md5sum < source/large
            """);

        var md5 = printed.Split('\n')[1].Split(' ')[0];
        Assert.StartsWith($"4 {md5}\n", printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dotnet_sdk_streams_signed_chunks_checks_sums_and_writes_on_conditions()
    {
        await using var service = await S3Service.StartAsync(run);
        using var s3 = service.Client();
        var cancel = TestContext.Current.CancellationToken;
        var bytes = new byte[LargeSize];
        new Random(2).NextBytes(bytes);
        await s3.PutBucketAsync("photos", cancel);

        var put = await s3.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = "photos",
                Key = "large",
                InputStream = new MemoryStream(bytes),
                UseChunkEncoding = true,
                ChecksumAlgorithm = ChecksumAlgorithm.CRC64NVME,
            },
            cancel);
        using var got = await s3.GetObjectAsync(
            new GetObjectRequest { BucketName = "photos", Key = "large", ChecksumMode = ChecksumMode.ENABLED }, cancel);
        using var read = new MemoryStream();
        await got.ResponseStream.CopyToAsync(read, cancel);
        var twice = await Assert.ThrowsAsync<AmazonS3Exception>(() => s3.PutObjectAsync(
            new PutObjectRequest { BucketName = "photos", Key = "large", ContentBody = "x", IfNoneMatch = "*" },
            cancel));
        await s3.PutObjectAsync(
            new PutObjectRequest { BucketName = "photos", Key = "large", ContentBody = "y", IfMatch = put.ETag },
            cancel);
        var late = await Assert.ThrowsAsync<AmazonS3Exception>(() => s3.PutObjectAsync(
            new PutObjectRequest { BucketName = "photos", Key = "large", ContentBody = "z", IfMatch = put.ETag },
            cancel));

        Assert.Equal(bytes, read.ToArray());
        Assert.Equal(put.ChecksumCRC64NVME, got.ChecksumCRC64NVME);
        Assert.NotNull(put.ChecksumCRC64NVME);
        Assert.Equal("PreconditionFailed", twice.ErrorCode);
        Assert.Equal("PreconditionFailed", late.ErrorCode);
    }

    // The view of versions is a bucket that everybody with the right sees.
    static string WithoutVersionView(string printed) => string.Concat(
        printed.Split('\n').Where(line => !line.TrimEnd('/').EndsWith(" millrace") && line != "millrace/")
            .Where(line => !line.StartsWith("make_bucket", StringComparison.Ordinal)).Where(line => line.Length > 0)
            .Select(line => line + "\n"));

    static void Fill(S3Service service)
    {
        Directory.CreateDirectory(service["source/deep"]);
        var large = new byte[LargeSize];
        new Random(1).NextBytes(large);
        File.WriteAllBytes(service["source/large"], large);
        File.WriteAllBytes(service["source/empty"], []);
        File.WriteAllText(service["source/deep/a b+c%"], "odd");
        File.WriteAllText(service["source/deep/ü"], "letters");
    }
}
