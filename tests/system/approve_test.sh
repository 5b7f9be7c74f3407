#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Two custodians, each on a machine of their own: a law is approved in
# detached files that are put together, takes effect by two different
# custodians who still count, and is rolled back by approving the former one
# again. Whatever does not count leaves the law in force and says why.
. "$(dirname "$0")/../federation/fed.sh"

fed new approve
config=$fed/infohusd.yaml
old=$(fed status manifest)
mkdir "$fed/away"

approve() { # NAME [OPTION...]
	"$infohus" rules approve --config "$config" \
	    --custodian "$fed/custodian-$1" --out "$fed/away/$1" "${@:2}"
}
join() {
	"$infohus" rules join --config "$config" "$@"
}
reload() {
	"$infohus" admin reload --socket "$fed/run/admin.sock"
}
in_force() { # TEXT MANIFEST
	same "$1" "$(fed status manifest)" "$2"
}

# --- what is approved is said, and each approval is a file of its own
cp "$fed/law/manifest" "$fed/away/before"
cp -r "$fed/law" "$fed/former"
sed -i 's/max_age_days: *[0-9]*/max_age_days: 90/' "$fed/law/rules.yaml"
want 0 'changed  ' approve one --against "$fed/away/before"
case $(approve one --against "$fed/away/before") in
*'added'* | *'removed'* | *'places'*) no 'only the rules are changed' ;;
*' rules'*) ok 'what changes is said, and nothing else' ;;
*) no 'the changed rules must be named' ;;
esac
want 0 'approved by custodian/two' approve two
cmp -s "$fed/law/manifest" "$fed/away/before" &&
    ok 'approving writes no manifest' || no 'approving must write no manifest'
[ "$(stat -c %s "$fed/away/one")" -lt 300 ] &&
    ok 'an approval is detached: it does not hold what it approves' ||
    no 'an approval must be detached'

# --- what is no second custodian's does not count
want 1 'two: found a second approval by one person' \
    join "$fed/away/two" "$fed/away/one" "$fed/away/two"
want 2 '' join "$fed/away/one"
must fed custodian x
want 1 'expected one of the custodians that this law names' approve x
[ -e "$fed/away/x" ] && no 'a stranger approves nothing' ||
    ok 'a stranger approves nothing'
want 1 'away/before: found something else' \
    join "$fed/away/one" "$fed/away/before"
cmp -s "$fed/law/manifest" "$fed/away/before" &&
    ok 'nothing is put together from what does not count' ||
    no 'the manifest must be as it was'
must fed manifest one one
want 1 'expected two different ones' reload
must fed manifest one x
want 1 'expected two different ones' reload
in_force 'one custodian, twice or beside a stranger, changes nothing' "$old"

# --- two do, put together in any order
want 0 '2 approvals' join "$fed/away/two" "$fed/away/one"
want 0 '' reload
new=$(fed status manifest)
[ "$new" != "$old" ] && ok 'two custodians: the new law is in force' ||
    no 'two custodians must suffice'

# --- an approval is of one law
sed -i 's/max_age_days: *[0-9]*/max_age_days: 60/' "$fed/law/places.yaml" \
    "$fed/law/rules.yaml"
want 1 'one: found an approval that does not hold' \
    join "$fed/away/one" "$fed/away/two"
want 1 'rules.yaml: found a text that differs' reload
in_force 'approvals of another law change nothing' "$new"

# --- a law that the daemon would not load is not approved
cp "$fed/law/rules.yaml" "$fed/good.yaml"
echo 'nonsense: [' >>"$fed/law/rules.yaml"
want 1 "rules.yaml:$(($(wc -l <"$fed/law/rules.yaml") + 1)):" approve one
cp "$fed/good.yaml" "$fed/law/rules.yaml"
sed -i '0,/purpose: \[investigation\]/s//purpose: [release]/' \
    "$fed/law/rules.yaml"
want 1 'invariant' approve one
must fed manifest one two
want 1 'invariant' reload
in_force 'a table that breaks an invariant cannot be put in force' "$new"
cp "$fed/good.yaml" "$fed/law/rules.yaml"

# --- back to the former law: it is approved again
cp "$fed"/former/*.yaml "$fed/law/"
want 0 "manifest $old" approve one
want 0 "manifest $old" approve two
want 0 '2 approvals' join "$fed/away/one" "$fed/away/two"
want 0 '' reload
in_force 'rolled back: the former law is in force' "$old"
must fed stop
must fed start
in_force 'and after a start' "$old"
must fed snapshot
must fed judge
