#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The oracle has teeth: daemons with one deliberate bug each (planted/*.patch)
# carry traffic that would show it, and the oracle reports exactly the faults
# of that bug. The sound daemon carries all of the same traffic without one.
# PLANTED="NAME…" tries only those.
. "$(dirname "$0")/../federation/fed.sh"
. "$(dirname "$0")/traffic.sh"
. "$(dirname "$0")/../replay/built.sh"

# NAME TRAFFIC SECONDS KIND…: the bug, what would show it, how long to wait
# for what may never come, the kinds of fault that the oracle must report.
plants() {
	cat <<-TXT
	answer-before-commit killed 0 checkpoint receipt
	offer-without-entry plain 0 offer
	dedupe-off plain 0 twice
	prohibition-ignored plain 0 permit
	permit-refused half 1 refused
	wrong-part none 1 handed
	section-too-much half 1 handed
	item-lost half 1 lost
	case-forgotten plain 0 case
	rejection-not-counted plain 0 rejected
	signature-unchecked plain 0 signature
	tree-node-skipped plain 0 tree
	duty-forgotten plain 0 duty
	stage-forgotten plain 0 receipt stage
	one-custodian plain 0 card
	acked-again again 60 ack offer stage waiting
	other-manifest plain 0 manifest
	handed-out-unasked alone 60 offer
	withheld-told alone 1 case verdict
	offer-before-commit plain 0 offer
	persons-one two 0 case
	acute-twice two 0 mailbox
	parked-handed-out waiting 60 ack inbox offer stage
	approved-by-stranger parked 1 permit verdict
	approver-sees-all waiting 1 handed
	decided-again parked 1 approval park permit verdict
	TXT
}

# NAME BIN TRAFFIC SECONDS KIND…
try() {
	local name=$1 bin=$2 traffic=$3 seconds=$4 found
	shift 4
	traffic_reset
	must fed start --bin="$bin"
	"traffic_$traffic" "$seconds"
	must fed stop
	traffic_judged
	found=$(sed -n 's/^FAULT \([a-z]*\) .*/\1/p' "$fed/faults" | sort -u |
	    paste -sd' ')
	if [ "$found" = "$*" ] && grep -q '^oracle: ' "$fed/faults"; then
		ok "$name: ${found:-no fault}"
	else
		cat "$fed/faults"
		no "$name: found ${found:-nothing}, expected ${*:-nothing}"
	fi
}

# A patch that nobody tries proves nothing.
for patch in "$top"/tests/oracle/planted/*.patch; do
	plant=$(basename "$patch" .patch)
	plants | grep -q "^$plant " || no "$plant is planted and not tried"
done
mapfile -t every < <(plants | cut -d ' ' -f 1)
read -r -a tried <<<"${PLANTED:-${every[*]}}"
[ "${#tried[@]}" != 0 ] || no 'PLANTED: found no name'
cores=()
for plant in "${tried[@]}"; do
	[[ " ${every[*]} " = *" $plant "* ]] ||
	    no "PLANTED: found $plant, expected of ${every[*]}"
	cores+=("$BUILD/planted/$plant/infohus-core")
done
[ "$fed_faults" = 0 ] || exit 1
[ -n "${PLANTED:-}" ] ||
	want 1 'PLANTED: found nosuch' env PLANTED=nosuch "$0"
built "$BUILD/bin/infohus-core" "$BUILD"/tests/{fed,oracle} "${cores[@]}"

traffic_begin planted
for traffic in plain half none again killed alone two parked; do
	try "sound daemon, $traffic" "$BUILD/bin" "$traffic" 1
done
while read -r plant traffic seconds kinds; do
	[[ " ${tried[*]} " = *" $plant "* ]] || continue
	# shellcheck disable=SC2086 # a list of words
	try "$plant" "$BUILD/planted/$plant" "$traffic" "$seconds" $kinds
done < <(plants)
