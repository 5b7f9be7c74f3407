# SPDX-License-Identifier: MIT
#
# Tests of the law table as lawyers use it: docs/testing.md, "The law table".
# Tests are found by their name.

RULES_TESTS += $(sort $(wildcard tests/rules/*_test.sh tests/rules/*_test.py))

# The judge against a plain one, and what it allocates.
RULES_C = $(addprefix $(BUILD)/tests/,judged_test no_alloc_test)
RULES_OBJ = $(call obj,tests/rules/generate.c tests/rules/plain.c)
$(RULES_C): $(BUILD)/tests/%: $(BUILD)/obj/tests/rules/%.o $(RULES_OBJ) \
    $(LIB_LAW) $(LIB_PROTO)
	$(program) -lcmocka $(WRAP)
$(BUILD)/tests/no_alloc_test: WRAP = \
    -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
RULES_TESTS += $(RULES_C)
tests: $(RULES_C)

# Random messages, and what the library makes of them: "The two judges".
RANDOM_FACTS = $(BUILD)/tests/random_facts
$(RANDOM_FACTS): $(call obj,tests/rules/random_facts.c tests/rules/random_draw.c \
    tests/rules/random_line.c) $(LIB_LAW) $(LIB_PROTO)
	$(program)

tests: $(RANDOM_FACTS)

# space_test over engines with the deliberate bug of one patch each.
PLANTED_SPACE = $(patsubst tests/rules/planted/%.patch,$(BUILD)/planted-space/%/space_test,$(sort $(wildcard tests/rules/planted/*.patch)))
SPACE_TEST = $(BUILD)/obj/tests/unit/space_test.o $(LIB_LAW) $(LIB_PROTO)
$(PLANTED_SPACE): $(BUILD)/planted-space/%/space_test: \
    tests/rules/planted/%.patch tests/oracle/plant $(SPACE_TEST)
	@mkdir -p $(@D)
	@CC='$(CC)' CFLAGS='$(ALL_CFLAGS)' LDFLAGS='$(LDFLAGS)' \
	    REST='$(SPACE_TEST) $(LIBS) -lcmocka' tests/oracle/plant $< $(@D)
	@mv $(@D)/infohus-core $@

tests: $(PLANTED_SPACE)

# The mutation check, docs/testing.md.
$(BUILD)/tests/mutate: $(call obj,tests/rules/mutate.c tests/rules/mutants.c \
    tests/rules/emit.c) $(LIB_LAW) $(LIB_PROTO)
	$(program)
tests: $(BUILD)/tests/mutate
