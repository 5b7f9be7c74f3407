# SPDX-License-Identifier: MIT
#
# Replay: the real core in one thread of one program. What it has of the
# machine is replaced by objects that implement the same headers; they come
# before the libraries, whose own are then not taken.

REPLAY_MEMORY = machine_memory pool_memory link_memory store_memory \
	store_real durable_memory key_memory
REPLAY_SRC = people sleep world node seat seat_send seat_receive got \
	compose mangle script commands do_setup do_federation do_machine \
	do_sessions do_messages do_hostile do_control expect known invariants \
	dump
REPLAY_OBJ = $(patsubst %,$(BUILD)/obj/tests/replay/%.o,$(REPLAY_MEMORY) $(REPLAY_SRC)) \
	$(BUILD)/obj/tests/common/say.o
REPLAY_LINK = $(program) -Wl,--wrap=cert_parse,--wrap=box_key_make
REPLAY_PLANTED = $(patsubst tests/replay/planted/%.c,%,$(wildcard tests/replay/planted/*.c))
REPLAY_TOOLS = $(addprefix $(BUILD)/tests/,scenario walk \
	$(addprefix scenario-,$(REPLAY_PLANTED)) \
	$(addprefix walk-,$(REPLAY_PLANTED)))

$(BUILD)/tests/scenario: $(call obj,tests/replay/scenario.c) $(REPLAY_OBJ) \
    $(LIB_CLIENT) $(LAYERS)
	$(REPLAY_LINK)
$(BUILD)/tests/walk: $(call obj,tests/replay/walk.c tests/replay/steps.c) \
    $(REPLAY_OBJ) $(LIB_CLIENT) $(LAYERS)
	$(REPLAY_LINK)
# The same over a core with a deliberate bug.
$(BUILD)/tests/scenario-%: $(BUILD)/obj/tests/replay/planted/%.o \
    $(call obj,tests/replay/scenario.c) $(REPLAY_OBJ) $(LIB_CLIENT) $(LAYERS)
	$(REPLAY_LINK)
$(BUILD)/tests/walk-%: $(BUILD)/obj/tests/replay/planted/%.o \
    $(call obj,tests/replay/walk.c tests/replay/steps.c) \
    $(REPLAY_OBJ) $(LIB_CLIENT) $(LAYERS)
	$(REPLAY_LINK)

# Made by those patterns, and kept all the same.
.SECONDARY: $(call obj,$(wildcard tests/replay/planted/*.c))

tests: $(REPLAY_TOOLS)
SYSTEM += $(sort $(wildcard tests/replay/*_test.sh))
