#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The gate may die and may be hostile. An aborting gate under load costs a
# reconnect and nothing else. A gate that drops, reorders, replays, flips
# bits, swaps doors and forges frames (test build, INFOHUS_EVIL) delays
# messages at most: whatever was told stays true, nobody is someone else and
# nothing is rewritten. The oracle says so.
. "$(dirname "$0")/federation.sh"

MESSAGES=${LONG:+300}
MESSAGES=${MESSAGES:-30}

fed_usual gate
fed_start
fed_stop

police=$(fed_home politi/1470 agent)
kommune=$(fed_home kommune/0101 agent)
sender=$(fed_home kommune/0101/jobcenter cli)
mkdir -p "$fed/police" "$fed/kommune" "$fed/drafts"

drafts() {
	rm -f "$fed"/drafts/*
	for n in $(seq "$MESSAGES"); do
		fed_concern "Fiktiv $1 $n" >"$fed/drafts/$n.json"
	done
}

receivers() {
	"$infohus" receive --home "$police" --follow --dir "$fed/police" \
	    >/dev/null 2>>"$fed/receive.log" &
	r1=$!
	"$infohus" receive --home "$kommune" --follow --dir "$fed/kommune" \
	    >/dev/null 2>>"$fed/receive.log" &
	r2=$!
	fed_started+=("$r1" "$r2")
}

end_receivers() {
	kill -TERM "$r1" "$r2" 2>/dev/null
	wait "$r1" "$r2" 2>/dev/null
}

# --- the gate aborts, five times, while messages flow
fed_run "$TEST_BIN"
receivers
drafts abort
"$infohus" send --home "$sender" --wait recorded --timeout 60 \
    "$fed"/drafts/*.json >"$fed/out" 2>&1 &
s=$!
for _ in 1 2 3 4 5; do
	sleep 0.4
	fed_kill_gate
	fed_wait 10 fed_up || no 'the daemon does not come back'
done
wait "$s" || {
	tail -n 5 "$fed/out"
	no 'messages were lost with the gate'
}
end_receivers
fed_stop
ok 'an aborting gate cost reconnects only'

# --- each way of being hostile
for evil in drop reorder replay flip swap forge \
    drop,reorder,replay,flip,swap,forge; do
	drafts "$evil"
	export INFOHUS_EVIL=$evil,every=8
	fed_run "$TEST_BIN"
	receivers
	timeout 8 "$infohus" send --home "$sender" --wait recorded \
	    --timeout 7 "$fed"/drafts/*.json >"$fed/out" 2>&1
	end_receivers
	unset INFOHUS_EVIL
	fed_stop
	# Honest again: what was on its way arrives.
	fed_run "$TEST_BIN"
	"$infohus" send --home "$sender" --wait recorded --timeout 60 \
	    --outbox >"$fed/out" 2>&1 || {
		tail -n 5 "$fed/out"
		no "$evil: what was sent must be recorded at last"
	}
	fed_stop
done

fed_run "$TEST_BIN"
receivers
waiting() {
	[ "$(fed_status waiting_ordinary)" = 0 ]
}
fed_wait 30 waiting || no 'not everything was delivered'
end_receivers
# One message at a time is signed and sent: what was signed must arrive.
sum=$(find "$sender/state/sent" -name '*.receipt' | wc -l)
[ "$sum" -gt "$MESSAGES" ] || no "only $sum messages were ever recorded"
[ -z "$(find "$sender/state/outbox" "$sender/state/refused" -type f)" ] ||
    no 'a hostile gate kept or refused a message for good'
for who in police kommune; do
	n=$(find "$fed/$who" -name '*.json' | wc -l)
	[ "$n" = "$sum" ] && ok "$who hold all $sum messages" ||
	    no "$who hold $n messages, expected $sum"
done
fed_snapshot "$fed/snapshot"
"$BUILD/tests/oracle" "$fed/snapshot" --seat "$sender" --seat "$police" \
    --seat "$kommune" --inbox politi/1470 "$fed/police" \
    --inbox kommune/0101 "$fed/kommune" || no 'the oracle found faults'
