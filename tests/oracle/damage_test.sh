#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the oracle finds when a ledger or the notes of a seat were changed by
# hand, one place at a time (damage.py); what it says to wrong arguments; a
# batch.
. "$(dirname "$0")/../federation/fed.sh"
. "$(dirname "$0")/traffic.sh"

oracle=$BUILD/tests/oracle

# STATUS TEXT ARGUMENT…
says() {
	local want=$1 text=$2 out status=0
	shift 2
	out=$("$oracle" "$@" 2>&1) || status=$?
	if [ "$status" = "$want" ] && [[ $out == *"$text"* ]]; then
		ok "exit $status: $text"
	else
		printf '%s\n' "$out"
		no "oracle $*: exit $status, expected $want and \"$text\""
	fi
}

traffic_begin damage
traffic_reset
must fed start
traffic_plain
must fed stop

mapfile -t words < <(traffic_arguments)
/usr/bin/python3 "$top/tests/oracle/damage.py" "${words[@]}" ||
    no 'damage was not found, or not as expected'

says 0 ' 0 faults' "${words[@]}"
says 0 'no vkey, 0 faults' "$fed/data"
says 2 'found no SNAPSHOT' --seat "$sender"
says 2 '--inbox: expected 2 more' "$fed/data" --inbox politi/1470
says 2 'found --seats, expected' "$fed/data" --seats
says 3 'cannot be judged' "$fed/nothing"

cp -r "$fed/data" "$fed/other"
printf '%s\n' "$fed/data" "$fed/other --seat $sender" "$fed/nothing" |
    "$oracle" --batch >"$fed/out"
status=$?
if [ "$status" = 3 ] && [ "$(wc -l <"$fed/out")" = 3 ] &&
    [ "$(grep -c ' 0 faults$' "$fed/out")" = 2 ]; then
	ok 'a batch judges each line, also after one that cannot be read'
else
	cat "$fed/out"
	no "a batch of three: exit $status, expected 3"
fi

# A data file that is cut off ends whoever reads it by a signal.
cp -r "$fed/data" "$fed/torn"
truncate -s 12288 "$fed/torn/data.mdb"
printf '%s\n' "$fed/torn" "$fed/data" | "$oracle" --batch >"$fed/out"
status=$?
if [ "$status" = 3 ] && sed -n 1p "$fed/out" | grep -q 'cannot be judged' &&
    sed -n 2p "$fed/out" | grep -q ' 0 faults$'; then
	ok 'a batch goes on after a torn file'
else
	cat "$fed/out"
	no "a torn file in a batch: exit $status, expected 3"
fi

# Quick enough for thousands of small ledgers: most of it is the first one.
yes "$fed/data" | head -n 200 >"$fed/batch"
start=${EPOCHREALTIME/[.,]/}
"$oracle" --batch <"$fed/batch" >"$fed/out" || no 'a batch of 200'
printf 'a ledger of %s takes %d us in a batch\n' \
    "$(sed -n '1s/^oracle: \([0-9]* entries\).*/\1/p' "$fed/out")" \
    $(((${EPOCHREALTIME/[.,]/} - start) / 200))
