#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A new law comes into force whole or not at all: by two custodians who were
# in force before it, recorded by an entry. A bad file, one approval, or
# custodians who appointed themselves leave the old law in force.
. "$(dirname "$0")/federation.sh"

fed_usual reload
fed_start
old=$(fed_status manifest)

reload() {
	"$infohus" admin reload --socket "$fed/run/admin.sock" >"$fed/out" 2>&1
}
approve() {
	local who
	rm -f "$fed/law/manifest"
	fed_must "$infohus" rules manifest --config "$fed/infohusd.yaml"
	for who in "$@"; do
		fed_must "$infohus" node approve "$fed/law/manifest" \
		    --custodian "$fed/custodian-$who"
	done
}
unchanged() {
	if [ "$(fed_status manifest)" = "$old" ]; then
		ok "$1: the old law stays in force"
	else
		no "$1: the law in force has changed"
	fi
}

sed -i 's/max_age_days: *[0-9]*/&0/' "$fed/law/rules.yaml"
echo '# changed' >>"$fed/law/rules.yaml"
reload && no 'a text that the manifest does not name must be refused'
unchanged 'a text without approval'
approve one
reload && no 'one custodian is not two'
unchanged 'one approval'

cp "$fed/law/rules.yaml" "$fed/good.yaml"
echo 'nonsense: [' >>"$fed/law/rules.yaml"
reload && no 'a bad file must be refused'
grep -q 'rules.yaml:[0-9]*:[0-9]*' "$fed/out" ||
    no 'the fault must be named with line and column'
unchanged 'a bad file'
cp "$fed/good.yaml" "$fed/law/rules.yaml"

approve one two
if reload && [ "$(fed_status manifest)" != "$old" ]; then
	ok 'two custodians: the new law is in force'
else
	cat "$fed/out"
	no 'two custodians must suffice'
fi

# --- custodians who appoint themselves
old=$(fed_status manifest)
fed_stop
cp "$fed/infohusd.yaml" "$fed/infohusd.good"
cp "$fed/law/manifest" "$fed/manifest.good"
for n in x y; do
	fed_must "$infohus" node new "custodian/$n" --ca "$fed/ca" \
	    --out "$fed/custodian-$n"
done
sed -i 's/custodian-one/custodian-x/; s/custodian-two/custodian-y/' \
    "$fed/infohusd.yaml"
approve x y
timeout 10 "$BIN/infohusd" "$fed/infohusd.yaml" >"$fed/out" 2>&1
status=$?
if [ "$status" = 1 ] && grep -q 'custodian' "$fed/out"; then
	ok 'custodians who appointed themselves are refused at start'
else
	cat "$fed/out"
	no "self-made custodians must be refused, exit was $status"
fi
# --- and the same, approved by those before them
approve x y one two
fed_run
[ "$(fed_status manifest)" != "$old" ] &&
    ok 'custodians whom the old ones approved take over' ||
    no 'approved new custodians must be accepted'
fed_snapshot "$fed/snapshot"
