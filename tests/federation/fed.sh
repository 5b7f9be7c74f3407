# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For shell tests: source it, say `fed new`, and use the words of `fed`
# (docs/testing.md, fed --help). The federation ends with the script; if the
# script failed, or said no once, its folder is kept and named.
#
#	fed new [...]		as the command; sets FED, and fed to the same
#	fed WORD [...]		as the command; one that fails and is no condition
#				(if, until, ||, &&) nor in $() or a pipe is a no
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
fed_suspect= # the federation in use when something was first found wrong
fed_where=   # the last command that failed and was no condition
fed_at_end=()

# What subshells found wrong: one byte each, in a file that has no name.
fed_said=$(mktemp "${TMPDIR:-/tmp}/infohus-said.XXXXXX") &&
    exec {fed_noted}<>"$fed_said" && rm "$fed_said" || exit 3

fed() {
	if [ "${1:-}" != new ]; then
		fed_words=$*
		"$BUILD/tests/fed" "$@"
		return
	fi
	FED=$("$BUILD/tests/fed" new --for=$$ "${@:2}") || {
		no "failed: fed $*"
		exit 1
	}
	export FED
	fed=$FED
	fed_all+=("$FED")
}

ok() {
	printf 'ok: %s\n' "$*"
}

# FILE:LINE of the test that called what called this.
fed_line() {
	local i=1
	while [ "${BASH_SOURCE[i]:-}" = "${BASH_SOURCE[0]}" ]; do
		i=$((i + 1))
	done
	[ -z "${BASH_SOURCE[i]:-}" ] ||
	    printf '%s:%s: ' "${BASH_SOURCE[i]##*/}" "${BASH_LINENO[i - 1]}"
}

no() {
	fed_no "$(fed_line)$*"
}

fed_no() {
	fed_faults=$((fed_faults + 1))
	printf x >&"$fed_noted"
	printf 'NOT OK: %s\n' "$1"
	fed_suspect=${fed_suspect:-${FED:-}}
}

# A command failed that is no condition.
fed_failed() {
	[ "$BASH_SUBSHELL" = 0 ] || return 0
	if [ "${FUNCNAME[1]:-}" = fed ]; then
		no "failed: fed $fed_words"
	fi
	fed_where="$(fed_line)$1"
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
	local status=$? how command
	builtin trap - EXIT ERR
	[ "$status" = 0 ] || [ -s "/dev/fd/$fed_noted" ] ||
	    fed_no "${0##*/}: ended with status $status at \"$1\"${fed_where:+; the last that failed: $fed_where}"
	for command in "${fed_at_end[@]}"; do
		eval "$command"
	done
	[ "$fed_faults" = 0 ] || status=1
	[ ! -s "/dev/fd/$fed_noted" ] || status=1
	fed_suspect=${fed_suspect:-${FED:-}}
	for FED in "${fed_all[@]}"; do
		how=
		[ "$status" = 0 ] || how=--kept
		[ "$status" = 0 ] || [ "$FED" != "$fed_suspect" ] || how=--failed
		"$BUILD/tests/fed" end ${how:+"$how"} || status=1
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

builtin trap 'fed_ends "$BASH_COMMAND"' EXIT
builtin trap 'fed_no "${0##*/}: ended by a signal at \"$BASH_COMMAND\""; exit 1' INT TERM
set -o errtrace
builtin trap 'fed_failed "$BASH_COMMAND"' ERR
