#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Two clients with one seat's key: the newest hello wins, and no offer is
# lost. The seat's home is copied, as a thief or a careless operator would.
. "$(dirname "$0")/federation.sh"

fed_usual seats
fed_start
sender=$(fed_home kommune/0101/jobcenter cli)
kommune=$(fed_home kommune/0101 agent)
first=$(fed_home politi/1470 agent)
mkdir -p "$fed/copy" "$fed/inbox" "$fed/drafts" "$fed/kommune"
cp "$(fed_dir politi/1470)"/node.* "$fed/copy/"
cp -r "$first" "$fed/copy/seat-agent"
fed_background "$infohus" receive --home "$kommune" --follow \
    --dir "$fed/kommune"

total=40
for n in $(seq "$total"); do
	fed_concern "Fiktiv $n" >"$fed/drafts/$n.json"
done
"$infohus" receive --home "$first" --follow --dir "$fed/inbox" \
    >"$fed/first.log" 2>&1 &
a=$!
fed_started+=("$a")
"$infohus" send --home "$sender" --wait recorded --timeout 60 \
    "$fed"/drafts/?.json "$fed"/drafts/1?.json >"$fed/out" 2>&1 ||
    no 'the first half was not recorded'
"$infohus" receive --home "$fed/copy/seat-agent" --follow \
    --dir "$fed/inbox" >"$fed/second.log" 2>&1 &
b=$!
fed_started+=("$b")
"$infohus" send --home "$sender" --wait recorded --timeout 60 \
    "$fed"/drafts/2?.json "$fed"/drafts/3?.json "$fed/drafts/40.json" \
    >"$fed/out" 2>&1 || no 'the second half was not recorded'
# Both go on knocking; the seat rests when they evict each other too often.
kill -TERM "$a"
wait "$a" 2>/dev/null
waiting() {
	[ "$(fed_status waiting_ordinary)" = 0 ]
}
if fed_wait 100 waiting; then
	ok 'everything was delivered'
else
	no "$(fed_status waiting_ordinary) messages still wait"
fi
kill -TERM "$b"
wait "$b" 2>/dev/null
for who in first second; do
	grep -q 'connected as politi/1470' "$fed/$who.log" &&
	    ok "the $who client was connected" ||
	    no "the $who client was never connected"
done
grep -q 'ended\|lost\|broke' "$fed/first.log" ||
    no 'the newest hello must end the older session'
n=$(find "$fed/inbox" -name '*.json' | wc -l)
[ "$n" = "$total" ] && ok "all $total messages are there, once" ||
    no "$n messages are there, expected $total"
fed_snapshot "$fed/snapshot"
"$BUILD/tests/oracle" "$fed/snapshot" --seat "$sender" --inbox politi/1470 "$fed/inbox" ||
    no 'the oracle found faults'
