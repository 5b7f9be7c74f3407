#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The command fed: what it makes, that it says what is wrong, and that it
# leaves nothing behind, however the test ends.
. "$(dirname "$0")/fed.sh"

bare=$BUILD/tests/fed

began=$(date +%s%N)
fed new first
must fed receive politi/1470:agent
must fed receive kommune/0101:agent
must fed send kommune/0101/jobcenter:cli
ok "from nothing to the first delivered message: $((($(date +%s%N) - \
    began) / 1000000)) ms"
first=$FED

# --- another one beside it
fed new second
second=$FED
fed concern >"$fed/draft.json"
must fed send kommune/0101/jobcenter:cli --timeout 20 "$fed/draft.json"
same 'two federations share nothing' \
    "$(FED=$first fed inbox politi/1470) $(fed inbox politi/1470)" '1 0'
same 'its message waits' "$(fed mailbox politi/1470 | wc -l)" 1
FED=$first
same 'that of the other does not' "$(fed mailbox politi/1470 | wc -l)" 0

# --- what is wrong is said, with what was found and what was expected
want 1 'FED is not set' env -u FED "$bare" stop
want 1 'no federation lives there' env FED=/nowhere "$bare" stop
want 2 'no such word' fed jump
want 2 'found 0 words, expected: WHO' fed kill
want 2 'found "R7", expected STEP:N, such as R7:3' fed kill core --at R7
want 1 'start it with hooks' fed kill core --at R7:1
want 1 'expected one of kommune/0101:agent kommune/0101:cli' \
    fed home kommune/0101
nodes='kommune/0101 kommune/0101/jobcenter politi/1470'
want 1 "node: found \"politi/9999\", expected one that was made: $nodes" \
    fed home politi/9999:agent
want 1 'seat: found "politi/1470:agnt", expected one of politi/1470:agent politi/1470:triage' \
    fed home politi/1470:agnt
want 1 "found \"politi/9999\", expected one that was made: $nodes" \
    fed inbox politi/9999
want 1 "found \"politi/9999\", expected one that was admitted: $nodes" \
    fed mailbox politi/9999
want 1 'nobody: nothing of that name was started' fed pause nobody
want 1 'politi/1470:agent runs already' fed receive politi/1470:agent
want 1 'politi/1470:agent runs already' fed proxy politi/1470:agent
want 1 'politi/1470:triage has no proxy' fed proxy politi/1470:triage cut
must fed proxy politi/1470:triage
want 2 'found "cutt", expected heal, delay=MS' fed proxy politi/1470:triage cutt
want 2 'found "delay=x"' fed proxy politi/1470:triage cut delay=x
want 0 'accepted=0 open=0' fed proxy politi/1470:triage show
want 2 'status: found "sise", expected one of ok origin size' fed status sise
want 2 'found "xy", expected a number of seconds' fed drained xy
want 2 'role: found "teacher", expected infohus, kom_tovholder, ' \
    fed node kommune/0999 agent teacher
want 2 ', asylcenter, hotline, ' fed node kommune/0998 agent teacher@land
want 2 'node kommune/0997: roles: found "skole@land", expected ROLE[@kommune' \
    fed node kommune/0997 agent skole@land
want 2 'node: found "Kommune", expected 2 or 3 elements' \
    fed node Kommune agent skole@country
# What does not fit is not cut.
many() {
	many_words=()
	while [ "${#many_words[@]}" -lt "$2" ]; do
		many_words+=("$1")
	done
}
many x 1000
want 2 'found 1001 words, expected at most 1000' \
    fed send kommune/0101/jobcenter:cli "${many_words[@]}"
many heal 52
want 2 'found "heal" behind 255 bytes, expected at most 254 together' \
    fed proxy politi/1470:triage "${many_words[@]}"
many kom_tovholder@kommune:0101 74
want 2 'behind 1998 bytes, expected at most 1998 together' \
    fed node kommune/0999 agent "${many_words[@]}" x
many one 249
want 2 'found "two" behind 996 bytes' fed manifest "${many_words[@]}" two
many A=b 61
want 2 'found "A=b", expected at most 60 NAME=VALUE' \
    fed run env "${many_words[@]}" true
want 2 'found "A=b", expected at most 60 NAME=VALUE' \
    fed start "${many_words[@]}"
must fed run seven sh -c 'exit 7'
want 7 '' fed wait seven
want 2 'found "--batch=0", expected a number above 0' "$bare" new --batch=0
want 2 'ports: found "1-2", expected FIRST-LAST' "$bare" new --ports=1-2
printf 'kommune/0101 | K | | agent |\n# no roles\na/b | c\n' >"$fed/nodes.txt"
want 2 'nodes.txt:3: found 2 fields, expected NODE | display name' \
    "$bare" new --nodes="$fed/nodes.txt"

# --- no ports, no disk: it says which, and nothing is left
export TMPDIR=$fed/tmp
mkdir "$TMPDIR"
port=$(sed -n 's/^first_port: //p' "$fed/infohusd.yaml")
want 1 "no 33 free ports in a row between $port and $((port + 47)) on" \
    "$bare" new --ports="$port-$((port + 47))"
want 1 'no room for 33 ports' "$bare" new --ports="$port-$((port + 20))"
want 1 'law/rules.yaml: File too large' \
    bash -c "ulimit -f 8; exec '$bare' new full"
# Room for each file of the law, and not for the ledger, which holds them all.
room=$(($(stat -c %s "$top/config/rules.yaml") / 1024 + 4))
want 1 'the daemon does not serve' \
    bash -c "ulimit -f $room; exec '$bare' new full"
want 1 '/nowhere: cannot make a folder in it: No such file or directory' \
    env TMPDIR=/nowhere "$bare" new
long=$TMPDIR/$(printf '%060d' 0)
mkdir "$long"
want 2 'expected at most 80' env TMPDIR="$long" "$bare" new
want 2 'expected at most 80' env -C "$long" TMPDIR=. "$bare" new
rmdir "$long"
mkdir "$fed/tiny"
mounted='mount -t tmpfs -o size=200k none "$1" || exit 9'
# shellcheck disable=SC2016 # the shell that mounts expands it
if unshare -m bash -c "$mounted" tiny "$fed/tiny" 2>"$fed/refused"; then
	want 1 'found 200 KiB free on the disk' unshare -m bash -c \
	    "$mounted"'; TMPDIR=$1 "$2" new; ls "$1" | grep . && exit 8
	    exit 1' tiny "$fed/tiny" "$bare"
else
	ok "no disk is full here: $(cat "$fed/refused")"
fi
mkdir -p "$fed/broken/tests"
cp "$bare" "$fed/broken/tests/other"
: >"$fed/broken/tests/fed"
chmod +x "$fed/broken/tests/fed"
want 1 'broken/tests/fed did not start as a keeper' "$fed/broken/tests/other" new
same 'nothing is left of what failed' "$(ls "$TMPDIR")" ''

# --- a relative TMPDIR, and a short link where the way itself is too long
mkdir "$long"
ln -s "$long" "$fed/short"
want 0 "$TMPDIR/infohus-fed." env -C "$fed" TMPDIR=tmp "$bare" new --stopped
want 0 "$fed/short/infohus-fed." env TMPDIR="$fed/short" "$bare" new --stopped
want 0 '' until_true 60 rmdir "$long"
want 0 '' until_true 60 rmdir "$TMPDIR"
mkdir "$TMPDIR"

# --- who has closed what others have open is served all the same
served() {
	local FED
	eval "FED=\$('$bare' new --for=$$ --stopped $1)" || return
	FED=$FED "$bare" end
}
for closed in '<&-' '2>&-' '<&- 2>&-'; do
	want 0 '' served "$closed"
done

# --- a failed test keeps its folder and says how to look
failing() {
	cat >"$fed/failing.sh" <<-TXT
	. "$top/tests/federation/fed.sh"
	fed new failing
	$1
	TXT
	bash "$fed/failing.sh" 2>&1
}
out=$(failing 'no "something is wrong"')
same 'a test that said no fails' $? 1
kept=$(sed -n 's/^kept: //p' <<<"$out")
want 0 '' test -s "$kept/daemon.log"
[[ $out == *"infohus admin status --socket $kept/run/admin.sock"* ]] ||
    no 'a failed test must say how to look'
[[ $out == *'NOT OK: failing.sh:3: something is wrong'* ]] ||
    no "a no must name its line: $out"
want 1 "$kept: no federation lives there any more; a folder that was kept" \
    env FED="$kept" "$bare" stop
rm -rf "$kept"
# Each is the last line of a test that must fail, and what it must print.
while IFS='|' read -r line text; do
	out=$(failing "$line")
	same "fails: $line" $? 1
	[[ $out == *"NOT OK: $text"* ]] || no "$line: expected \"$text\": $out"
	rm -rf "$(sed -n 's/^kept: //p' <<<"$out")"
done <<-'TXT'
	fed pause nobody|failing.sh:3: failed: fed pause nobody
	FED=/nowhere fed stop; true|failing.sh:3: failed: fed stop
	f() { fed run x false; fed wait x; return 0; }; f; ok fine|failing.sh:3: failed: fed wait x
	false|failing.sh: ended with status 1 at "false"; the last that failed: failing.sh:3: false
	exit 1|failing.sh: ended with status 1 at "exit 1"
	must false|failing.sh:3: failed: false
	same 'two words' a b|failing.sh:3: two words: found a, expected b
	kill -TERM $$|failing.sh: ended by a signal at "kill
TXT
out=$(failing 'fed pid nobody || ok a; if fed pid nobody; then no b; fi
    until_true 1 fed pid nobody && no c; x=$(fed pid nobody); ok d')
same 'a word may fail where its failure is a condition' $? 0
out=$(failing "suspect=\$fed
    fed new sound; FED=\$suspect; same 'one of two' 1 2")
same 'of two federations' "$(grep -c '^kept: ' <<<"$out")" 2
same 'the one in use is shown' "$(grep -c 'admin status' <<<"$out")" 1
[[ $out == *"admin status --socket $TMPDIR/infohus-failing"* ]] ||
    no "expected the failing one to be shown: $out"
sed -n 's/^kept: //p' <<<"$out" | xargs rm -rf
failing 'exit 0' >"$fed/out" || no 'a test that passes passes'
same 'and leaves nothing' "$(ls "$TMPDIR")" ''
# Whoever died or was caught by a sanitizer unseen fails the test.
caught() {
	out=$(failing "$1")
	same "a test that did not look fails: $2" $? 1
	[[ $out == *"fed end: $2"* && $out != *"NOT OK"* ]] ||
	    no "expected only that $2, found $out"
	rm -rf "$TMPDIR"/infohus-failing.*
}
caught 'fed run dies sh -c "kill -SEGV \$\$"; want 139 "" fed wait dies' \
    'dies died of signal 11 (SEGV), which nobody sent'
caught 'fed run dies sh -c "kill -KILL \$\$"
    want 137 "" fed wait dies; fed run dies true' \
    'dies died of signal 9 (KILL), which nobody sent'
# shellcheck disable=SC2016 # the test's own script expands it
caught 'fed run late sh -c "trap \"kill -ABRT \\\$\\\$\" TERM; echo >$fed/on
    while :; do sleep 0.01; done"; must until_true 60 test -e $fed/on' \
    'late died of signal 6 (ABRT), which nobody sent'
caught 'fed run says echo x.c:1: runtime error: overflow; fed wait says' \
    'log/says: x.c:1: runtime error: overflow'
caught 'fed run says sh -c "echo ==1==ERROR: LeakSanitizer: leaks; exit 1"
    want 1 "" fed wait says' 'log/says: ==1==ERROR: LeakSanitizer: leaks'
# The address sanitizer would make an exit of the signal.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0 \
    caught 'lives=$(fed lives); fed signal core SEGV; fed serving "$lives"' \
    'daemon.log: infohusd: infohus-core ended by signal 11'
out=$(failing 'fed run long sleep 1000; fed run short sleep 1000
    fed signal short USR1; want 138 "" fed wait short
    fed run short sleep 1000; fed kill short; fed pause long')
same 'who was sent a signal may die of it' $? 0
out=$(failing 'fed kill launcher')
same 'the test may end what it likes' $? 0

# --- killed in the middle: no process and no file, also none of the test's own
cat >"$fed/killed.sh" <<-TXT
	. "$top/tests/federation/fed.sh"
	fed new killed
	fed receive politi/1470:agent
	fed pause core
	sleep 1000 &
	{ echo \$!; fed pid launcher; fed pid core; fed pid gate
	  fed pid politi/1470:agent; } >"$fed/pids"
	kill -KILL \$\$
TXT
bash "$fed/killed.sh" >/dev/null 2>&1
same 'five processes ran' "$(wc -l <"$fed/pids")" 5
nothing_is_left() {
	local pid
	while read -r pid; do
		# A zombie waits only for whoever is above the test.
		grep -qs '^State:[[:space:]]*[^Z]' "/proc/$pid/status" && return 1
	done <"$fed/pids"
	[ -z "$(ls "$TMPDIR")" ]
}
want 0 '' until_true 60 nothing_is_left

# --- a no counts wherever it is said, and the end cannot be replaced
# shellcheck disable=SC2016 # the test that fails expands it
for line in '( no x )' '{ no x; } & wait' ': | no x' ': "$(no x)"' \
    'out=$( (same x a b) )' ': | want 0 y true | cat' "trap 'echo x' EXIT" \
    'trap - TERM EXIT'; do
	out=$(failing "$line")
	same "fails: $line" $? 1
	rm -rf "$(sed -n 's/^kept: //p' <<<"$out")"
done
[[ $out == *'NOT OK: '*'trap - TERM EXIT: '*'use at_end'* ]] ||
    no "a trap that replaces the end must be told about at_end: $out"
failing '( trap : EXIT; ok x ); trap : USR1; at_end ok y' >"$fed/out" ||
    no 'a subshell may have an end of its own'

# --- many at once: each gets ports of its own while the others have theirs
for n in 1 2 3 4; do
	bash -c ". '$top/tests/federation/fed.sh'
	fed new many-$n
	fed receive politi/1470:agent
	fed receive kommune/0101:agent
	must fed send kommune/0101/jobcenter:cli
	fed inbox politi/1470 >'$fed/many-$n'
	sed -n 's/^first_port: //p' \$fed/infohusd.yaml >'$fed/port-$n'
	all_have() { [ \$(cat '$fed'/port-? | wc -l) = 4 ]; }
	want 0 '' until_true 120 all_have" >"$fed/said-$n" 2>&1 ||
	    no "one of four at once: $(cat "$fed/said-$n")" &
done
wait
same 'four at once delivered' "$(cat "$fed"/many-?)" $'1\n1\n1\n1'
same 'on different ports' "$(cat "$fed"/port-? | sort -u | wc -l)" 4
same 'and nothing is left' "$(ls "$TMPDIR")" ''
FED=$second
want 0 ' 0 faults' fed judge
mkdir -p "$fed/nodes/many/seat-"{1..500}/state
want 1 "more seats and inboxes than fit into the oracle's 1000 words" fed judge
rm -r "$fed/nodes/many"

# --- who judges while messages move is not misled by what came meanwhile
mkdir -p "$fed/moving/tests"
cp "$bare" "$fed/moving/tests/fed"
ln -s "$BUILD/bin" "$fed/moving/bin"
cat >"$fed/moving/tests/oracle" <<-TXT
	#!/bin/sh
	echo >>"$fed/judged"
	[ \$(wc -l <"$fed/judged") -gt \$(cat "$fed/moves") ] ||
	    "$bare" send kommune/0101/jobcenter:cli >/dev/null 2>&1 </dev/null
	exec "$BUILD/tests/oracle" "\$@"
TXT
chmod +x "$fed/moving/tests/oracle"
must fed receive politi/1470:agent
must fed receive kommune/0101:agent
must fed drained
echo 2 >"$fed/moves"
want 0 ' 0 faults' "$fed/moving/tests/fed" judge
# How often after that, says how late seats heard of the end of it.
[ "$(wc -l <"$fed/judged")" -ge 3 ] ||
    no "it was judged $(wc -l <"$fed/judged") times, expected until the log stood still"
echo 1000 >"$fed/moves"
want 1 'the log grew each of the 5 times it was judged' \
    "$fed/moving/tests/fed" judge
mv "$(find "$fed/inbox/politi_1470" -name '*.json' | head -n 1)" "$fed/taken"
echo 0 >"$fed/moves"
: >"$fed/judged"
want 1 'and does not have it' "$fed/moving/tests/fed" judge
[ "$(wc -l <"$fed/judged")" -le 2 ] ||
    no 'what is there is found twice at most, also while the log ticks'

# --- the page and the program know the same words
page() {
	awk '/^## /{ on = /Federation bench/ }
	/^### /{ words = /The words/ }
	on && words && sub(/^[|] `/, "") && sub(/` [|].*/, "")' \
	    "$top/docs/testing.md"
}
same 'the words of the page are those of fed --help' \
    "$(page | grep -v '^new ' | sed '/^end /q')" \
    "$("$bare" --help | sed -n 's/ *$//; /^  new /d; s/^  \([a-z]\)/\1/p')"
same 'those of a proxy are those it expects' \
    "$(page | sed '1,/^end /d' | paste -sd, | sed 's/,/, /g')" \
    "$(FED=$first fed proxy politi/1470:triage cutt 2>&1 |
	sed 's/.*expected //
	s/up|down|both/WAY/g; s/ or /, /')"

# --- what the page tells newcomers is what is tested here
example() {
	awk -v kind="$1" '/^## /{ on = /Federation bench/ }
	on && $0 == "```" { code = 0 }
	on && code
	on && $0 == "```" kind { code = 1 }' "$top/docs/testing.md"
}
for kind in sh c; do
	same "the page's example in $kind" "$(example $kind)" \
	    "$(cat "$top/tests/federation/example_test.$kind")"
done
