# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For shell tests: source it, say `fed new`, and use the words of `fed`
# (docs/testing.md, fed --help). The federation ends with the script; if the
# script failed, or said no once, its folder is kept and named.
#
#	fed new [...]		as the command; sets FED, and fed to the same
#	ok TEXT, no TEXT	a passed or failed expectation
#	same TEXT GOT WANTED	expects two words to be the same
#	want STATUS TEXT COMMAND...	expects both of a command; TEXT may be ''
#	must COMMAND...		ends the test if it fails
#	until_true SECONDS COMMAND...	false when it never was
#	at_end COMMAND...	also done when the test ends by itself; an EXIT
#				trap would replace the end, and is refused
#
# What is said in a subshell counts as well: ( ), &, a pipe, $( ).
#
# $fed is $FED; $infohus, $BUILD and $top are the tool, the build folder and
# the top folder.
set -uo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(cd "$top" && cd "${BUILD:-build}" && pwd) || exit 3
export BUILD
infohus=$BUILD/bin/infohus
fed_faults=0
fed_all=()
fed_at_end=()

# What subshells found wrong: one byte each, in a file that has no name.
fed_said=$(mktemp "${TMPDIR:-/tmp}/infohus-said.XXXXXX") &&
    exec {fed_noted}<>"$fed_said" && rm "$fed_said" || exit 3

fed() {
	if [ "${1:-}" != new ]; then
		"$BUILD/tests/fed" "$@"
		return
	fi
	FED=$("$BUILD/tests/fed" new --for=$$ "${@:2}") || exit 1
	export FED
	fed=$FED
	fed_all+=("$FED")
}

ok() {
	printf 'ok: %s\n' "$*"
}

no() {
	fed_faults=$((fed_faults + 1))
	printf x >&"$fed_noted"
	printf 'NOT OK: %s\n' "$*"
}

same() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		no "$1: found $2, expected $3"
	fi
}

want() {
	local status=$1 text=$2 out got
	shift 2
	out=$("$@" 2>&1)
	got=$?
	if [ "$got" = "$status" ] && [[ $out == *"$text"* ]]; then
		ok "$got: ${*##*/bin/}"
	else
		no "exit $got, expected $status and \"$text\": $*"
		printf '%s\n' "$out"
	fi
}

must() {
	local out
	out=$("$@" 2>&1) || {
		no "failed: $*"
		printf '%s\n' "$out"
		exit 1
	}
}

until_true() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.01
	done
}

at_end() {
	fed_at_end+=("$(printf '%q ' "$@")")
}

fed_ends() {
	local status=$? how=() command
	builtin trap - EXIT
	for command in "${fed_at_end[@]}"; do
		eval "$command"
	done
	[ "$fed_faults" = 0 ] || status=1
	[ ! -s "/dev/fd/$fed_noted" ] || status=1
	[ "$status" = 0 ] || how=(--failed)
	for FED in "${fed_all[@]}"; do
		"$BUILD/tests/fed" end "${how[@]}" || status=1
	done
	exit "$status"
}

trap() {
	if [ "$BASH_SUBSHELL" = 0 ] && [[ " ${*:2} " =~ \ (EXIT|0)\  ]]; then
		no "trap $*: would leave the federation there; use at_end"
		exit 1
	fi
	# shellcheck disable=SC2064 # the caller has quoted it
	builtin trap "$@"
}

builtin trap fed_ends EXIT
builtin trap 'exit 1' INT TERM
