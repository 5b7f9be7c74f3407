#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A new law comes into force whole or not at all: by two custodians who were
# in force before it, recorded by an entry. A bad file, one approval, or
# custodians who appointed themselves leave the old law in force.
. "$(dirname "$0")/../federation/fed.sh"

fed new reload
old=$(fed status manifest)

# refused TEXT: a reload says TEXT, and the old law stays in force.
refused() {
	want 1 "$1" "$infohus" admin reload --socket "$fed/run/admin.sock"
	same 'the old law stays in force' "$(fed status manifest)" "$old"
}

sed -i 's/max_age_days: *[0-9]*/max_age_days: 90/' "$fed/law/rules.yaml"
refused 'rules.yaml: found a text that differs from the approved one'
must fed manifest one
refused 'custodian'

cp "$fed/law/rules.yaml" "$fed/good.yaml"
echo 'nonsense: [' >>"$fed/law/rules.yaml"
refused "rules.yaml:$(($(wc -l <"$fed/law/rules.yaml") + 1)):"
cp "$fed/good.yaml" "$fed/law/rules.yaml"

must fed manifest one two
want 0 '' "$infohus" admin reload --socket "$fed/run/admin.sock"
[ "$(fed status manifest)" != "$old" ] &&
    ok 'two custodians: the new law is in force' ||
    no 'two custodians must suffice'

# --- custodians who appoint themselves
old=$(fed status manifest)
must fed stop
must fed custodian x
must fed custodian y
sed -i 's/custodian-one/custodian-x/; s/custodian-two/custodian-y/' \
    "$fed/infohusd.yaml"
must fed manifest x y
want 1 custodian fed start
# --- and the same, approved by those before them
must fed manifest x y one two
must fed start
[ "$(fed status manifest)" != "$old" ] &&
    ok 'custodians whom the old ones approved take over' ||
    no 'approved new custodians must be accepted'
must fed snapshot
