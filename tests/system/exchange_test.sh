#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The plain exchange with real processes: sent, judged, recorded, delivered,
# acknowledged, audited. Also: a seat that is not what it says gets nowhere,
# a suspension bites on the next message, and a restored older data folder
# is refused.
. "$(dirname "$0")/federation.sh"

fed_usual exchange
fed_node kommune/0183 'cli' kom_tovholder@kommune:0183
fed_start

police=$(fed_home politi/1470 agent)
kommune=$(fed_home kommune/0101 agent)
sender=$(fed_home kommune/0101/jobcenter cli)
mkdir -p "$fed/police" "$fed/kommune"
fed_background "$infohus" receive --home "$police" --follow --dir "$fed/police"
fed_background "$infohus" receive --home "$kommune" --follow \
    --dir "$fed/kommune"

# --- sent and delivered
fed_concern 'En fiktiv person' >"$fed/one.json"
if "$infohus" send --home "$sender" --wait delivered --timeout 20 \
    "$fed/one.json" >"$fed/out" 2>&1; then
	ok 'sent, recorded and acknowledged by both recipients'
else
	cat "$fed/out"
	no 'a lawful concern must be delivered'
fi
count() {
	find "$1" -name '*.json' | wc -l
}
[ "$(count "$fed/police")" = 1 ] && ok 'police hold one message' ||
    no 'police must hold exactly one message'
[ "$(count "$fed/kommune")" = 1 ] && ok 'the kommune holds one message' ||
    no 'the kommune must hold exactly one message'

# --- another node's certificate behind this seat's keys
mkdir -p "$fed/mask"
cp -r "$(fed_dir kommune/0101/jobcenter)/seat-two" "$fed/mask/seat-two"
cp "$(fed_dir kommune/0183)"/node.* "$fed/mask/"
"$infohus" send --home "$fed/mask/seat-two" --timeout 4 "$fed/one.json" \
    >"$fed/out" 2>&1
status=$?
[ "$status" != 0 ] && ok "a borrowed certificate is refused ($status)" ||
    no 'a seat with another certificate must be refused'

# --- a refusal says what is missing, and is an answer, not an error
sed 's/"purpose": "crime_prevention"/"purpose": "investigation"/' \
    "$fed/one.json" >"$fed/bad.json"
"$infohus" send --home "$sender" --json --timeout 10 "$fed/bad.json" \
    >"$fed/out" 2>&1
status=$?
[ "$status" = 1 ] && grep -q P01 "$fed/out" &&
    ok 'investigation is refused by P01' || {
	cat "$fed/out"
	no 'investigation must be refused by P01 with exit 1'
}

# --- suspension bites
fed_must "$infohus" node suspend kommune/0101/jobcenter --serial 1 \
    --reason test --out "$fed/suspension" \
    --custodian "$fed/custodian-one" --custodian "$fed/custodian-two"
fed_must "$infohus" node admit --socket "$fed/run/admin.sock" \
    "$fed/suspension"
"$infohus" send --home "$sender" --timeout 4 "$fed/one.json" \
    >"$fed/out" 2>&1
status=$?
[ "$status" = 3 ] && ok 'a suspended node reaches nobody' ||
    no "a suspended node must be shut out, exit was $status"

# --- the log
fed_snapshot "$fed/snapshot"
"$BUILD/tests/oracle" "$fed/snapshot" --seat "$sender" --seat "$police" \
    --seat "$kommune" --inbox politi/1470 "$fed/police" \
    --inbox kommune/0101 "$fed/kommune" || no 'the oracle found faults'

# --- an older copy of the data is refused, and said why
fed_stop
cp -r "$fed/data" "$fed/newer"
rm -rf "$fed/data"
mkdir "$fed/data"
chmod 700 "$fed/data"
cp "$fed/snapshot/data.mdb" "$fed/data/"
: >"$fed/daemon.log"
"$BIN/infohusd" "$fed/infohusd.yaml" >>"$fed/daemon.log" 2>&1 &
fed_daemon=$!
fed_wait 5 grep -q 'low.water\|checkpoint' "$fed/daemon.log" &&
    ! fed_up >/dev/null 2>&1 &&
    ok 'a log behind its low-water mark is not served' ||
    no 'an older log must not be served'
fed_stop
rm -rf "$fed/data"
mv "$fed/newer" "$fed/data"
fed_run
ok 'the newer one is'
