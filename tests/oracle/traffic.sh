# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A small federation and the messages that the oracle's tests send through
# it. Source it after fed.sh.
#
#	traffic_begin NAME	federation, drafts; the daemon is stopped, what
#			is on disk then is laid aside
#	traffic_reset		puts back what was laid aside
#	traffic_KIND SECONDS	sends and takes; waits that long for what may
#			never come
#	traffic_judged		what the oracle says, into $fed/faults

kommune='' police='' desk='' sender='' prison='' approver='' stranger=''
spoiled_id=019b8d2b-8c00-7000-8000-000000000005
sent_id=019b8d2b-8c00-7000-8000-000000000001

# draft NAME KIND ROLE GROUNDS-MORE ADDRESSEES SECTIONS
draft() {
	cat >"$fed/$1.json" <<-TXT
	{"kind": "$2", "role": "$3", "case_id": "$CASE", "message_id": "$4",
	 "grounds": {"bopaelskommune": "0101", "age": "unknown",
	  "source": "jobcenter", "necessity": "Vurdering af bekymring"},
	 "addressee": [$5], "sections": {$6}}
	TXT
}

# to ROLE RELATION COOPERATION SECTIONS
to() {
	printf '{"role": "%s", "relation": "%s", "cooperation": "%s",
	 "basis": ["rpl_115_2"], "purpose": "crime_prevention",
	 "necessity": "assessment", "section": [%s]}' "$@"
}

# A UUIDv7 in base64 that ends in a byte of ours.
id() {
	printf '\001\233\215\053\214\000\160\000\200\000\000\000\000\000\000'"$1" |
	    base64
}

drafts() {
	local concern='"concern": {"text": "Fiktiv"}'
	local police kom
	CASE=$(id '\001')
	police=$(to pol_tovholder district_of_subject ssp \
	    '"concern", "employment"')
	kom=$(to kom_tovholder kommune_of_subject ssp '"concern"')
	draft concern concern jobcenter "$CASE" "$police, $kom" \
	    "$concern, \"employment\": {\"text\": \"Fiktivt job\"}"
	draft later addendum jobcenter "$(id '\003')" "$kom" "$concern"
	draft alone police_alone pol_tovholder "$(id '\004')" \
	    '{"role": "infohus", "cooperation": "none",
	      "purpose": "crime_prevention"}' ''
	CASE=$(id '\002')
	draft psp concern jobcenter "$CASE" \
	    "$(to pol_tovholder district_of_subject psp '"concern"')" "$concern"
	police=$(to pol_tovholder district_of_subject ssp \
	    '"identity", "concern"')
	CASE=$(id '\006')
	draft named concern jobcenter "$CASE" "$police" \
	    "$concern, \"identity\": {\"cpr\": \"1503901234\"}"
	CASE=$(id '\007')
	draft acute concern jobcenter "$CASE" "$police" \
	    "$concern, \"identity\": {\"cpr\": \"1503901235\"}"
	sed -i 's/{"kind"/{"urgency": "acute", "kind"/' "$fed/acute.json"
	CASE=$(id '\010')
	draft parked concern kriminalforsorg "$CASE" \
	    "$(to kom_tovholder kommune_of_subject none '"concern", "prison"')" \
	    "$concern, \"prison\": {\"text\": \"Fiktiv\"}"
	CASE=$(id '\005')
	draft spoiled concern jobcenter "$CASE" "$kom" "$concern"
}

# ------------------------------------------------------------------- traffic

# EXIT COMMAND…: its exit code is the one expected, "any" for any.
expect() {
	local want=$1 status=0
	shift
	"$@" >"$fed/out" 2>&1 || status=$?
	[ "$want" = any ] || [ "$status" = "$want" ] || {
		cat "$fed/out"
		no "exit $status, expected $want: ${*##*/}"
	}
}

send() {
	expect "$1" "$infohus" send --home "$2" --timeout 60 "${@:3}"
}

# receive HOME DIR SECONDS: one message, waiting that long for it.
receive() {
	mkdir -p "$2"
	"$infohus" receive --home "$1" --dir "$2" --count 1 --timeout "$3" \
	    >>"$fed/out" 2>&1
}

# Sent, refused, taken, a card that one custodian approved, sent again, and one
# whose signature was spoiled.
# $1, $2: how long the kommune and police wait for what may never come.
all_kinds() {
	local taking
	send any "$sender" "$fed/concern.json"
	receive "$police" "$fed/in-police" "$2" &
	taking=$!
	receive "$kommune" "$fed/in-kommune" "$1"
	wait "$taking"
	send any "$sender" "$fed/psp.json"
	expect any "$infohus" node admit --socket "$fed/run/admin.sock" \
	    "$fed/single.card"
	mv "$sender/state/sent/$sent_id" "$sender/state/outbox/"
	cp "$fed/spoiled" "$sender/state/outbox/$spoiled_id"
	send any "$sender" --outbox
}

traffic_plain() {
	all_kinds 60 60
}

# The kommune gets nothing that it can use.
traffic_half() {
	all_kinds "$1" 60
}

# Nobody does.
traffic_none() {
	all_kinds "$1" "$1"
}

# Police forget what they took, and look again.
traffic_again() {
	all_kinds 60 60
	rm -f "$police"/state/received/*
	receive "$police" "$fed/in-police" "$1"
}

# Core dies as soon as its answer is there.
traffic_killed() {
	send any "$sender" "$fed/concern.json"
	must fed restart core
}

# Police take the case alone before the kommune has looked into its mailbox.
traffic_alone() {
	send any "$sender" "$fed/concern.json"
	send any "$desk" "$fed/alone.json"
	send any "$sender" "$fed/later.json"
	receive "$kommune" "$fed/in-kommune" "$1"
}

# Two persons; the second one's message is acute, and nobody takes it.
traffic_two() {
	send any "$sender" "$fed/named.json" "$fed/acute.json"
}

# approval NAME EVENT LAST: a draft that decides what the approver was asked
approval() {
	/usr/bin/python3 - "$fed"/in-approver/*.json "$1" "$2" \
	    "$(id "$3")" >"$fed/$1.json" <<-'TXT'
	import json, sys
	asked = json.load(open(sys.argv[1]))
	h = asked["header"]
	json.dump({"kind": "approval", "role": "godkender",
	    "case_id": h["case_id"], "in_reply_to": h["message_id"],
	    "message_id": sys.argv[4],
	    "grounds": {"event": sys.argv[3], "decides": (asked.get("decides") or [h["message_id"]])[0]},
	    "addressee": [{"role": "infohus", "cooperation": "none"}]},
	    sys.stdout)
	TXT
}

# What waits for an approver, and is not for the kommune yet.
traffic_waiting() {
	send any "$prison" "$fed/parked.json"
	receive "$approver" "$fed/in-approver" 60
	receive "$kommune" "$fed/in-kommune" "$1"
}

# One of another authority tries to approve it, then its own lets it pass, and
# then says no.
traffic_parked() {
	traffic_waiting "$1"
	approval strange approved '\011'
	send any "$stranger" "$fed/strange.json"
	approval yes approved '\012'
	send any "$approver" "$fed/yes.json"
	receive "$kommune" "$fed/in-kommune" 60
	approval no denied '\013'
	send any "$approver" "$fed/no.json"
}

# --------------------------------------------------------------- begin, judge

# A signed message that no log of the test has seen, with a changed
# signature.
spoil() {
	traffic_reset
	must fed start
	send any "$sender" "$fed/spoiled.json"
	must fed stop
	/usr/bin/python3 - "$top" "$sender/state/sent/$spoiled_id" \
	    >"$fed/spoiled" <<-'TXT' || no 'the message cannot be spoiled'
	import sys
	sys.dont_write_bytecode = True
	sys.path.insert(0, sys.argv[1] + "/tests/oracle")
	import wire
	raw = open(sys.argv[2], "rb").read()
	value = wire.Schema().decode("Message", raw)["signature"]["value"]
	other = value[:9] + bytes([value[9] ^ 1]) + value[10:]
	sys.stdout.buffer.write(raw.replace(value, other))
	TXT
}

traffic_reset() {
	rm -rf "$fed/data" "$fed/low" "$fed/nodes" "$fed"/in-*
	cp -a "$fed"/aside/{data,low,nodes} "$fed/"
	mkdir -p "$fed/in-police" "$fed/in-kommune" "$fed/in-approver"
}

traffic_begin() {
	fed new "$1" --nodes="$top/tests/oracle/nodes"
	kommune=$(fed home kommune/0101:agent)
	police=$(fed home politi/1470:agent)
	desk=$(fed home politi/1470:cli)
	sender=$(fed home kommune/0101/jobcenter:cli)
	prison=$(fed home kriminalforsorg/oest:cli)
	approver=$(fed home kriminalforsorg/oest/godkender:cli)
	stranger=$(fed home kommune/0183/godkender:cli)
	must "$infohus" node card "$fed/nodes/kommune_0183" --name single \
	    --role kom_tovholder@kommune:0183 --serial 2 \
	    --out "$fed/single.card" --custodian "$fed/custodian-one"
	drafts
	must fed stop
	mkdir "$fed/aside"
	cp -a "$fed/data" "$fed/low" "$fed/nodes" "$fed/aside/"
	spoil
}

traffic_arguments() {
	printf '%s\n' "$fed/data" --checkpoint "$fed/low/checkpoint" \
	    --seat "$sender" --seat "$police" --seat "$kommune" \
	    --seat "$desk" --seat "$prison" --seat "$approver" \
	    --seat "$stranger" --inbox politi/1470 "$fed/in-police" \
	    --inbox kriminalforsorg/oest/godkender "$fed/in-approver" \
	    --inbox kommune/0101 "$fed/in-kommune" --whole
}

traffic_judged() {
	local words
	mapfile -t words < <(traffic_arguments)
	"$BUILD/tests/oracle" "${words[@]}" >"$fed/faults" 2>&1
}
