# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A complete federation in a temporary folder, for system tests: authority,
# custodians, nodes, seats, daemon. Source it. Everything it starts ends with
# the script; on failure the folder is kept and named.
#
#	fed_begin NAME          folder $fed, keys, law, config
#	fed_node NODE "SEATS" ROLE...	makes a node and its signed card
#	fed_start [BIN]         starts the daemon (BIN/infohusd), waits, admits
#	fed_home NODE SEAT      prints the seat's home folder
#	fed_stop                ends it, waits
#	fed_kill_core           SIGKILL to infohus-core
#	fed_status FIELD        a number or word of `admin status`
#	fed_wait SECONDS COMMAND...	until the command succeeds
#	ok/no TEXT              a passed or failed expectation
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(cd "$top" && cd "${BUILD:-build}" && pwd) || exit 3
BIN=$BUILD/bin
TEST_BIN=$BUILD/test-bin
infohus=$BIN/infohus
fed=
fed_daemon=
fed_cards=()
fed_faults=0
fed_started=()

ok() {
	printf 'ok: %s\n' "$*"
}

no() {
	printf 'NOT OK: %s\n' "$*"
	fed_faults=$((fed_faults + 1))
}

fed_must() {
	"$@" >"$fed/out" 2>&1 || {
		cat "$fed/out"
		no "failed: $*"
		exit 1
	}
}

# Background processes of the test that must not outlive it.
fed_background() {
	"$@" &
	fed_started+=($!)
}

fed_end() {
	local status=$? pid
	trap - EXIT
	for pid in "${fed_started[@]}"; do
		kill -TERM "$pid" 2>/dev/null
	done
	fed_stop
	wait 2>/dev/null
	[ "$fed_faults" = 0 ] || status=1
	if [ "$status" = 0 ]; then
		rm -rf "$fed"
	else
		printf 'kept: %s\n' "$fed"
		[ ! -s "$fed/daemon.log" ] || tail -n 30 "$fed/daemon.log"
	fi
	exit "$status"
}

fed_free_ports() {
	awk -v need="$1" -v seed="$$" '
	function hex(s,  i, n) {
		for (i = 1; i <= length(s); i++)
			n = 16 * n + index("0123456789ABCDEF",
			    substr(s, i, 1)) - 1
		return n
	}
	FNR > 1 { split($2, a, ":"); used[hex(a[2])] = 1 }
	END {
		srand(seed)
		for (try = 0; try < 1000; try++) {
			base = 10000 + int(rand() * (22000 - need))
			for (p = base; p < base + need && !(p in used); p++)
				;
			if (p == base + need) {
				print base
				exit
			}
		}
	}' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

fed_begin() {
	local key n port
	fed=$(mktemp -d "${TMPDIR:-/tmp}/infohus-$1.XXXXXX")
	trap fed_end EXIT
	trap 'exit 1' INT TERM
	fed_must "$infohus" node ca "$fed/ca"
	for n in one two; do
		fed_must "$infohus" node new "custodian/$n" --ca "$fed/ca" \
		    --out "$fed/custodian-$n"
	done
	mkdir -p "$fed/keys" "$fed/law" "$fed/low" "$fed/run" "$fed/nodes"
	for key in log box curve person; do
		fed_must "$infohus" node keyfile "$fed/keys/$key.key"
	done
	cp "$top"/config/{rules,places,workflow}.yaml "$fed/law/"
	port=$(fed_free_ports 40)
	cat >"$fed/infohusd.yaml" <<-TXT
	origin: test.infohus.example/log
	listen: 127.0.0.1
	first_port: $port
	doors: ${FED_DOORS:-32}
	data: data
	map_mib: 1024
	low_water: low/checkpoint
	run: run
	keys: {log: keys/log.key, box: keys/box.key, curve: keys/curve.key,
	  person: keys/person.key}
	verify_threads: 2
	batch: ${FED_BATCH:-64}
	tick_seconds: 1
	limits: {rate_per_minute: 100000, acute_per_minute: 10000}
	law:
	  rules: law/rules.yaml
	  places: law/places.yaml
	  workflow: law/workflow.yaml
	  anchors: [ca/ca.pem]
	  crls: []
	  custodians: [custodian-one/node.pem, custodian-two/node.pem]
	  manifest: law/manifest
	TXT
	fed_must "$infohus" rules manifest --config "$fed/infohusd.yaml"
	for n in one two; do
		fed_must "$infohus" node approve "$fed/law/manifest" \
		    --custodian "$fed/custodian-$n"
	done
}

fed_dir() {
	printf '%s/nodes/%s' "$fed" "${1//\//_}"
}

fed_home() {
	printf '%s/seat-%s' "$(fed_dir "$1")" "$2"
}

fed_node() {
	local node=$1 seats=$2 dir args=() s
	shift 2
	dir=$(fed_dir "$node")
	for s in $seats; do
		args+=(--seat "$s")
	done
	fed_must "$infohus" node new "$node" --ca "$fed/ca" --out "$dir" \
	    "${args[@]}"
	args=()
	for s in "$@"; do
		args+=(--role "$s")
	done
	fed_must "$infohus" node card "$dir" --name "$node" "${args[@]}" \
	    --out "$dir.card" --custodian "$fed/custodian-one" \
	    --custodian "$fed/custodian-two"
	fed_cards+=("$dir.card")
}

fed_wait() {
	local until=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$until" ] || return 1
		sleep 0.05
	done
}

fed_status() {
	"$infohus" admin status --json --socket "$fed/run/admin.sock" |
	    sed -n "s/^.*\"$1\": *\"\{0,1\}\([^\",]*\).*$/\1/p" | head -n 1
}

fed_up() {
	"$infohus" admin status --socket "$fed/run/admin.sock"
}

# Starts without admitting; for a second start.
fed_run() {
	local bin=${1:-$BIN}
	"$bin/infohusd" "$fed/infohusd.yaml" >>"$fed/daemon.log" 2>&1 &
	fed_daemon=$!
	fed_wait 10 fed_up || {
		no 'the daemon does not answer'
		exit 1
	}
}

fed_start() {
	local dir seat
	fed_run "${1:-$BIN}"
	fed_must "$infohus" node admit --socket "$fed/run/admin.sock" \
	    "${fed_cards[@]}"
	"$infohus" admin server --socket "$fed/run/admin.sock" \
	    >"$fed/server.json" || exit 1
	for dir in "$fed"/nodes/*/seat-*; do
		seat=${dir##*/seat-}
		fed_must "$infohus" node connect "${dir%/seat-*}" \
		    --seat "$seat" --server "$fed/server.json"
	done
}

fed_stop() {
	[ -n "$fed_daemon" ] || return 0
	kill -TERM "$fed_daemon" 2>/dev/null
	wait "$fed_daemon" 2>/dev/null
	fed_daemon=
}

# The launcher's child of that name; nothing else is ever ended.
fed_child() {
	pgrep -P "$fed_daemon" -x "$1" | head -n 1
}

fed_kill_core() {
	local pid
	pid=$(fed_child infohus-core) && kill -KILL "$pid"
}

fed_kill_gate() {
	local pid
	pid=$(fed_child infohus-gate) && kill -ABRT "$pid"
}

# An ordinary concern about an invented person, as JSON on stdout.
fed_concern() {
	local text=${1:-Bekymring}
	cat <<-TXT
	{"kind": "concern", "role": "jobcenter",
	 "grounds": {"bopaelskommune": "0101", "age": "adult",
	  "source": "jobcenter", "necessity": "Vurdering af bekymring"},
	 "addressee": [
	  {"role": "pol_tovholder", "relation": "district_of_subject",
	   "cooperation": "ssp", "basis": ["rpl_115_2"],
	   "purpose": "crime_prevention", "necessity": "assessment",
	   "section": ["concern"]},
	  {"role": "kom_tovholder", "relation": "kommune_of_subject",
	   "cooperation": "ssp", "basis": ["rpl_115_2"],
	   "purpose": "crime_prevention", "necessity": "assessment",
	   "section": ["concern"]}],
	 "sections": {"concern": {"text": "$text"}}}
	TXT
}

# jobcenter sends, police and kommune receive.
fed_usual() {
	fed_begin "$1"
	fed_node kommune/0101 'agent cli' kom_tovholder@kommune:0101
	fed_node kommune/0101/jobcenter 'cli two' jobcenter@kommune:0101
	fed_node politi/1470 'agent triage' pol_tovholder@politikreds:1470 \
	    pol_vagt@politikreds:1470
}

# Writes a snapshot to $1 and verifies it.
fed_snapshot() {
	"$infohus" admin snapshot "$1" --socket "$fed/run/admin.sock" \
	    >"$fed/out" 2>&1 || {
		cat "$fed/out"
		no 'snapshot'
		return 1
	}
	fed_vkey=$(sed -n 's/^.*"vkey": *"\([^"]*\)".*$/\1/p' \
	    "$fed/server.json" | head -n 1)
	if "$infohus" audit verify "$1" --vkey "$fed_vkey" >"$fed/out" 2>&1
	then
		ok "the log verifies: $(tail -n 1 "$fed/out")"
	else
		cat "$fed/out"
		no 'the log does not verify'
	fi
	if "$infohus" audit replay "$1" --vkey "$fed_vkey" >"$fed/out" 2>&1
	then
		ok "every verdict is judged the same again"
	else
		tail -n 20 "$fed/out"
		no 'replay differs'
	fi
}
