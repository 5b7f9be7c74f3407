#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The gate may die and may be hostile. An aborting gate under load costs a
# reconnect and nothing else. A gate that drops, reorders, replays, flips
# bits, swaps doors and forges frames (test build, INFOHUS_EVIL) delays
# messages at most: whatever was told stays true, nobody is someone else and
# nothing is rewritten. The oracle says so.
. "$(dirname "$0")/../federation/fed.sh"

MESSAGES=${LONG:+300}
MESSAGES=${MESSAGES:-30}

fed new gate --hooks
sender=kommune/0101/jobcenter:cli
state=$(fed home $sender)/state
mkdir "$fed/drafts"

drafts() {
	rm -f "$fed"/drafts/*
	for n in $(seq "$MESSAGES"); do
		fed concern "Fiktiv $1 $n" >"$fed/drafts/$n.json"
	done
}

receivers() {
	must fed receive politi/1470:agent
	must fed receive kommune/0101:agent
}

end_receivers() {
	local seat
	for seat in politi/1470:agent kommune/0101:agent; do
		must fed signal $seat TERM
		fed wait $seat || :
	done
}

# A sender that is killed may leave a note half made, .new-ID.receipt.
recorded() {
	find "$state/sent" -name '[!.]*.receipt' | wc -l
}

has_recorded() {
	[ "$(recorded)" -ge "$1" ]
}

# --- the gate aborts, five times, while messages flow
receivers
drafts abort
must fed run sender "$infohus" send --home "$(fed home $sender)" \
    --wait recorded --timeout 60 "$fed"/drafts/*.json
for n in 1 2 3 4 5; do
	until_true 60 has_recorded $((n * MESSAGES / 6)) ||
	    no 'messages do not flow'
	lives=$(fed lives)
	must fed signal gate ABRT
	must fed serving "$lives"
done
want 0 '' fed wait sender
end_receivers
must fed stop
ok 'an aborting gate cost reconnects only'

# --- each way of being hostile
for evil in drop reorder replay flip swap forge \
    drop,reorder,replay,flip,swap,forge; do
	drafts "$evil"
	must fed start --hooks "INFOHUS_EVIL=$evil,every=8"
	receivers
	timeout 8 "$infohus" send --home "$(fed home $sender)" \
	    --wait recorded --timeout 7 "$fed"/drafts/*.json >"$fed/out" 2>&1
	end_receivers
	must fed stop
	# Honest again: what was on its way arrives.
	must fed start --hooks
	must fed send $sender --wait recorded --timeout 60 --outbox
	must fed stop
done

must fed start --hooks
receivers
must fed drained
end_receivers
# One message at a time is signed and sent: what was signed must arrive.
sum=$(recorded)
[ "$sum" -gt "$MESSAGES" ] || no "only $sum messages were ever recorded"
[ -z "$(find "$state/outbox" "$state/refused" -type f)" ] ||
    no 'a hostile gate kept or refused a message for good'
for node in politi/1470 kommune/0101; do
	same "$node holds all $sum messages" "$(fed inbox $node)" "$sum"
done
want 0 ' 0 faults' fed judge
