# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the tests of this folder begin with. Source it.
#
#	rig NAME [OPTION...]	a stopped federation for build/tests/faults/NAME
#	attempt ARGUMENT...	runs that program on it, with $core
#
# SEED is the caller's; else the same in every make check, drawn in check-long.
# COUNT is checked, so that none is no success.
here=$(dirname "${BASH_SOURCE[0]}")
. "$here/../federation/fed.sh"
. "$here/../leftovers.sh"

SEED=${SEED:-${LONG:+$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}}
SEED=${SEED:-1}

# Nobody looks at what was broken off, and it is in memory.
broken_off() {
	for FED in "${fed_all[@]}"; do
		"$BUILD/tests/fed" end
	done
	fed_all=()
	exit 1
}
trap broken_off INT TERM

rig() {
	local file
	for file in tests/fed tests/oracle tests/faults/{shim.so,"$1"} \
	    bin/infohus-core; do
		[ -e "$BUILD/$file" ] && continue
		no "not built: $BUILD/$file; make tests (without SAN=1)"
		exit 3
	done
	[[ $COUNT =~ ^[1-9][0-9]*$ ]] || {
		no "COUNT: found \"$COUNT\", expected a number above 0"
		exit 2
	}
	# On a disk that is none: what is durable is what the record says.
	[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
	leftovers_remove "${TMPDIR:-/tmp}/infohus-$1".??????
	program=$BUILD/tests/faults/$1
	core=$BUILD/bin/infohus-core
	fed new "$@"
	leftovers_own "$fed"
	at_end leftovers_keep "$fed"
	must fed stop
}

# Behind the shell, which hears a signal while it waits, not while it runs.
attempt() {
	"$program" "$core" "$BUILD/tests/faults/shim.so" "$fed" \
	    "$BUILD/tests/oracle" "$@" &
	wait $!
}
