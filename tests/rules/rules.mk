# SPDX-License-Identifier: MIT
#
# Tests of the law table as lawyers use it: docs/testing.md, "The law table".
# Tests are found by their name.

RULES_TESTS += $(sort $(wildcard tests/rules/*_test.sh tests/rules/*_test.py))
