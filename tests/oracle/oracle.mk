# SPDX-License-Identifier: MIT
#
# The oracle is a program of its own in Python, run by Debian's interpreter
# whatever other one is on PATH; it shares nothing with what is built here
# but proto/infohus.proto.

$(BUILD)/tests/oracle: tests/oracle/oracle.py $(wildcard tests/oracle/*.py)
	@mkdir -p $(@D)
	ln -sf $(abspath $<) $@
