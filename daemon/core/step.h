/*
 * SPDX-License-Identifier: MIT
 *
 * step: marks where each step R1-R10 begins. In the shipped program STEP()
 * is nothing. Built with TEST_HOOKS, INFOHUS_CRASH="R7:3" kills the process
 * the third time that step begins, so that tests can cut it anywhere; with
 * INFOHUS_CRASH="@FILE" the same words are read from FILE, when it is there,
 * and FILE is removed with the kill, so that it happens once.
 */
#ifndef INFOHUS_STEP_H
#define INFOHUS_STEP_H

#ifdef TEST_HOOKS
void step_reached(const char *name);
#define STEP(name) step_reached(name)
#else
#define STEP(name) ((void)0)
#endif

#endif
