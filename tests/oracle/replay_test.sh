#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every replay scenario's log is judged too, and what its seats received: by a
# second program, what core did in each of them was right. Where core has ended it is started again; a
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
for file in "$top"/tests/{replay/scenarios/*,oracle/police-expired}.scn; do
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
	for inbox in "$work/$name"/inbox/*; do
		node=${inbox##*/}
		[ ! -d "$inbox" ] || line="$line --inbox ${node//_//} $inbox"
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

# Police are owed what was permitted to them, expired or not.
/usr/bin/python3 - "$work/police-expired/snapshot" <<'TXT'
import sys
import lmdb
with lmdb.open(sys.argv[1], max_dbs=16) as env:
    box = env.open_db(b"mailbox")
    with env.begin(write=True) as t:
        t.drop(box, delete=False)
TXT
lost=$("$BUILD/tests/oracle" "$work/police-expired/snapshot" 2>&1)
if [ "$(grep -c '^FAULT' <<<"$lost")" != 1 ] ||
    ! grep -q '^FAULT lost ' <<<"$lost"; then
	printf '%s\n' "$lost"
	no 'what waited for police was lost, expected one fault'
fi

[ "$bad" != 0 ] || printf 'ok: the oracle finds nothing in %d scenarios%s\n' \
    "${#runs[@]}" ", $(printf '%s\n' "${said[@]}" | awk '
	{ for (i = 2; i <= NF; i++) if ($i == "received,") n += $(i - 1) }
	END { print n + 0 }') messages received"
[ "$bad" = 0 ]
