# SPDX-License-Identifier: MIT
#
# The federation bench: libfed.a, the command fed, and the tests of both.
# FED_LIBS is what a C test links that uses federation.h.

FED_SRC := $(filter-out %/main.c %/words.c %_test.c,$(sort $(wildcard tests/federation/*.c)))
FED_LIB = $(BUILD)/lib/libfed.a
FED_LIBS = $(FED_LIB) $(LIB_CLIENT) $(LAYERS)
FED = $(BUILD)/tests/fed
FED_TESTS = $(patsubst tests/federation/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/federation/*_test.c)))
FED_SHELL = $(sort $(wildcard tests/federation/*_test.sh))

# Where config/ is, so that a test finds it from any folder.
$(BUILD)/obj/tests/federation/make.o: ALL_CFLAGS += -DFED_TOP='"$(CURDIR)"'
$(FED_LIB): $(call obj,$(FED_SRC))

# What a federation starts must be there before anybody uses one.
$(FED): $(call obj,tests/federation/main.c tests/federation/words.c) $(FED_LIBS) \
    | $(PROGRAMS) $(HOOKED) $(BUILD)/tests/oracle
	$(program)

$(FED_TESTS): $(BUILD)/tests/%: $(BUILD)/obj/tests/federation/%.o $(FED_LIBS) | $(FED)
	$(program) -lcmocka

tests: $(FED) $(FED_TESTS)
