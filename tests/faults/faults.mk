# SPDX-License-Identifier: MIT
#
# The fault shim, what plays with it, and the two tests made of it.

FAULTS = $(BUILD)/tests/faults
FAULT_PARTS = $(call obj,$(addprefix tests/faults/,call.c exchange.c judge.c \
    notes.c scene.c) tests/system/peer.c tests/common/say.c) $(LIB_CLIENT) $(LAYERS)
# A preloaded library cannot stand before that of a sanitizer.
ifeq ($(SAN),)
FAULT_PATCHES = $(sort $(wildcard tests/faults/planted/*.patch))
FAULT_PLANTED = $(patsubst %.patch,$(BUILD)/%/infohus-core,$(FAULT_PATCHES))
FAULT_TOOLS = $(addprefix $(FAULTS)/,shim.so faults cuts) $(FAULT_PLANTED)
tests: $(FAULT_TOOLS)
SYSTEM += $(sort $(wildcard tests/faults/*_test.sh))
endif

$(FAULT_PLANTED): $(BUILD)/%/infohus-core: %.patch $(PLANT)
	$(plant)
# Preloaded into anything: no sanitizer, no fortification, no names of its own.
$(FAULTS)/shim.so: $(wildcard tests/faults/shim*.[ch]) tests/faults/call.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -fsanitize% -fno-sanitize%,$(ALL_CFLAGS)) \
	    -fno-builtin -U_FORTIFY_SOURCE -fvisibility=hidden -shared \
	    -Wl,-z,now -pthread -o $@ $(filter %.c,$^)
$(FAULTS)/faults: $(call obj,tests/faults/faults.c) $(FAULT_PARTS)
	$(program)
$(FAULTS)/cuts: $(call obj,$(addprefix tests/faults/,cuts.c disk.c)) \
    $(FAULT_PARTS)
	$(program)
