# SPDX-License-Identifier: MIT
#
# make bench: the floor and the real thing, alternately; the judge.
# BENCH_SECONDS=n of each round  BENCH_ROUNDS=n  BENCH_DIR=folder on the disk

BENCH = $(BUILD)/bench
BENCH_TOOLS = $(addprefix $(BENCH)/,floor pair floor-pair judge probe report)
PAIR_OBJ = $(call obj,tests/bench/pair.c tests/bench/pair_receive.c)
PLAIN_BOX = $(BUILD)/obj/tests/bench/plain_box.o

$(BENCH)/pair: $(PAIR_OBJ) $(LIB_CLIENT)
	$(program)
# The object comes first: the library's box.o is then not taken in.
$(BENCH)/floor-pair: $(PAIR_OBJ) $(PLAIN_BOX) $(LIB_CLIENT)
	$(program)
$(BENCH)/floor: $(call obj,$(addprefix tests/bench/,floor.c floor_log.c \
    floor_door.c)) $(PLAIN_BOX) $(LIB_PROTO)
	$(program)

$(BENCH)/judge: $(call obj,tests/bench/judge.c tests/rules/generate.c) $(LIB_LAW) \
    $(LIB_PROTO)
	$(program)
$(BENCH)/probe $(BENCH)/report: $(BENCH)/%: $(BUILD)/obj/tests/bench/%.o
	$(program)

bench: deps-check
	@$(MAKE) --no-print-directory -j$$(nproc) all bench-built
bench-built: all $(BENCH_TOOLS) $(BUILD)/tests/fed $(FED)
	@BUILD=$(BUILD) tests/bench/run
.PHONY: bench bench-built

tests: $(BENCH_TOOLS)
SYSTEM += tests/bench/bench_test.sh
