#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# tests/run itself: nothing has passed that did not end with 0, also when
# what runs the tests is killed, as one that takes too much memory may be.
set -uo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/infohus-run.XXXXXX") || exit 3
trap 'rm -rf "$dir"' EXIT
bad=0

program() {
	printf '#!/usr/bin/env bash\n%s\n' "$2" >"$dir/$1"
	chmod +x "$dir/$1"
}

# ends STATUS TEXT PROGRAM...: both of tests/run, one program at a time
ends() {
	local status=$1 text=$2 got out
	shift 2
	out=$(cd "$dir" && JOBS=1 "$top/tests/run" "$dir/log" "$@" 2>&1)
	got=$?
	if [ "$got" = "$status" ] && [[ $out == *"$text" ]]; then
		printf 'ok: %s: %s\n' "$*" "$text"
	else
		printf 'NOT OK: %s: exit %d, expected %d and "%s"\n%s\n' "$*" \
		    "$got" "$status" "$text" "$out"
		bad=1
	fi
}

program good 'exit 0'
program wrong 'exit 1'
program stops 'exit 255'
# shellcheck disable=SC2016 # its parent is timeout, and that one's the runner
program killer 'kill -9 "$(ps -o ppid= -p $PPID)"'
mkdir "$dir/other"
cp "$dir/wrong" "$dir/other/good"
cp "$dir/good" "$dir/good-too"

ends 0 '2 passed, 0 failed' ./good "$dir/good-too"
ends 1 '1 passed, 2 failed' ./good ./wrong ./stops
ends 1 '2 passed, 1 failed' ./good ./stops ./good-too
ends 1 '1 passed, 3 failed' ./good ./killer ./good-too ./wrong
[ -e "$dir/log/killer.failed" ] && [ -e "$dir/log/wrong.log" ] || {
	printf 'NOT OK: each that did not pass has a log and a mark\n'
	bad=1
}
ends 1 '0 passed, 3 failed' ./killer ./wrong ./wrong
ends 1 '0 passed, 1 failed' ./nowhere
ends 1 '1 passed, 1 failed' ./good other/good
ends 1 '1 passed, 1 failed' other/good ./good

# below TEXT: what stands directly under the line of a program that failed
below() {
	local out want=$1 got
	out=$(cd "$dir" && "$top/tests/run" "$dir/log" ./says 2>&1)
	got=$(sed -n '/^FAIL  says /,/^$/p' <<<"$out" | sed '1d; $d')
	if [ "$got" = "$want" ]; then
		printf 'ok: below FAIL: %s\n' "${want//$'\n'/, }"
	else
		printf 'NOT OK: below FAIL: found "%s", expected "%s"\n%s\n' \
		    "$got" "$want" "$out"
		bad=1
	fi
}

program says 'printf "%s\n" "ok: a" "NOT OK: b" "[  FAILED  ] c" "x NOT OK: d"
    printf "NOT OK: %s\n" e f g h; exit 1'
below '    NOT OK: b
    [  FAILED  ] c
    NOT OK: e
    NOT OK: f
    NOT OK: g'
program says 'printf "%s\n" a b c d; exit 1'
below '    b
    c
    d'
program says 'exit 1'
below ''

# usage STATUS ARGUMENT...: how it is used is said, and nothing else done
usage() {
	local status=$1 out got
	shift
	out=$(cd "$dir" && "$top/tests/run" "$@" 2>&1)
	got=$?
	if [ "$got" = "$status" ] && [[ $out == *'tests/run LOGDIR PROGRAM'* ]] &&
	    [ ! -e "$dir/none" ]; then
		printf 'ok: tests/run %s: exit %d\n' "$*" "$got"
	else
		printf 'NOT OK: tests/run %s: exit %d, expected %d\n%s\n' \
		    "$*" "$got" "$status" "$out"
		bad=1
	fi
}
usage 0 --help
usage 2
usage 2 none
usage 2 --nosuch none
exit "$bad"
