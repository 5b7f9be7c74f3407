/*
 * SPDX-License-Identifier: MIT
 *
 * workflow: config/workflow.yaml, the case as a state machine. What is not
 * in the table is refused.
 */
#ifndef INFOHUS_WORKFLOW_H
#define INFOHUS_WORKFLOW_H

#include "infohus.pb.h"
#include "yaml.h"

struct workflow;

struct workflow *
workflow_load(const char *file, struct bytes text, struct problems *p);
void workflow_free(struct workflow *w);

struct step {
	PbCaseState to;
	bool joint;	   /* takes effect with the other tovholder's */
	bool police_looks; /* by this step police have looked */
	bool opens;	   /* may open a case */
	bool caseless;	   /* carries no case id */
};

/*
 * Is this message legal now? kind, event (0 none) and sender's role in
 * state. True sets *out.
 */
bool workflow_step(const struct workflow *w, PbCaseState state, PbKind kind,
    int event, PbRole role, struct step *out);

/* Does the kind never carry a case id? (underretning) */
bool workflow_is_caseless(const struct workflow *w, PbKind kind);

#endif
