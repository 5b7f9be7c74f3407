#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The tool where no daemon is needed: help and exit codes of every command,
# keys, cards and approvals, a seat's trust, drafts that are refused before
# anything is sent, and an acute message that nobody answers.
. "$(dirname "$0")/../federation/fed.sh"

fed new tool --stopped
mkdir "$fed/tool"
cd "$fed/tool" || exit 3

holds() {
	if "${@:2}"; then
		ok "$1"
	else
		no "$1"
	fi
}

# ------------------------------------------------------------ help and usage

want 0 'usage: infohus' "$infohus" --help
want 0 'infohus' "$infohus" --version
want 2 'commands:' "$infohus"
want 2 'no such command' "$infohus" sned
for c in send receive 'node ca' 'node new' 'node card' 'node approve' \
    'node suspend' 'node admit' 'node list' 'node connect' 'node keyfile' \
    'admin server' 'admin status' 'admin reload' 'admin snapshot' \
    'rules manifest' 'rules explain' 'rules what-if' 'rules matrix' 'rules diff' 'audit verify' 'audit show' \
    'audit replay'; do
	# Words of one command.
	# shellcheck disable=SC2086
	want 0 "usage: infohus $c" "$infohus" $c --help
	# shellcheck disable=SC2086
	want 2 '--help' "$infohus" $c --no-such-option
done
for c in node admin rules audit; do
	want 0 'commands:' "$infohus" "$c" --help
	want 2 'no such command' "$infohus" "$c" nothing
done
want 2 'given twice' "$infohus" receive --home a --home b
want 2 'takes no value' "$infohus" receive --home a --follow=yes
want 2 'wants DIR' "$infohus" receive --home
want 2 'expected a number' "$infohus" receive --home a --count many
want 2 'expected acute or ordinary' "$infohus" receive --home a --lane fast
want 2 '--home is missing' "$infohus" send x.json
want 2 'found no FILE' "$infohus" send --home a
want 2 'expected recorded or delivered' "$infohus" send --home a --wait x y
want 2 'found 2 operands' "$infohus" node ca a b

# ------------------------------------------------------ keys, cards, approvals

want 0 '' "$infohus" node ca ca
holds 'the authority has key and certificate' [ -s ca/ca.pem ]
holds "the authority's key is for its owner only" \
    [ "$(stat -c %a ca/ca.key)" = 600 ]
want 3 'exists' "$infohus" node ca ca
for n in one two three; do
	want 0 '' "$infohus" node new "custodian/$n" --ca ca --out "c-$n"
done
want 0 '' "$infohus" node new kommune/0101 --ca ca --out k --kind p256 \
    --seat agent --seat cli --cvr 12345678 \
    --uuid 01890000-0000-7000-8000-000000000001
holds 'a seat has a transport key' [ -s k/seat-agent/curve.key ]
holds 'the other one has its own' [ -s k/seat-cli/box.key ]
holds "a seat's keys are for their owner only" \
    [ "$(stat -c %a k/seat-agent/box.key)" = 600 ]
want 3 'exists' "$infohus" node new kommune/0101 --ca ca --out k
want 2 'NODE: expected' "$infohus" node new Kommune --ca ca --out x
want 2 '--seat: expected' "$infohus" node new a/b --ca ca --out x --seat A
want 2 '--kind: expected' "$infohus" node new a/b --ca ca --out x --kind dsa
want 3 'CVR' "$infohus" node new a/b --ca ca --out x --cvr 1
want 3 'no-ca' "$infohus" node new a/b --ca no-ca --out x

want 0 '1 approval' "$infohus" node card k --name 'Københavns Kommune' \
    --role kom_tovholder@kommune:0101 \
    --role hotline@country,from=2026-01-01,to=2026-12-31T23:00:00Z \
    --out k.card --custodian c-one
want 1 'has approved it already' "$infohus" node approve k.card \
    --custodian c-one
want 0 '2 approvals' "$infohus" node approve k.card --custodian c-two
cp k.card before.card
for role in tovholder kom_tovholder@land:1 kom_tovholder@kommune \
    kom_tovholder@country:1 'hotline@country,from=yesterday' \
    'hotline@country,from=2026-02-01,to=2026-01-01' infohus \
    'hotline@country,until=2026-01-01'; do
	want 2 '--role: found' "$infohus" node card k --name K --role "$role" \
	    --out x.card
done
want 2 'clean UTF-8' "$infohus" node card k --name $'a\e[31mb' --out x.card
want 2 '--name or --out' "$infohus" node card k --out x.card
want 3 'node.pem' "$infohus" node card nowhere --name K --out x.card
holds 'no refused card was written' [ ! -e x.card ]
want 0 '2 approvals' "$infohus" node suspend kommune/0101 --serial 1 \
    --reason key-stolen --out s --custodian c-one --custodian c-two
want 2 '--reason' "$infohus" node suspend kommune/0101 --serial 1 \
    --reason 'Key stolen' --out s2
want 3 'found no card' "$infohus" node approve ca/ca.pem --custodian c-one
chmod 644 c-two/node.key
want 3 '0600' "$infohus" node approve s --custodian c-two
chmod 600 c-two/node.key
holds 'a refused approval changes nothing' cmp -s k.card before.card
want 0 '' "$infohus" node keyfile log.key
want 3 'exists' "$infohus" node keyfile log.key

# ------------------------------------------------------------ a seat's trust

hex=$(printf '09%.0s' {1..32})
vkey='log.example+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
# The vector's key has another name: its id must not fit this one.
vkey_ok='example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'

pem() {
	awk '{ printf "%s\\n", $0 }' "$1"
}

# server VKEY LISTEN: what `admin server` would print.
server() {
	cat <<-TXT
	{"ok": true, "origin": "example.com/foo", "vkey": "$1",
	 "curve": "$hex", "box": "$hex", "listen": "$2",
	 "custodian": ["$(pem c-one/node.pem)", "$(pem c-two/node.pem)"],
	 "anchor": ["$(pem ca/ca.pem)"],
	 "doors": [{"node": "kommune/0101", "seat": "agent", "door": 1,
	  "port": 9}]}
	TXT
}

server "$vkey_ok" 127.0.0.1 >server.json
want 0 'tcp://127.0.0.1:9' "$infohus" node connect k --seat agent \
    --server server.json
want 0 'tcp://[::1]:9' "$infohus" node connect k --seat agent \
    --server server.json --host ::1 --host 127.0.0.1
want 1 'no door for seat cli' "$infohus" node connect k --seat cli \
    --server server.json
want 2 'no node id' "$infohus" node connect k --seat agent \
    --server server.json --node x
server "$vkey_ok" 0.0.0.0 >any.json
want 2 '--host' "$infohus" node connect k --seat agent --server any.json
server "$vkey" 127.0.0.1 >bad.json
want 3 'vkey' "$infohus" node connect k --seat agent --server bad.json
want 0 '' "$infohus" node connect k --seat agent --server server.json

# -------------------------------------------------- sending without a router

home=k/seat-agent
cat >acute.json <<-'TXT'
	{"role": "kom_tovholder", "kind": "concern", "urgency": "acute",
	 "addressee": [{"role": "pol_tovholder",
	  "relation": "district_of_subject", "cooperation": "none",
	  "section": ["concern"]}],
	 "sections": {"concern": {"text": "Invented."}}}
TXT
sed 's/"role": "kom/"from": "kommune\/0183", "role": "kom/' acute.json \
    >other.json
sed 's/"kind"/"kinds"/' acute.json >typo.json
want 2 'kommune/0101' "$infohus" send --home $home other.json
want 2 'kinds' "$infohus" send --home $home typo.json
want 3 'missing.json' "$infohus" send --home $home missing.json
holds 'a draft that is refused leaves nothing behind' \
    [ -z "$(ls $home/state/outbox)" ]
want 2 'typo.json' "$infohus" send --home $home acute.json typo.json
holds 'one bad file of two: nothing is signed' \
    [ -z "$(ls $home/state/outbox)" ]
"$infohus" send --home $home --timeout 1 --json acute.json >out 2>&1
same 'an acute message without an answer' $? 3
want 0 '' grep 112 out
want 0 '' grep '"result": "waiting"' out
holds 'an unanswered message stays in the outbox' \
    [ "$(find $home/state/outbox -type f | wc -l)" = 1 ]
want 3 'outbox' "$infohus" send --home $home --timeout 1 --outbox
want 3 'no session' "$infohus" receive --home $home --timeout 1
want 3 'seat.json' "$infohus" send --home k/seat-cli acute.json
chmod 644 $home/box.key
want 3 '0600' "$infohus" send --home $home acute.json
chmod 600 $home/box.key
want 3 'nowhere.sock' "$infohus" admin status --socket nowhere.sock
want 2 '--socket is missing' "$infohus" admin status
want 3 'nowhere.sock' "$infohus" node admit --socket nowhere.sock k.card
