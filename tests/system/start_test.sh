#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Starting: every fault of config and law files at once with file, line and
# column; keys that are missing or readable by others; a manifest that only
# one custodian approved. Nothing is started then. Start to ready is timed
# and reported, never asserted.
. "$(dirname "$0")/federation.sh"

fed_usual start
daemon() {
	timeout 10 "$BIN/infohusd" "$@" "$fed/infohusd.yaml" >"$fed/out" 2>&1
}

daemon --check && ok 'a good set of files passes' || {
	cat "$fed/out"
	no '--check must pass'
}

sed -i 's/^batch: .*/batch: 0/; s/^tick_seconds/tick_secondz/' \
    "$fed/infohusd.yaml"
daemon --check && no 'two faults must be found'
[ "$(grep -c 'infohusd.yaml:[0-9]*:[0-9]*: ' "$fed/out")" -ge 2 ] &&
    ok 'both faults are told with line and column' || {
	cat "$fed/out"
	no 'both faults must be told'
}
daemon && no 'nothing may start with a bad config'
sed -i 's/^batch: .*/batch: 16/; s/^tick_secondz/tick_seconds/' \
    "$fed/infohusd.yaml"

echo '  - {id: R00}' >>"$fed/law/rules.yaml"
daemon --check && no 'a bad rule must be found'
grep -q 'rules.yaml:[0-9]*:[0-9]*: ' "$fed/out" &&
    ok 'a bad rule is told with line and column' || {
	cat "$fed/out"
	no 'a bad rule must be told'
}
cp "$top/config/rules.yaml" "$fed/law/"

chmod 640 "$fed/keys/log.key"
daemon --check && no 'a key readable by others must be found'
grep -q 'log.key' "$fed/out" && ok 'a key readable by others is refused' ||
    no 'the key must be named'
daemon && no 'nothing may start with an open key'
chmod 600 "$fed/keys/log.key"

mv "$fed/keys/box.key" "$fed/keys/away"
daemon --check && no 'a missing key must be found'
grep -q 'box.key' "$fed/out" && ok 'a missing key is refused' ||
    no 'the key must be named'
daemon && no 'nothing may start without a key'
mv "$fed/keys/away" "$fed/keys/box.key"

cp "$fed/law/manifest" "$fed/manifest"
fed_must "$infohus" rules manifest --config "$fed/infohusd.yaml"
cmp -s "$fed/law/manifest" "$fed/manifest" &&
    ok 'an unchanged manifest keeps its approvals' ||
    no 'an approved manifest must not be written over'
rm "$fed/law/manifest"
fed_must "$infohus" rules manifest --config "$fed/infohusd.yaml"
fed_must "$infohus" node approve "$fed/law/manifest" \
    --custodian "$fed/custodian-one"
daemon && no 'one custodian is not two'
grep -qi 'custodian\|approv' "$fed/out" && ok 'one approval is not enough' || {
	cat "$fed/out"
	no 'the missing approval must be told'
}
cp "$fed/manifest" "$fed/law/manifest"

: >"$fed/daemon.log"
start=$(date +%s%N)
fed_run
end=$(date +%s%N)
ok "start to an answer on the admin socket: $(((end - start) / 1000000)) ms"
fed_stop
