# SPDX-License-Identifier: MIT
#
# Unit tests: every tests/unit/NAME_test.c is one cmocka program over all
# layers. System tests: every tests/system/NAME_test.sh runs real processes
# on loopback. test-bin/ holds the daemon with its test hooks compiled in.

UNIT = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/unit/*_test.c)))
SYSTEM = $(sort $(wildcard tests/system/*_test.sh))
TEST_BIN = $(BUILD)/test-bin
hooked = $(patsubst %.c,$(BUILD)/hooked/%.o,$(1))

# Those of the audit run the tool's subcommand on logs that core made.
AUDIT_TESTS = $(addprefix $(BUILD)/tests/,audit_test audit_lies_test what_if_test diff_test)
$(AUDIT_TESTS): $(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o \
    $(call obj,tests/unit/audit_rig.c tests/common/say.c) \
    $(TOOL_OBJ) $(LIB_CLIENT) $(LAYERS)
	$(program) -lcmocka

# Those of the gate start the real one, and share what plays core to it.
GATE_TESTS = $(filter $(BUILD)/tests/gate_%,$(UNIT))
$(GATE_TESTS): $(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o \
    $(BUILD)/obj/tests/unit/gate_rig.o $(LIB_GATE) $(LIB_LAW) $(LIB_PROTO) \
    | $(BUILD)/bin/infohus-gate $(BUILD)/test-bin/infohus-gate
	$(program) -lcmocka

# Each named, not by a pattern: then make keeps their objects.
PLAIN_TESTS = $(filter-out $(AUDIT_TESTS) $(GATE_TESTS),$(UNIT))
$(PLAIN_TESTS): $(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(LIB_CLIENT) \
    $(LIB_GATE) $(LAYERS)
	$(program) -lcmocka

$(TEST_BIN)/infohus-core: $(call hooked,$(CORE_SRC) daemon/core/main.c) \
    $(LIB_LEDGER) $(LIB_LAW) $(LIB_PROTO)
	$(program)
$(TEST_BIN)/infohus-gate: $(call hooked,$(GATE_SRC) daemon/gate/main.c) \
    $(LIB_LAW) $(LIB_PROTO)
	$(program)
$(TEST_BIN)/infohusd: $(call hooked,$(LAUNCHER_SRC)) $(LIB_LAW) $(LIB_PROTO)
	$(program)

HOOKED = $(addprefix $(TEST_BIN)/,infohusd infohus-core infohus-gate)

include tests/federation/federation.mk
include tests/oracle/oracle.mk
include tests/faults/faults.mk

# A seat on the link, played byte by byte.
PEER = $(call obj,tests/system/peer.c tests/common/say.c)
SYSTEM_C = $(BUILD)/tests/wire_test
$(SYSTEM_C): $(BUILD)/tests/%: $(BUILD)/obj/tests/system/%.o \
    $(PEER) $(FED_LIBS) | $(FED)
	$(program)

include tests/corpus/corpus.mk
include tests/rules/rules.mk

# Each included part adds what it has of its own.
tests: all $(UNIT) $(HOOKED) $(SYSTEM_C)

# Unit tests run from the top folder; system tests get the programs by name.
check-built: tests
	@BUILD=$(BUILD) tests/run $(BUILD)/tests/log $(UNIT) $(FED_TESTS) \
	    $(FED_SHELL) $(CORPUS_TESTS) $(RULES_TESTS) $(SYSTEM_C) $(SYSTEM)

# What takes longer: the same soaks, many times over. 20,000 faults are 50
# minutes on two free cores, and may be hours on busy ones; what hangs in them
# is found there, after minutes.
check-long: deps-check
	@$(MAKE) --no-print-directory -j$$(nproc) all check-built
	@BUILD=$(BUILD) LONG=1 TEST_LIMIT=14400 \
	    tests/run $(BUILD)/tests/log-long $(CORPUS_TESTS) $(SYSTEM)

include tests/bench/bench.mk
include tests/replay/replay.mk
