# SPDX-License-Identifier: MIT
#
# Tests of the law table as lawyers use it: docs/testing.md, "The law table".
# Shell tests are found by their name.

RULES_TESTS += $(sort $(wildcard tests/rules/*_test.sh))
