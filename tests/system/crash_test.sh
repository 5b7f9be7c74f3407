#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# infohus-core is killed with SIGKILL at the beginning of every step from R5
# to R10, again and again, while seats send and receive. At the end nothing
# that anybody was told may have become untrue: the oracle says so.
# INFOHUS_CRASH=STEP:N kills at the Nth pass of a step, in every life.
. "$(dirname "$0")/../federation/fed.sh"

PER_STEP=${LONG:+200}
PER_STEP=${PER_STEP:-12}
MIN_KILLS=${LONG:+500}
MIN_KILLS=${MIN_KILLS:-50}

fed new crash --batch=4
must fed stop
mkdir "$fed/drafts"
total=0

kills() {
	grep -c 'infohus-core.*signal 9' "$fed/daemon.log"
}

# So many kills, or nothing left that could be killed for.
enough() {
	[ "$(kills)" -ge "$1" ] || fed drained 0
}

receivers() {
	must fed receive politi/1470:agent
	must fed receive kommune/0101:agent
}

# Messages flow while one step kills, over and over.
one_step() {
	local step=$1 n seat before
	before=$(kills)
	rm -f "$fed"/drafts/*
	for n in $(seq "$PER_STEP"); do
		fed concern "Fiktiv $step $n" >"$fed/drafts/cli-$n.json"
		fed concern "Fiktiv anden $step $n" >"$fed/drafts/two-$n.json"
	done
	# It may die before it was ever ready.
	must fed start --hooks --no-wait "INFOHUS_CRASH=$step:5"
	receivers
	for seat in cli two; do
		must fed run "send-$seat" "$infohus" send \
		    --home "$(fed home kommune/0101/jobcenter:$seat)" \
		    --wait recorded --timeout 120 "$fed"/drafts/$seat-*.json
	done
	fed wait send-cli 180 || no "$step: seat cli did not get every receipt"
	fed wait send-two 180 || no "$step: seat two did not get every receipt"
	# Offers and acks go on after the last receipt, and so do the kills.
	until_true 60 enough $((before + 8)) || no "$step: nothing moves"
	must fed signal politi/1470:agent TERM
	must fed signal kommune/0101:agent TERM
	fed wait politi/1470:agent || :
	fed wait kommune/0101:agent || :
	must fed stop
	total=$((total + 2 * PER_STEP))
}

# How often it dies depends on how messages meet in batches: go on until it
# was often enough.
round=0
while [ "$round" = 0 ] || { [ "$(kills)" -lt "$MIN_KILLS" ] &&
    [ "$round" -lt 5 ]; }; do
	for step in R5 R6 R7 R8 R9 R10; do
		one_step "$step"
	done
	round=$((round + 1))
done
kills=$(kills)
if [ "$kills" -ge "$MIN_KILLS" ]; then
	ok "core was killed $kills times"
else
	no "core was killed only $kills times, expected $MIN_KILLS"
fi

# Without crashes everything that waits is delivered.
must fed start --hooks
receivers
must fed drained
for node in politi/1470 kommune/0101; do
	same "$node holds all $total messages" "$(fed inbox $node)" "$total"
done
want 0 ' 0 faults' fed judge
