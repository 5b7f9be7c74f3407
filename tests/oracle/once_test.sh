#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# How many messages lie in an inbox says that each came, not that it came
# once: two seats that were given the same one wrote the same file. What says
# it is fed judge. Here with a core that offers again what was acknowledged.
. "$(dirname "$0")/../federation/fed.sh"

fed new once --stopped
must fed start --bin="$BUILD/planted/acked-again"
must fed send kommune/0101/jobcenter:cli --wait recorded <(fed concern)
acks=0
for seat in agent triage; do
	must fed receive "politi/1470:$seat"
	acks=$((acks + 1))
	until_true 60 eval '[ "$(fed status acks)" = "$acks" ]' ||
	    no "$seat acknowledged nothing"
	must fed signal "politi/1470:$seat" TERM
	fed wait "politi/1470:$seat" || :
done
same 'one message lies there' "$(fed inbox politi/1470)" 1
want 1 'FAULT ack ' fed judge
