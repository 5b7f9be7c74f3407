/*
 * SPDX-License-Identifier: MIT
 *
 * machine_memory: see machine_memory.h.
 */
#include "machine_memory.h"

#include <sodium.h>
#include <string.h>

#include "tests/common/splitmix.h"

static struct {
	uint64_t wall_ms, mono_ms;
	uint64_t random;
} machine;

uint64_t
machine_wall_ms(void)
{
	return machine.wall_ms;
}

uint64_t
machine_mono_ms(void)
{
	return machine.mono_ms;
}

void
machine_reset(uint64_t seed)
{
	machine.wall_ms = MACHINE_START;
	machine.mono_ms = 1000000; /* a machine has been up for a while */
	machine.random = seed;
}

void
machine_pass(uint64_t ms)
{
	machine.wall_ms += ms;
	machine.mono_ms += ms;
}

void
machine_set(int64_t ms)
{
	machine.wall_ms += (uint64_t)ms;
}

static uint64_t
next(void)
{
	return splitmix_next(&machine.random);
}

static const char *
name(void)
{
	return "replay";
}

static uint32_t
random32(void)
{
	return (uint32_t)next();
}

static void
fill(void *buf, const size_t size)
{
	uint8_t *out = buf;

	for (size_t i = 0; i < size; i += 8) {
		uint64_t r = next();

		memcpy(out + i, &r, size - i < 8 ? size - i : 8);
	}
}

void
machine_take_randomness(void)
{
	static randombytes_implementation replay = {
		.implementation_name = name, .random = random32, .buf = fill
	};

	randombytes_set_implementation(&replay);
}
