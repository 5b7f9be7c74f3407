#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the law leaves open, through real processes: Kriminalforsorgen's
# message waits, its approver sees header, grounds and addressee and nothing
# else, decides with infohus approve, and the kommune
# gets what was let pass. Core is killed between the two.
. "$(dirname "$0")/../federation/fed.sh"

fed new park
must fed node kriminalforsorg/oest cli kriminalforsorg@country
must fed node kriminalforsorg/oest/leder cli godkender@country

draft() { # TEXT ID
	cat <<-TXT
	{"kind": "concern", "role": "kriminalforsorg", "message_id": "$2",
	 "grounds": {"bopaelskommune": "0101", "age": "adult",
	             "source": "prison_probation", "knowledge": "own",
	             "necessity": "opdigtet"},
	 "addressee": [{"node": "kommune/0101", "cooperation": "none",
	                "basis": ["rpl_115_2"], "purpose": "crime_prevention",
	                "necessity": "assessment",
	                "section": ["identity", "prison"]}],
	 "sections": {"identity": {"given_name": "Jonas"},
	              "prison": {"text": "$1"}}}
	TXT
}
decide() { # FILE [OPTION]: as docs/operations.md says it
	"$infohus" approve "$@" |
	    "$infohus" send --home "$(fed home kriminalforsorg/oest/leder:cli)" -
}

draft 'HEMMELIGT ord' 'AZuNK4xwcACAAAAAAAAAAQ==' >"$fed/a.json"
want 1 'park' "$infohus" send --home "$(fed home kriminalforsorg/oest:cli)" "$fed/a.json"
want 1 '' "$infohus" receive --home "$(fed home kommune/0101:cli)" --timeout 1
want 0 '' "$infohus" receive --home "$(fed home kriminalforsorg/oest/leder:cli)" --dir "$fed/asked" \
    --timeout 2
asked=("$fed"/asked/*.json)
same 'the approver has one to decide' "${#asked[@]}" 1
grep -q '"necessity": "opdigtet"' "${asked[0]}" &&
    ok 'with its grounds' || no 'the approver must see the grounds'
want 1 'found no message that waits' "$infohus" approve "$fed/a.json"
grep -q '"sections": {}' "${asked[0]}" &&
    ! grep -qE 'HEMMELIGT|Jonas' "${asked[0]}" &&
    ok 'and no section' || no 'the approver must see no section'

must fed restart core
want 0 'E02' decide "${asked[0]}"
want 0 '' "$infohus" receive --home "$(fed home kommune/0101:cli)" --dir "$fed/got" \
    --timeout 2
grep -q 'HEMMELIGT' "$fed"/got/*.json &&
    ok 'what was approved arrives' || no 'what was approved must arrive'
want 0 'decided in entry' "$infohus" send --home "$(fed home kriminalforsorg/oest:cli)" "$fed/a.json"

draft 'noget andet' 'AZuNK4xwcACAAAAAAAAAAg==' >"$fed/b.json"
want 1 'park' "$infohus" send --home "$(fed home kriminalforsorg/oest:cli)" "$fed/b.json"
must "$infohus" receive --home "$(fed home kriminalforsorg/oest/leder:cli)" --dir "$fed/asked2" --timeout 2
want 0 'E02' decide "$fed"/asked2/*.json --deny
want 1 'denied: the approver' "$infohus" send --home "$(fed home kriminalforsorg/oest:cli)" \
    "$fed/b.json"
want 1 '' "$infohus" receive --home "$(fed home kommune/0101:cli)" --timeout 1

must fed snapshot
