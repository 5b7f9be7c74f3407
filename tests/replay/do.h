/*
 * SPDX-License-Identifier: MIT
 *
 * do: what the words of the language do, one function each; the table in
 * commands.c says how many words may follow and what they mean. They get
 * those words and their number, which is already one that the table allows,
 * and return RUN_FINE, or what run_wrong or run_failed made of r->outcome.
 */
#ifndef INFOHUS_TESTS_REPLAY_DO_H
#define INFOHUS_TESTS_REPLAY_DO_H

#include "script.h"

typedef enum outcome do_fn(struct run *r, char **word, size_t n);

/* do_setup.c */
extern do_fn do_config, do_law, do_node, do_card, do_suspend, do_revoke;

/* do_federation.c */
extern do_fn do_federation;

/* do_machine.c */
extern do_fn do_start, do_up, do_disk, do_kill, do_stop, do_reload, do_hold,
    do_go, do_time, do_fault, do_admin;

/* do_sessions.c */
extern do_fn do_online, do_knock, do_hello, do_credit, do_read, do_ping, do_bye,
    do_drop;

/* do_messages.c */
extern do_fn do_send, do_draft, do_resend, do_ack, do_nack;

/* do_hostile.c */
extern do_fn do_frame, do_raw;

/* do_control.c */
extern do_fn do_expect, do_ignore, do_mark, do_check, do_dump, do_repeat,
    do_try, do_play;

/*
 * In do_setup.c, for do_federation.c: roles and KEY=VALUE, as NODE and CARD
 * have them, change what the node's card says. False after run_wrong.
 */
bool do_describe(struct run *r, struct node *x, char **word, size_t n);

#endif
