#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The plain exchange with real processes: sent, judged, recorded, delivered,
# acknowledged, audited. Also: a seat that is not what it says gets nowhere,
# a suspension bites on the next message, and a restored older data folder
# is refused.
. "$(dirname "$0")/../federation/fed.sh"

fed new exchange
must fed node kommune/0183 cli kom_tovholder@kommune:0183
must fed receive politi/1470:agent
must fed receive kommune/0101:agent
jobcenter=kommune/0101/jobcenter

want 0 recorded fed send $jobcenter:cli
same 'police hold one message' "$(fed inbox politi/1470)" 1
same 'the kommune holds one message' "$(fed inbox kommune/0101)" 1

# --- another node's certificate behind this seat's keys
fed concern >"$fed/one.json"
mkdir "$fed/mask"
cp -r "$(fed home $jobcenter:two)" "$fed/nodes/kommune_0183"/node.* "$fed/mask/"
want 3 '' "$infohus" send --home "$fed/mask/seat-two" --timeout 4 "$fed/one.json"

# --- a refusal says what is missing, and is an answer, not an error
sed 's/crime_prevention/investigation/' "$fed/one.json" >"$fed/bad.json"
want 1 P01 fed send $jobcenter:cli --json --timeout 20 "$fed/bad.json"

# --- suspension bites
must fed suspend $jobcenter
want 3 '' fed send $jobcenter:cli --timeout 4 "$fed/one.json"

# --- the log
want 0 ' 0 faults' fed judge

# --- what another table would have said of it
what_if=("$infohus" rules what-if --config "$fed/infohusd.yaml")
want 0 '0 of 4 verdicts on 2 messages' "${what_if[@]}" "$fed/law/rules.yaml"
sed '/^  - id: P13$/,/^$/ s/^    any:$/    any:\n      - {from: [jobcenter]}/' \
	"$fed/law/rules.yaml" >"$fed/other.yaml"
want 1 'concern jobcenter -> ' "${what_if[@]}" "$fed/other.yaml"
same 'its copy of the log is gone' "$(find "$fed/data" -name 'what-if*')" ''

# --- an older copy of the data is refused, and said why
snapshot=$(fed snapshot)
must fed stop
mv "$fed/data" "$fed/newer"
mkdir -m 700 "$fed/data"
cp "$snapshot/data.mdb" "$fed/data/"
want 1 'this is an older copy' fed start
rm -r "$fed/data"
mv "$fed/newer" "$fed/data"
want 0 '' fed start
