#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The kinds of parsers.def with their entries: "KIND ENTRY", a line each.
sed -nE 's/^PARSER\(([a-z0-9_]+), *([a-z0-9_]+),.*/\1 \2/p
s/^MESSAGE\(([a-z0-9_]+)\)/pb_\1 envelope_unpack/p' \
    "$(dirname "$0")/parsers.def"
