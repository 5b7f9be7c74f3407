#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# infohus-core is killed with SIGKILL at the beginning of every step from R5
# to R10, again and again, while seats send and receive. At the end nothing
# that anybody was told may have become untrue: the oracle says so.
# INFOHUS_CRASH=STEP:N kills at the Nth pass of a step (test build only).
. "$(dirname "$0")/federation.sh"

PER_STEP=${LONG:+200}
PER_STEP=${PER_STEP:-12}
MIN_KILLS=${LONG:+500}
MIN_KILLS=${MIN_KILLS:-50}

FED_BATCH=4 fed_usual crash
fed_start "$TEST_BIN"
fed_stop

police=$(fed_home politi/1470 agent)
kommune=$(fed_home kommune/0101 agent)
one=$(fed_home kommune/0101/jobcenter cli)
two=$(fed_home kommune/0101/jobcenter two)
mkdir -p "$fed/police" "$fed/kommune" "$fed/drafts"

total=0
# Messages flow while one step kills, over and over.
one_step() {
	local step=$1 n r1 r2 s1 s2
	rm -f "$fed"/drafts/*
	for n in $(seq "$PER_STEP"); do
		fed_concern "Fiktiv $step $n" >"$fed/drafts/a$n.json"
		fed_concern "Fiktiv anden $step $n" >"$fed/drafts/b$n.json"
	done
	export INFOHUS_CRASH=$step:5
	"$TEST_BIN/infohusd" "$fed/infohusd.yaml" >>"$fed/daemon.log" 2>&1 &
	fed_daemon=$!
	"$infohus" receive --home "$police" --follow --dir "$fed/police" \
	    >/dev/null 2>>"$fed/receive.log" &
	r1=$!
	"$infohus" receive --home "$kommune" --follow --dir "$fed/kommune" \
	    >/dev/null 2>>"$fed/receive.log" &
	r2=$!
	fed_started+=("$r1" "$r2")
	"$infohus" send --home "$one" --wait recorded --timeout 120 \
	    "$fed"/drafts/a*.json >"$fed/send-$step-a" 2>&1 &
	s1=$!
	"$infohus" send --home "$two" --wait recorded --timeout 120 \
	    "$fed"/drafts/b*.json >"$fed/send-$step-b" 2>&1 &
	s2=$!
	wait "$s1" || no "$step: seat one did not get every receipt"
	wait "$s2" || no "$step: seat two did not get every receipt"
	sleep 1
	unset INFOHUS_CRASH
	kill -TERM "$r1" "$r2" 2>/dev/null
	wait "$r1" "$r2" 2>/dev/null
	fed_stop
	total=$((total + 2 * PER_STEP))
}

kills() {
	grep -c 'infohus-core.*signal 9' "$fed/daemon.log"
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
fed_run "$TEST_BIN"
fed_background "$infohus" receive --home "$police" --follow \
    --dir "$fed/police"
fed_background "$infohus" receive --home "$kommune" --follow \
    --dir "$fed/kommune"
waiting() {
	[ "$(fed_status waiting_ordinary)" = 0 ]
}
fed_wait 30 waiting || no 'not everything was delivered'
for who in police kommune; do
	n=$(find "$fed/$who" -name '*.json' | wc -l)
	[ "$n" = "$total" ] && ok "$who hold all $total messages" ||
	    no "$who hold $n messages, expected $total"
done
fed_snapshot "$fed/snapshot"
"$BUILD/tests/oracle" "$fed/snapshot" --seat "$one" --seat "$two" --seat "$police" \
    --seat "$kommune" --inbox politi/1470 "$fed/police" \
    --inbox kommune/0101 "$fed/kommune" || no 'the oracle found faults'
