# SPDX-License-Identifier: MIT
#
# The oracle is a program of its own in Python, run by Debian's interpreter
# whatever other one is on PATH; it shares nothing with what is built here
# but proto/infohus.proto.

$(BUILD)/tests/oracle: tests/oracle/oracle.py $(wildcard tests/oracle/*.py)
	@mkdir -p $(@D)
	ln -sf $(abspath $<) $@

# Daemons whose core has the deliberate bug of one patch; see plant.
PLANTED = $(patsubst tests/oracle/planted/%.patch,$(BUILD)/planted/%/infohus-core,$(sort $(wildcard tests/oracle/planted/*.patch)))

$(PLANTED): $(BUILD)/planted/%/infohus-core: tests/oracle/planted/%.patch \
    tests/oracle/plant $(call obj,daemon/core/main.c) $(LAYERS) \
    $(BUILD)/bin/infohusd $(BUILD)/bin/infohus-gate
	@mkdir -p $(@D)
	@CC='$(CC)' CFLAGS='$(ALL_CFLAGS)' LDFLAGS='$(LDFLAGS)' \
	    REST='$(call obj,daemon/core/main.c) $(LAYERS) $(LIBS)' \
	    tests/oracle/plant $< $(@D)
	@cp $(BUILD)/bin/infohusd $(BUILD)/bin/infohus-gate $(@D)

tests: $(PLANTED)
SYSTEM += $(sort $(wildcard tests/oracle/*_test.sh tests/oracle/*_test.py))
