#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Half a corpus must not replace the seeds there are: none, one of a single
# test, one that lacks a kind. A whole one is thinned.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 3

dir=$(mktemp -d "${TMPDIR:-/tmp}/infohus-thin.XXXXXX") || exit 3
trap 'rm -rf "$dir"' EXIT
thin=${BUILD:-build}/tests/thin
kinds=$(tests/corpus/kinds.sh | wc -l)
bad=0

# thins STATUS TEXT CORPUS
thins() {
	local out got
	out=$("$thin" "$3" "$dir/seeds" 2>&1)
	got=$?
	if [ "$got" = "$1" ] && [[ $out == *"$2"* ]]; then
		printf 'ok: %s\n' "${3##*/}"
	else
		printf 'NOT OK: %s: exit %d, expected %d and "%s"\n%s\n' "$3" \
		    "$got" "$1" "$2" "$out"
		bad=1
	fi
}

mkdir -p "$dir/one" "$dir/but-one"
cp -r tests/corpus/seeds/card "$dir/one"
cp -r tests/corpus/seeds/* "$dir/but-one"
rm "$dir"/but-one/card/*

thins 1 "$kinds of $kinds kinds are missing" "$dir/none"
thins 1 "$((kinds - 1)) of $kinds kinds are missing" "$dir/one"
thins 1 "but-one/card: nothing of this kind is there" "$dir/but-one"
[ ! -e "$dir/seeds" ] || {
	echo 'NOT OK: seeds were written from half a corpus'
	bad=1
}
thins 0 'inputs' tests/corpus/seeds
[ -s "$dir/seeds/answers" ] || {
	echo 'NOT OK: a whole corpus gave no seeds'
	bad=1
}
exit "$bad"
