/*
 * SPDX-License-Identifier: MIT
 *
 * machine: the only place where core asks the machine what time it is, so
 * that a test can be another machine. Nothing but clock.h and the welcome
 * may look here: what is judged is judged by clock_now.
 */
#ifndef INFOHUS_MACHINE_H
#define INFOHUS_MACHINE_H

#include <stdint.h>

uint64_t machine_wall_ms(void); /* UTC since 1970, as the machine is set */
uint64_t machine_mono_ms(void); /* since boot, never set, suspend counted */

#endif
