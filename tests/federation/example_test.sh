#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The shell example of docs/testing.md, word for word: what is sent while
# police are cut off reaches them later, once.
. "$(dirname "$0")/../federation/fed.sh"

fed new example --hooks
must fed proxy politi/1470:agent
must fed receive politi/1470:agent
must fed receive kommune/0101:agent
must fed online politi/1470:agent
must fed proxy politi/1470:agent cut

fed concern 'En fiktiv person' >"$fed/draft.json"
must fed kill core --at R8:1
want 0 recorded fed send kommune/0101/jobcenter:cli "$fed/draft.json"
must fed killed
same 'police have nothing yet' "$(fed inbox politi/1470)" 0

must fed proxy politi/1470:agent heal
want 0 '' fed drained
same 'police have it, once' "$(fed inbox politi/1470)" 1
want 0 ' 0 faults' fed judge
