# SPDX-License-Identifier: MIT
#
# Unit tests: every tests/unit/*.c is one cmocka program over all layers.
# System tests: every tests/system/*.sh runs real processes on loopback.

UNIT = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/unit/*_test.c)))
SYSTEM = $(sort $(wildcard tests/system/*_test.sh))

$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(LIB_CLIENT) $(LIB_GATE) $(LAYERS)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $< $(LIB_CLIENT) $(LIB_GATE) $(LAYERS) $(LIBS) -lcmocka
