#!/usr/bin/env bash
# Reads the golden tables of the Delta project and compares their rows with what is expected of them.
#   bench/delta-golden.sh DIR     DIR is a checkout of https://github.com/delta-io/delta-kernel-rs, which keeps the
#                                 golden tables of delta-io/delta with their expected rows, or a folder of its unpacked cases
# Prints a table and writes bench/results/delta-golden.md; the exit code is 1 when a table is read wrong.
set -euo pipefail

source=$(readlink -f -- "${1:?name a checkout with golden tables}")
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cases=$source
revision="a folder of cases"
if [[ -d $source/kernel/tests/golden_data ]]; then
    command -v zstd >/dev/null || { echo "There is no 'zstd' on the PATH." >&2; exit 1; }
    revision="delta-kernel-rs $(git -C "$source" rev-parse --short=10 HEAD 2>/dev/null || echo "without a revision")"
    cases=$scratch
    for archive in "$source"/kernel/tests/golden_data/*.tar.zst; do
        tar --zstd -xf "$archive" -C "$scratch" 2>/dev/null || {
            echo "'${archive##*/}' is damaged and left out." >&2
            rm -rf "${scratch:?}/$(basename "$archive" .tar.zst)"
        }
    done
fi

dotnet build bench/Millrace.Benchmarks -c Release -v q --nologo >&2
dotnet bench/Millrace.Benchmarks/bin/Release/net10.0/linux-x64/Millrace.Benchmarks.dll \
    delta-golden "$cases" "$revision" bench/results/delta-golden.md
