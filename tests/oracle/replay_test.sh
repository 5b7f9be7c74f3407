#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every replay scenario's log is judged too: by a second program, what core
# did in each of them was right. Where core has ended it is started again; a
# scenario whose last word is that it refuses to start leaves nothing to judge.
set -uo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(cd "$top" && cd "${BUILD:-build}" && pwd) || exit 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

no() {
	printf 'NOT OK: %s\n' "$*"
	bad=$((bad + 1))
}

mkdir "$work/scenarios"
runs=()
for file in "$top"/tests/replay/scenarios/*.scn; do
	name=$(basename "$file" .scn)
	! grep -v '^#' "$file" | tail -n 1 | grep -q '^START refused' ||
	    continue
	{
		cat "$file"
		printf 'IGNORE all\nFAULT none\nUP\nDUMP %s\n' "$work/$name"
	} >"$work/scenarios/$name.scn"
	runs+=("$name")
done
[ "${#runs[@]}" != 0 ] || no 'found no scenario'
cd "$top" || exit 3
"$BUILD/tests/scenario" "$work"/scenarios/*.scn >"$work/out" || {
	cat "$work/out"
	no 'a scenario fails, or leaves no log'
}

for name in "${runs[@]}"; do
	line="$work/$name/snapshot"
	[ ! -e "$work/$name/vkey" ] ||
	    line="$line --vkey $(<"$work/$name/vkey")"
	for home in "$work/$name"/home/*/*; do
		[ ! -d "$home" ] || line="$line --seat $home"
	done
	printf '%s\n' "$line"
done >"$work/batch"
mapfile -t said < <("$BUILD/tests/oracle" --batch <"$work/batch")
for i in "${!runs[@]}"; do
	case ${said[i]:-silent} in
	*' 0 faults') ;;
	*) no "${runs[i]}: ${said[i]:-silent}" ;;
	esac
done
[ "$bad" != 0 ] || printf 'ok: the oracle finds nothing in %d scenarios\n' \
    "${#runs[@]}"
[ "$bad" = 0 ]
