#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every replay scenario's log is judged too: by a second program, what core
# did in each of them was right.
set -uo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=$(cd "$top" && cd "${BUILD:-build}" && pwd) || exit 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp -r "$top/tests/replay/scenarios" "$work/scenarios"
for file in "$work"/scenarios/*.scn; do
	name=$(basename "$file" .scn)
	printf 'IGNORE all\nDUMP %s\n' "$work/$name" >>"$file"
done
"$BUILD/tests/scenario" "$work"/scenarios/*.scn >"$work/out"

runs=()
for file in "$work"/scenarios/*.scn; do
	name=$(basename "$file" .scn)
	[ -e "$work/$name/vkey" ] || continue # it ends with core down
	line="$work/$name/snapshot --vkey $(<"$work/$name/vkey")"
	for home in "$work/$name"/home/*/*; do
		[ ! -d "$home" ] || line="$line --seat $home"
	done
	runs+=("$name")
	printf '%s\n' "$line"
done >"$work/batch"
mapfile -t said < <("$BUILD/tests/oracle" --batch <"$work/batch")

bad=0
for i in "${!runs[@]}"; do
	case ${said[i]:-silent} in
	*' 0 faults') ;;
	*)
		printf 'NOT OK: %s: %s\n' "${runs[i]}" "${said[i]:-silent}"
		bad=$((bad + 1))
		;;
	esac
done
all=("$work"/scenarios/*.scn)
if [ "${#runs[@]}" -lt $((${#all[@]} / 2)) ]; then
	cat "$work/out"
	printf 'NOT OK: only %d of %d scenarios left a log\n' "${#runs[@]}" \
	    "${#all[@]}"
	bad=$((bad + 1))
fi
[ "$bad" != 0 ] || printf 'ok: the oracle finds nothing in %d scenarios\n' \
    "${#runs[@]}"
exit "$((bad > 0))"
