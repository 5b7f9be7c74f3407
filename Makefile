# SPDX-License-Identifier: MIT
#
# make demo        the main job, end to end        (installs what is missing)
# make check       the tests                       (installs what is missing)
# make tests       every program that a test needs, and runs none
# make bench       what it costs, against a bare floor      (the same)
# make             programs in build/bin/
# make install     DESTDIR= PREFIX=/usr/local
# make lint        formatting, cppcheck, shellcheck
# make clean
#
# Options: CC=clang  SAN=1 (address and undefined)  WERROR=1  BUILD=folder

CC = gcc
BUILD = build
PREFIX = /usr/local
DESTDIR =
WERROR =
SAN =

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef
CFLAGS = -O2 -g
HARDEN = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIC
ifneq ($(SAN),)
CFLAGS = -O1 -g -fno-omit-frame-pointer
HARDEN = -fsanitize=address,undefined -fno-sanitize-recover=all -fPIC \
	-DSANITIZED
endif
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -I. -I$(BUILD)/gen $(WARN) \
	$(if $(WERROR),-Werror) $(HARDEN) -pthread $(CFLAGS)
LDFLAGS = -Wl,--as-needed -Wl,-z,relro,-z,now -pthread \
	$(if $(SAN),-fsanitize=address$(comma)undefined)
comma = ,
LIBS = -lzmq -lcrypto -lsodium -lprotobuf-c -llmdb -lyaml -ljansson

PROTO_SRC := $(sort $(wildcard proto/*.c))
LAW_SRC := $(sort $(wildcard daemon/law/*.c daemon/common/*.c))
LEDGER_SRC := $(sort $(wildcard daemon/ledger/*.c))
CORE_SRC := $(filter-out %/main.c,$(sort $(wildcard daemon/core/*.c)))
GATE_SRC := $(filter-out %/main.c,$(sort $(wildcard daemon/gate/*.c)))
LAUNCHER_SRC := $(sort $(wildcard daemon/launcher/*.c))
CLIENT_SRC := $(sort $(wildcard clients/lib/*.c))
TOOL_SRC := $(sort $(wildcard clients/tool/*.c))

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
PROTO_OBJ = $(call obj,$(PROTO_SRC)) $(BUILD)/gen/infohus.pb.o
TOOL_OBJ = $(call obj,$(filter-out %/main.c,$(TOOL_SRC))) $(BUILD)/gen/matrix_page.o
LIB_PROTO = $(BUILD)/lib/libproto.a
LIB_LAW = $(BUILD)/lib/liblaw.a
LIB_LEDGER = $(BUILD)/lib/libledger.a
LIB_CORE = $(BUILD)/lib/libcore.a
LIB_GATE = $(BUILD)/lib/libgate.a
LIB_CLIENT = $(BUILD)/lib/libinfohus.a
LIB_CLIENT_SO = $(BUILD)/lib/libinfohus.so.0
PROGRAMS = $(addprefix $(BUILD)/bin/,infohusd infohus-core infohus-gate infohus)

all: $(PROGRAMS) $(LIB_CLIENT) $(LIB_CLIENT_SO)

# Shorter names than protobuf-c gives: PbHeader, pb_header__unpack, KIND_CONCERN.
$(BUILD)/gen/infohus.pb.c: proto/infohus.proto
	@mkdir -p $(@D)/raw
	protoc-c --c_out=$(@D)/raw -Iproto proto/infohus.proto
	@for e in c h; do sed -E \
	    -e 's/INFOHUS__V1__([A-Z0-9_]*)__INIT/PB_\1__INIT/g' \
	    -e 's/INFOHUS__V1__[A-Z0-9_]*__([A-Z])/\1/g' \
	    -e 's/Infohus__V1__/Pb/g; s/infohus__v1__/pb_/g' \
	    -e 's/INFOHUS__V1__/PB_/g; s/infohus\.pb-c/infohus.pb/g' \
	    $(@D)/raw/infohus.pb-c.$$e > $(@D)/infohus.pb.$$e; done
$(BUILD)/gen/infohus.pb.h: $(BUILD)/gen/infohus.pb.c ;

$(BUILD)/gen/infohus.pb.o: $(BUILD)/gen/infohus.pb.c
	$(CC) $(ALL_CFLAGS) -w -c -o $@ $<

# The page of `infohus rules matrix --html`, as bytes.
$(BUILD)/gen/matrix_page.c: clients/tool/matrix.html
	@mkdir -p $(@D)
	@{ echo '#include <stddef.h>'; \
	    echo 'extern const char matrix_page[]; extern const size_t matrix_page_size;'; \
	    echo 'const char matrix_page[] = {'; \
	    od -An -v -tx1 $< | sed 's/ \([0-9a-f][0-9a-f]\)/(char)0x\1,/g'; \
	    echo '}; const size_t matrix_page_size = sizeof(matrix_page);'; } >$@
$(BUILD)/gen/matrix_page.o: $(BUILD)/gen/matrix_page.c
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/obj/%.o: %.c | $(BUILD)/gen/infohus.pb.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The same sources with crash points and other test hooks compiled in.
$(BUILD)/hooked/%.o: %.c | $(BUILD)/gen/infohus.pb.h
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -DTEST_HOOKS -MMD -MP -c -o $@ $<

$(LIB_PROTO): $(PROTO_OBJ)
$(LIB_LAW): $(call obj,$(LAW_SRC))
$(LIB_LEDGER): $(call obj,$(LEDGER_SRC))
$(LIB_CORE): $(call obj,$(CORE_SRC))
$(LIB_GATE): $(call obj,$(GATE_SRC))
$(LIB_CLIENT): $(call obj,$(CLIENT_SRC)) $(PROTO_OBJ)
%.a:
	@mkdir -p $(@D)
	@rm -f $@
	ar rcs $@ $^

$(LIB_CLIENT_SO): $(call obj,$(CLIENT_SRC)) $(PROTO_OBJ) clients/lib/libinfohus.map
	$(CC) $(LDFLAGS) -shared -Wl,-soname,libinfohus.so.0 \
	    -Wl,--version-script=clients/lib/libinfohus.map \
	    -o $@ $(filter %.o,$^) $(LIBS)

LAYERS = $(LIB_CORE) $(LIB_LEDGER) $(LIB_LAW) $(LIB_PROTO)

define program
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LIBS)
endef

$(BUILD)/bin/infohusd: $(call obj,$(LAUNCHER_SRC)) $(LIB_LAW) $(LIB_PROTO)
	$(program)
$(BUILD)/bin/infohus-core: $(call obj,daemon/core/main.c) $(LAYERS)
	$(program)
$(BUILD)/bin/infohus-gate: $(call obj,daemon/gate/main.c) $(LIB_GATE) $(LIB_LAW) $(LIB_PROTO)
	$(program)
$(BUILD)/bin/infohus: $(TOOL_OBJ) $(call obj,clients/tool/main.c) $(LIB_CLIENT) $(LAYERS)
	$(program)

include tests/tests.mk

# ------------------------------------------------------------ set-up, install

DEPS = gcc libc6-dev make protobuf-c-compiler libprotobuf-c-dev libzmq3-dev \
	libssl-dev libsodium-dev liblmdb-dev libyaml-dev libjansson-dev procps
DEPS_CHECK = $(DEPS) libcmocka-dev python3 python3-lmdb python3-yaml \
	python3-cryptography patch

# Installs the Debian packages named in $(1) that are missing; silent if none.
define install_missing
	@missing=; for p in $(1); do \
	    dpkg-query -W -f='$${Status}' $$p 2>/dev/null | \
	    grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	    echo "installing Debian packages:$$missing"; \
	    sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	    $$sudo apt-get update -q && \
	    $$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
	        --no-install-recommends $$missing; \
	fi
endef

deps:
	$(call install_missing,$(DEPS))
deps-check:
	$(call install_missing,$(DEPS_CHECK))

demo: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@BIN=$(BUILD)/bin tests/demo/run

check: deps-check
	@$(MAKE) --no-print-directory -j$$(nproc) all check-built

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/infohus \
	    $(DESTDIR)$(PREFIX)/lib/pkgconfig $(DESTDIR)$(PREFIX)/include \
	    $(DESTDIR)$(PREFIX)/share/infohus/examples \
	    $(DESTDIR)$(PREFIX)/share/infohus/kommuner \
	    $(DESTDIR)$(PREFIX)/share/infohus/rules-tests \
	    $(DESTDIR)/lib/systemd/system $(DESTDIR)/usr/lib/sysusers.d \
	    $(DESTDIR)/usr/lib/tmpfiles.d
	install -m 755 $(BUILD)/bin/infohusd $(BUILD)/bin/infohus $(DESTDIR)$(PREFIX)/bin
	install -m 755 $(BUILD)/bin/infohus-core $(BUILD)/bin/infohus-gate \
	    $(DESTDIR)$(PREFIX)/lib/infohus
	install -m 644 $(LIB_CLIENT) $(DESTDIR)$(PREFIX)/lib
	install -m 755 $(LIB_CLIENT_SO) $(DESTDIR)$(PREFIX)/lib
	ln -sf libinfohus.so.0 $(DESTDIR)$(PREFIX)/lib/libinfohus.so
	sed 's|@PREFIX@|$(PREFIX)|' clients/lib/infohus.pc.in > \
	    $(DESTDIR)$(PREFIX)/lib/pkgconfig/infohus.pc
	install -m 644 clients/lib/infohus.h $(DESTDIR)$(PREFIX)/include
	install -m 644 config/*.yaml $(DESTDIR)$(PREFIX)/share/infohus
	install -m 644 config/kommuner/*.yaml $(DESTDIR)$(PREFIX)/share/infohus/kommuner
	install -m 644 config/examples/*.json $(DESTDIR)$(PREFIX)/share/infohus/examples
	install -m 644 config/rules-tests/*.yaml $(DESTDIR)$(PREFIX)/share/infohus/rules-tests
	sed 's|@PREFIX@|$(PREFIX)|' systemd/infohusd.service.in > \
	    $(DESTDIR)/lib/systemd/system/infohusd.service
	install -m 644 systemd/infohusd.sysusers \
	    $(DESTDIR)/usr/lib/sysusers.d/infohusd.conf
	install -m 644 systemd/infohusd.tmpfiles \
	    $(DESTDIR)/usr/lib/tmpfiles.d/infohusd.conf

C_FILES = $(shell git ls-files '*.c' '*.h' 2>/dev/null)

lint:
	$(call install_missing,clang-format cppcheck shellcheck pyflakes3)
	clang-format --dry-run -Werror $(C_FILES)
	cppcheck -q --std=c11 --enable=warning,performance,portability \
	    --error-exitcode=1 --inline-suppr -D__x86_64__ -D_GNU_SOURCE \
	    --suppress=missingIncludeSystem --suppress=missingInclude --suppress=nullPointerOutOfMemory \
	    -I. $(filter-out tests/%,$(filter %.c,$(C_FILES)))
	shellcheck -S warning -e SC1091,SC2034,SC2154 .ci/run tests/run tests/leftovers.sh \
	    tests/demo/run tests/bench/run tests/bench/bench_test.sh tests/oracle/plant \
	    $(wildcard tests/*/*.sh)
	pyflakes3 $(wildcard tests/*/*.py)

clean:
	rm -rf $(BUILD)

.PHONY: all deps deps-check demo tests check check-built check-long install clean lint
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
