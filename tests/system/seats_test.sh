#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Two clients with one seat's key: the newest hello wins, and no offer is
# lost. The seat's home is copied, as a thief or a careless operator would.
. "$(dirname "$0")/../federation/fed.sh"

fed new seats
sender=kommune/0101/jobcenter:cli
mkdir "$fed/copy" "$fed/drafts"
cp -r "$(fed home politi/1470:agent)" "$fed/nodes/politi_1470"/node.* \
    "$fed/copy/"
must fed receive kommune/0101:agent

total=40
for n in $(seq "$total"); do
	fed concern "Fiktiv $n" >"$fed/drafts/$n.json"
done
must fed receive politi/1470:agent
must fed send $sender --wait recorded --timeout 60 \
    "$fed"/drafts/?.json "$fed"/drafts/1?.json
must fed run second "$infohus" receive --home "$fed/copy/seat-agent" \
    --follow --dir "$fed/inbox/politi_1470"
must fed send $sender --wait recorded --timeout 60 \
    "$fed"/drafts/2?.json "$fed"/drafts/3?.json "$fed/drafts/40.json"
# The second one has come in before the first one goes.
until_true 60 grep -q 'connected as politi/1470' "$fed/log/second" ||
    no 'the second client was never connected'
# Both go on knocking; the seat rests when they evict each other too often.
must fed signal politi/1470:agent TERM
fed wait politi/1470:agent || :
want 0 '' fed drained 100
must fed signal second TERM
fed wait second || :
grep -q 'connected as politi/1470' "$fed/log/politi_1470:agent" ||
    no 'the first client was never connected'
grep -q 'ended\|lost\|broke' "$fed/log/politi_1470:agent" ||
    no 'the newest hello must end the older session'
same "all $total messages are there, once" "$(fed inbox politi/1470)" $total
want 0 ' 0 faults' fed judge
