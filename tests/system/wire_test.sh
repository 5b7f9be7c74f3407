#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Every code by name, on the wire of a real infohus-core: see wire.c.
. "$(dirname "$0")/federation.sh"

fed_usual wire
fed_start
door=$(tr -d '\n' <"$fed/server.json" | tr '{}' '\n\n' |
    grep '"kommune/0101/jobcenter"' | grep '"cli"' |
    sed 's/^.*"door": *\([0-9]*\).*$/\1/')
box=$(sed -n 's/^.*"box": *"\([0-9a-f]*\)".*$/\1/p' "$fed/server.json" |
    head -n 1)
fed_stop
"$BUILD/tests/wire" "$BIN/infohus-core" "$fed/infohusd.yaml" \
    "$(fed_dir kommune/0101/jobcenter)" cli "$door" "$box" \
    kommune/0101/jobcenter || no 'a code is not as it must be'
