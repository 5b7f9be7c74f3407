#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# infohus rules: what it says of a draft, how it exits, and that a manifest
# counts only with two approvals. No daemon runs here.
. "$(dirname "$0")/../federation/fed.sh"

fed new rules --stopped
cd "$top" || exit 3
table=(--rules config/rules.yaml --places config/places.yaml
	--workflow config/workflow.yaml)

# draft NAME JSON: writes a draft, prints its path.
draft() {
	printf '%s\n' "$2" >"$fed/$1.json"
	printf '%s' "$fed/$1.json"
}

# expect CODE TEXT SENTENCE ARGS...: exit code, and a text in what it prints.
expect() {
	local code=$1 text=$2 sentence=$3 status=0
	shift 3
	"$infohus" rules "$@" >"$fed/out" 2>&1 || status=$?
	if [ "$status" = "$code" ] && grep -qF -- "$text" "$fed/out"; then
		ok "$sentence"
	else
		no "$sentence: exit $status, expected $code and: $text"
		cat "$fed/out"
	fi
}

acute=$(draft acute '{"role": "skole", "kind": "concern",
  "urgency": "acute", "addressee": [
  {"role": "pol_vagt", "relation": "any", "cooperation": "none"},
  {"role": "kom_tovholder", "relation": "any", "cooperation": "none",
   "basis": ["dbl_8_2"], "purpose": "avert_danger",
   "necessity": "imminent_danger"}]}')
request=$(draft request '{"role": "pol_tovholder", "kind": "info_request",
  "case_id": "AZuNK4wAcuGH9buiCjiVTw==",
  "grounds": {"bopaelskommune": "0773", "age": "adult", "condition": [
    {"kind": "socially_exposed", "judged_by": "pol_tovholder",
     "judged_at": "now-1d"}]},
  "addressee": [{"node": "psykiatri/1081", "cooperation": "psp",
    "basis": ["rpl_115_1_2"], "purpose": "exposed_persons",
    "necessity": "cooperation", "section": ["identity"]}],
  "sections": {"identity": {"alias": "N"}}}')
unsendable=$(draft unsendable '{"role": "skole", "kind": "info_answer",
  "addressee": [{"role": "kom_tovholder", "cooperation": "none"}]}')
broken=$(draft broken '{"role": "skole", "kind": "concern",
  "addressee": [{"role": "teacher", "cooperation": "none"}]}')

expect 1 'prohibited by P20' 'an acute message reaches police, not the kommune' \
	explain "$acute" "${table[@]}"
expect 1 'to pol_vagt: permit by R43' 'and the rule is named' \
	explain "$acute" "${table[@]}"
expect 1 'Ring 112' 'and so are the numbers to call' \
	explain "$acute" "${table[@]}"
expect 0 'permit by R08' 'police ask psychiatry while they are alone' \
	explain "$request" "${table[@]}" --police-alone \
	--node-role psykiatri/1081=behandlingspsykiatri
expect 0 '(Morsø), politikreds 1462, region 1081' 'the place is said' \
	explain "$request" "${table[@]}" \
	--node-role psykiatri/1081=behandlingspsykiatri
expect 1 'does not fit: relation' 'another region is not theirs' \
	explain "$request" "${table[@]}" --relation any \
	--node-role psykiatri/1081=behandlingspsykiatri
expect 1 'P03' 'a year later the judgement is too old' \
	explain "$request" "${table[@]}" --at 2099-01-01T00:00:00Z \
	--node-role psykiatri/1081=behandlingspsykiatri
expect 1 'illegal_event: the workflow has no such step' 'the workflow has its say' \
	explain "$request" "${table[@]}" --state none \
	--relation participant \
	--node-role psykiatri/1081=behandlingspsykiatri
expect 2 'expected --node-role psykiatri/1081=ROLE' \
	'a role is never read out of a name' explain "$request" "${table[@]}"
expect 2 'expected a word, such as "none"' 'an unknown state is told' \
	explain "$acute" "${table[@]}" --state open
expect 2 'expected --config or --rules' 'one law must be named' \
	explain "$acute"
expect 2 'case_id: found none, expected the id of the case' \
	'what cannot be sent is not explained' explain "$unsendable" "${table[@]}"
expect 2 'teacher' 'a draft that is none is told' \
	explain "$broken" "${table[@]}"
expect 2 'found no "limits"' 'a broken table is told, whole' \
	explain "$acute" --rules tests/rules/bad.no-limits.yaml
expect 3 'No such file' 'a missing file is an error' \
	explain "$fed/none.json" "${table[@]}"
expect 1 '"code": "prohibited"' 'it is JSON when asked' \
	explain "$acute" "${table[@]}" --json
expect 0 'Exit 0' 'help is there' explain --help
expect 1 'prohibited by P13' 'an option wins over what the draft says' \
	explain "$acute" "${table[@]}" --not has_case --state closed \
	--urgency ordinary

# A question needs no draft: every fact is an option by its own name.
ask() { # ASK CODE TEXT SENTENCE OPTIONS...
	local code=$1 text=$2 sentence=$3
	shift 3
	expect "$code" "$text" "$sentence" explain "${table[@]}" "$@"
}
school=(--kind info_answer --from skole --basis rpl_115_2 --state assessed
	--purpose crime_prevention --necessity assessment --answers-request)
ask 0 'to kom_tovholder: permit by R07' 'a school answers the tovholder' \
	"${school[@]}" --to kom_tovholder --carries identity,school
ask 1 'to jobcenter: refuse, no_permit' 'and nobody else' \
	"${school[@]}" --to kom_tovholder,jobcenter --carries identity
ask 1 'does not fit: category: d6' 'nor an assessment' \
	"${school[@]}" --to kom_tovholder --carries identity --carries d6
ask 1 'instead: drop: d6 (R07)' 'what would be lawful is said' \
	"${school[@]}" --to kom_tovholder --carries identity,d6
awk '{ gsub(/[\200-\277]/, ""); if (length($0) > 80) exit 1 }' "$fed/out" ||
	no 'a line is longer than 80 columns'
ask 0 'da: En kommunal skole' 'the rule is said in Danish' \
	"${school[@]}" --to kom_tovholder
ask 0 'en: A municipal school' 'and in English' \
	"${school[@]}" --to kom_tovholder
ask 1 'also forbidden by P20' 'every prohibition that matches is named' \
	--kind info_answer --from skole --to jobcenter --not police_looked
ask 1 'illegal_event' 'the workflow is asked here too' \
	--kind screening --from skole --to infohus
ask 1 'police_looked' 'what is assumed is said' "${school[@]}" --to jobcenter
ask 1 'prohibited by P20' 'what is assumed can be denied' \
	"${school[@]}" --to jobcenter --not police_looked
ask 0 'duty U2: Ring 112' 'duties are said once' --kind concern \
	--from skole --urgency acute --to pol_vagt,pol_tovholder
[ "$(grep -c 'duty U2' "$fed/out")" = 1 ] &&
	ok 'and only once' || no 'a duty is said again for each recipient'
ask 2 'found no FILE and no --to' 'a question needs a recipient' --from skole
ask 2 'found no FILE and no --to' 'whatever else it says' --from skole \
	--kind concern
# What is left open may be anything.
ask 0 'permit by R46' 'a school may tell the jobcenter about d6 by consent' \
	--from skole --to jobcenter --carries d6 --state assessed
ask 0 'consent: valid' 'and what must hold is said' \
	--from skole --to jobcenter --carries d6 --state assessed
ask 1 'never' 'but not against an investigation' --from skole \
	--to jobcenter --carries d6 --purpose investigation
ask 1 'never' 'no basis is not any basis' --any --kind info_answer \
	--from skole --to kom_tovholder --state assessed --basis none
ask 0 'permit by R04' 'any relation is no demand' --any --kind info_answer \
	--from skole --to kom_tovholder --state assessed --relation any
ask 0 'permit by R07' 'and without one others decide' --any \
	--kind info_answer --from skole --to kom_tovholder --state assessed \
	--relation none
grep -qF 'permit by R04' "$fed/out" && no 'no relation is taken as any'
ask 1 'never' 'nothing switched on is not anything' --any --kind crisis \
	--from skole --to jobcenter --setting none
ask 0 'permit by' 'and what is left open may be' --any --kind crisis \
	--from skole --to jobcenter
ask 1 'park, pending by R17' 'what an approver decides is told' \
	--kind info_answer --from kriminalforsorg --to kom_tovholder \
	--basis rpl_115_2 --purpose crime_prevention --necessity cooperation
ask 1 'decided by, at the sender: godkender' 'and by whom' \
	--kind info_answer --from kriminalforsorg --to kom_tovholder \
	--basis rpl_115_2 --purpose crime_prevention --necessity cooperation
ask 0 'kinds: info_answer, info_decline' 'kinds are listed' --from skole \
	--to kom_tovholder --basis rpl_115_2 --state assessed
ask 1 '"ways": []' 'an open question is answered as JSON too' --from skole \
	--to jobcenter --purpose investigation --json
ask 0 'permit by R07' 'a kind can be given and the rest left open' --any \
	--kind info_answer --from skole --to kom_tovholder
ask 2 '--kind: found letter, expected a word, such as "concern"' \
	'a word that no list has is told' --kind letter --from skole --to social
ask 2 '--not: found kind, expected a flag' 'only a flag can be denied' \
	"${school[@]}" --to social --not kind
ask 2 'found --has-case too' 'nothing both holds and does not' \
	"${school[@]}" --to social --has-case --not has_case
expect 2 'found a draft and --kind' 'a draft has its own kind' \
	explain "$acute" "${table[@]}" --kind concern

# The federation's manifest carries its two approvals already: begin anew.
rm "$fed/law/manifest"
expect 0 'places' 'a new manifest lists every item' \
	manifest --config "$fed/infohusd.yaml"
want 1 custodian "$BUILD/bin/infohusd" --check "$fed/infohusd.yaml"
for n in one two; do
	must "$infohus" node approve "$fed/law/manifest" \
		--custodian "$fed/custodian-$n"
done
expect 0 'permit by R08' 'the configured law judges alike' \
	explain "$request" --config "$fed/infohusd.yaml" \
	--node-role psykiatri/1081=behandlingspsykiatri
want 0 '' "$BUILD/bin/infohusd" --check "$fed/infohusd.yaml"
echo '# changed' >>"$fed/law/rules.yaml"
want 1 'rules.yaml: found a text that differs from the approved one' \
	"$BUILD/bin/infohusd" --check "$fed/infohusd.yaml"
expect 2 '--config is missing' 'a manifest needs a configuration' manifest
expect 1 'found no "origin"' 'and a sound one' \
	manifest --config tests/law/bad/bad.config-nothing.yaml
