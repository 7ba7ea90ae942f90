#!/bin/sh
# Runs a checkout of ceph/s3-tests against 'millrace s3' and writes bench/results/s3-tests.md.
#   bench/s3-tests.sh DIR [PYTEST-ARGUMENT…]
# MILLRACE names a binary other than the one that ./millrace builds.
# PYTHON names an interpreter with boto3, pytest, munch, isodate, lxml, requests, PyYAML, pytz and httplib2;
# PYTHON_FOLDER is appended to its search path. PORT is the server's.
set -eu
suite=$(cd "${1:?usage: bench/s3-tests.sh DIR [PYTEST-ARGUMENT…]}" && pwd)
shift
root=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
port=${PORT:-19000}
scratch=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server" 2>/dev/null || true; rm -rf "$scratch"' EXIT

millrace=${MILLRACE:-$root/millrace}
"$millrace" init "$scratch/data" >/dev/null
cd "$scratch/data"
section() {
    secret=$(head -c 20 /dev/urandom | od -An -tx1 | tr -d ' \n')
    MILLRACE_SECRET="$secret" "$millrace" key create --name "$2" --access-key "$2" \
        --secret-key-env MILLRACE_SECRET --bucket "*" --grant "$3" \
        --account "$2" --display-name "$2" --email "$2@example.com" >/dev/null
    printf '[%s]\ndisplay_name = %s\nuser_id = %s\nemail = %s@example.com\n' "$1" "$2" "$2" "$2"
    printf 'access_key = %s\nsecret_key = %s\n' "$2" "$secret"
}
{
    printf '[DEFAULT]\nhost = localhost\nport = %s\nis_secure = False\nssl_verify = False\n' "$port"
    printf '[fixtures]\nbucket prefix = mr-{random}-\niam name prefix = mr-\niam path prefix = /mr/\n'
    section "s3 main" MAINMAINMAINMAIN0001 "${GRANT:-own}"
    printf 'api_name = default\n'
    section "s3 alt" ALTALTALTALTALTA0002 "${GRANT:-own}"
    section "s3 tenant" TENANTTENANTTENA0003 "${GRANT:-own}"
    printf 'tenant = testx\n'
    section "iam" IAMIAMIAMIAMIAMI0004 "${GRANT:-own}"
    section "iam root" IAMROOTIAMROOTIA0005 "${GRANT:-own}"
    section "iam alt root" IAMALTROOTIAMALT0006 "${GRANT:-own}"
} >"$scratch/s3tests.conf"
"$millrace" s3 --s3-port "$port" 2>"$scratch/server.log" &
server=$!
for _ in $(seq 100); do
    curl -s -o /dev/null "http://localhost:$port/" && break
    sleep 0.1
done

cd "$suite"
revision=$(git rev-parse --short HEAD 2>/dev/null || echo "${REVISION:-unknown}")
S3TEST_CONF="$scratch/s3tests.conf" "$python" -c '
import os, sys
if os.environ.get("PYTHON_FOLDER"):
    sys.path.append(os.environ["PYTHON_FOLDER"])
import pytest
sys.exit(pytest.main(sys.argv[1:]))
' -q -p no:cacheprovider --tb=${TRACEBACK:-no} --junitxml="$scratch/result.xml" s3tests/functional/test_s3.py \
    s3tests/functional/test_headers.py "$@" || true

"$python" - "$scratch/result.xml" "$revision" >"$root/bench/results/s3-tests.md" <<'REPORT'
import collections, re, sys
import xml.etree.ElementTree as tree

categories = ["post_object", "lifecycle", "logging", "encrypt", "sse", "policy", "acl", "object_lock", "versioning",
              "multipart", "copy", "cors", "tag", "checksum", "cksum", "if_match", "ifmatch", "ifnonmatch", "list",
              "public", "ownership", "attributes", "ranged", "bucket", "object"]
counts, failed = collections.OrderedDict(), []
for case in tree.parse(sys.argv[1]).getroot().iter("testcase"):
    name = case.get("name")
    category = next((c for c in categories if c in name), "other")
    kinds = {child.tag for child in case}
    outcome = "failed" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "passed"
    counts.setdefault(category, collections.Counter())[outcome] += 1
    if outcome == "failed":
        failed.append(name)
total = sum(counts.values(), collections.Counter())
print("# ceph/s3-tests\n")
print(f"Revision {sys.argv[2]}: {total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped.\n")
print("| category | passed | failed | skipped |\n| --- | --- | --- | --- |")
for category, count in sorted(counts.items()):
    print(f"| {category} | {count['passed']} | {count['failed']} | {count['skipped']} |")
print("\nFailed:\n")
for name in sorted(failed):
    print(f"* `{name}`")
REPORT
head -n 4 "$root/bench/results/s3-tests.md"
