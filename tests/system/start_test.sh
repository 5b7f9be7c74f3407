#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Starting: every fault of config and law files at once with file, line and
# column; keys that are missing or readable by others; a manifest that only
# one custodian approved. Nothing is started then. Start to ready is timed
# and reported, never asserted.
. "$(dirname "$0")/../federation/fed.sh"

fed new start --stopped
daemon() {
	timeout 10 "$BUILD/bin/infohusd" "$@" "$fed/infohusd.yaml"
}

# refused TEXT: neither --check nor a start accept it, and say TEXT.
refused() {
	want 1 "$1" daemon --check
	want 1 "$1" daemon
}

want 0 '' daemon --check

sed -i 's/^batch: .*/batch: 0/; s/^tick_seconds/tick_secondz/' \
    "$fed/infohusd.yaml"
refused 'infohusd.yaml:'
same 'both faults are told with line and column' \
    "$(daemon --check 2>&1 | grep -c 'infohusd.yaml:[0-9]*:[0-9]*: ')" 2
sed -i 's/^batch: .*/batch: 16/; s/^tick_secondz/tick_seconds/' \
    "$fed/infohusd.yaml"

echo '  - {id: R00}' >>"$fed/law/rules.yaml"
refused "rules.yaml:$(wc -l <"$fed/law/rules.yaml"):"
cp "$top/config/rules.yaml" "$fed/law/"

chmod 640 "$fed/keys/log.key"
refused log.key
chmod 600 "$fed/keys/log.key"

mv "$fed/keys/box.key" "$fed/keys/away"
refused box.key
mv "$fed/keys/away" "$fed/keys/box.key"

cp "$fed/law/manifest" "$fed/manifest"
must "$infohus" rules manifest --config "$fed/infohusd.yaml"
want 0 '' cmp "$fed/law/manifest" "$fed/manifest"
must fed manifest one
refused custodian
cp "$fed/manifest" "$fed/law/manifest"

start=$(date +%s%N)
must fed start
end=$(date +%s%N)
ok "start to ready, with three nodes admitted: $(((end - start) / 1000000)) ms"
