# SPDX-License-Identifier: MIT
#
# Seed corpora: docs/testing.md, "Corpora".
#
#	make corpus	runs all tests in a build whose parsers keep what they
#			are given; leaves build/corpus/KIND/*
#	make seeds	thins that to tests/corpus/seeds
#
# That build is build/keep. KEEP=1 links it with tests/corpus/keep*.c and
# wraps every entry of parsers.def; the sources are those of any build.

CORPUS = $(BUILD)/corpus
CORPUS_TARGETS = $(call obj,$(sort $(wildcard tests/corpus/target_*.c)) \
	tests/corpus/parsers.c tests/corpus/seeds.c)
CORPUS_TESTS = $(BUILD)/tests/corpus_test tests/corpus/table_test.sh \
	tests/corpus/thin_test.sh
CORPUS_TOOLS = $(addprefix $(BUILD)/tests/,corpus_test thin)

$(BUILD)/tests/corpus_test: $(call obj,tests/corpus/corpus_test.c) \
    $(CORPUS_TARGETS) $(LIB_CLIENT) $(LAYERS)
	$(program) -lcmocka

$(BUILD)/tests/thin: $(call obj,tests/corpus/thin.c) $(CORPUS_TARGETS) \
    $(LIB_CLIENT) $(LAYERS)
	$(program)

ifneq ($(KEEP),)
LIB_KEEP = $(BUILD)/lib/libkeep.a
CORPUS_WRAP := $(sort $(shell tests/corpus/kinds.sh | cut -d' ' -f2))
$(LIB_KEEP): $(call obj,$(sort $(wildcard tests/corpus/keep*.c)))
# A group: what is wrapped, its keeper and the original call each other.
CORPUS_LINK = $(addprefix -Wl$(comma)--wrap=,$(CORPUS_WRAP)) \
	-Wl,--start-group $(LIB_KEEP)
CORPUS_LINK_END = -Wl,--end-group
LDFLAGS += $(CORPUS_LINK)
LIBS += $(CORPUS_LINK_END)
# The gate gives up all files, and the calls to open one end it. What it
# reads, core and clients read too. A scenario's core has its link, keys and
# store replaced already.
CORPUS_APART = $(BUILD)/bin/infohus-gate $(TEST_BIN)/infohus-gate \
	$(BUILD)/tests/scenario
$(CORPUS_APART): CORPUS_LINK =
$(CORPUS_APART): CORPUS_LINK_END =
# What they would keep are the seeds.
CORPUS_TESTS =
CORPUS_TOOLS =
endif

tests: $(CORPUS_TOOLS)

corpus: deps-check
	@rm -rf $(CORPUS)
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/keep KEEP=1 \
	    $(BUILD)/keep/lib/libkeep.a
	@INFOHUS_CORPUS=$(abspath $(CORPUS)) $(MAKE) --no-print-directory \
	    BUILD=$(BUILD)/keep KEEP=1 -j$$(nproc) check-built
	@tests/corpus/summary.sh $(CORPUS)

seeds: $(BUILD)/tests/thin
	@rm -rf $(BUILD)/seeds
	@$(BUILD)/tests/thin $(CORPUS) $(BUILD)/seeds
	@rm -rf tests/corpus/seeds
	@cp -r $(BUILD)/seeds tests/corpus/seeds

.PHONY: corpus seeds
