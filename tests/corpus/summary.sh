#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What a corpus holds: a line for each kind of parsers.def with the number of
# its inputs and their bytes. Fails if a parser was given nothing at all.
#
#	tests/corpus/summary.sh CORPUS
set -u

printf '%-20s %7s %10s\n' kind inputs bytes
"$(dirname "$0")/kinds.sh" | while read -r kind _; do
	find "$1/$kind" -type f ! -name '.*' -printf '%s\n' 2>/dev/null |
	    awk -v kind="$kind" '{ n++; b += $1 }
	    END { printf "%-20s %7d %10d\n", kind, n, b }'
done | awk '{ print; n += $2; b += $3; if ($2 == 0) none = none " " $1 }
END {
	printf "%-20s %7d %10d\n", "all", n, b
	if (none != "") {
		print "NOT OK: no test gives anything to" none
		exit 1
	}
}'
