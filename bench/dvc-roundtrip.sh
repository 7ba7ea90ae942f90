#!/usr/bin/env bash
# Compares an export of ours with what a real DVC makes of it. DVC must be on the PATH.
#   bench/dvc-roundtrip.sh DIR     DIR is a folder of files, which is only read
set -euo pipefail

source=$(readlink -f -- "${1:?name a folder of files}")
command -v dvc >/dev/null || { echo "There is no 'dvc' on the PATH." >&2; exit 1; }
scratch=$(mktemp -d)
trap 'chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
name=$(basename -- "$source")

millrace init "$scratch/store" 2>/dev/null
echo "export"
time millrace dvc export "$source" --to "$scratch/ours" --as "$name" --workspace "$scratch/store"

mkdir "$scratch/theirs"
cp -r -- "$source" "$scratch/theirs/$name"
(cd "$scratch/theirs" && dvc init -q --no-scm && echo "dvc add" && time dvc add -q "$name")
diff "$scratch/ours/$name.dvc" "$scratch/theirs/$name.dvc"
diff <(cd "$scratch/ours/.dvc/cache/files/md5" && find . -type f | sort) \
    <(cd "$scratch/theirs/.dvc/cache/files/md5" && find . -type f | sort)
echo "The .dvc file and the names of the cache are the same."

(cd "$scratch/ours" && echo "dvc checkout of our export" && time dvc checkout -q)
diff -r -- "$source" "$scratch/ours/$name"
echo "What DVC checked out is what went in."

echo "import of what DVC added"
time millrace dvc import "$scratch/theirs" --name theirs --workspace "$scratch/store"
millrace dvc export "theirs:$name" --to "$scratch/back" --as "$name" --workspace "$scratch/store" >/dev/null
diff "$scratch/back/$name.dvc" "$scratch/theirs/$name.dvc"
echo "It comes back under the same name."
