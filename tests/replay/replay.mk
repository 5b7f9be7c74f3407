# SPDX-License-Identifier: MIT
#
# Replay: the real core in one thread of one program. What it has of the
# machine is replaced by objects that implement the same headers; they come
# before the libraries, whose own are then not taken.

REPLAY_MEMORY = machine_memory pool_memory link_memory store_memory \
	store_real durable_memory key_memory
REPLAY_SRC = people world seat got compose mangle script commands expect \
	invariants dump
REPLAY_OBJ = $(patsubst %,$(BUILD)/obj/tests/replay/%.o,$(REPLAY_MEMORY) $(REPLAY_SRC))
REPLAY_TOOLS = $(BUILD)/tests/scenario

$(BUILD)/tests/scenario: $(BUILD)/tests/%: $(BUILD)/obj/tests/replay/%.o \
    $(REPLAY_OBJ) $(LIB_CLIENT) $(LAYERS)
	$(program) -Wl,--wrap=cert_parse,--wrap=box_key_make

check-built: $(REPLAY_TOOLS)
SYSTEM += $(sort $(wildcard tests/replay/*_test.sh))
