# SPDX-License-Identifier: MIT
#
# The oracle is a program of its own in Python, run by Debian's interpreter
# whatever other one is on PATH; it shares nothing with what is built here
# but proto/infohus.proto.

$(BUILD)/tests/oracle: tests/oracle/oracle.py $(wildcard tests/oracle/*.py)
	@mkdir -p $(@D)
	ln -sf $(abspath $<) $@

# A core with the deliberate bug of the patch that is the first prerequisite.
PLANT = tests/oracle/plant $(call obj,daemon/core/main.c) $(LAYERS)
define plant
@mkdir -p $(@D)
@CC='$(CC)' CFLAGS='$(ALL_CFLAGS)' LDFLAGS='$(LDFLAGS)' \
    REST='$(call obj,daemon/core/main.c) $(LAYERS) $(LIBS)' \
    tests/oracle/plant $< $(@D)
endef

# Daemons whose core has the deliberate bug of one patch; see plant.
PLANTED = $(patsubst tests/oracle/planted/%.patch,$(BUILD)/planted/%/infohus-core,$(sort $(wildcard tests/oracle/planted/*.patch)))

$(PLANTED): $(BUILD)/planted/%/infohus-core: tests/oracle/planted/%.patch \
    $(PLANT) $(BUILD)/bin/infohusd $(BUILD)/bin/infohus-gate
	$(plant)
	@cp $(BUILD)/bin/infohusd $(BUILD)/bin/infohus-gate $(@D)

tests: $(BUILD)/tests/oracle $(PLANTED)
SYSTEM += $(sort $(wildcard tests/oracle/*_test.sh tests/oracle/*_test.py))
