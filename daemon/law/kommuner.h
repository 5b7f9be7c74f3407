/*
 * SPDX-License-Identifier: MIT
 *
 * kommuner: where the infohuse of kommuner differ. One small file each, of
 * what is switched on there (config/kommuner/); rules.yaml asks for it with
 * `setting`. A kommune without a file has everything switched off.
 */
#ifndef INFOHUS_KOMMUNER_H
#define INFOHUS_KOMMUNER_H

#include "infohus.pb.h"
#include "yaml.h"

#define KOMMUNE_FILES_MAX 128 /* there are 98 kommuner */
#define KOMMUNE_CODE 5	      /* four digits and NUL */

struct kommuner;

/* NULL without memory. */
struct kommuner *kommuner_new(void);
void kommuner_free(struct kommuner *k);

/* Adds a kommune's file. False: problems added, k is as it was. */
bool kommuner_read(struct kommuner *k, const char *file, struct bytes text,
    struct problems *p);

/* What is switched on there, bit enum setting; 0 also for NULL, unknown. */
uint32_t kommuner_settings(const struct kommuner *k, const char *kommune);

/* Of the kommune that must act, else of the one where the person lives. */
uint32_t
kommuner_settings_for(const struct kommuner *k, const PbGrounds *grounds);

/*
 * The codes of all, each with the place where its file says so. NULL from
 * the end on.
 */
struct kommune_at {
	const char *code, *file;
	unsigned line, column;
};
const struct kommune_at *kommuner_at(const struct kommuner *k, size_t i);

/* Which kommune a text is of, before it is read whole. False: it says none. */
bool kommuner_code(struct bytes text, char code[KOMMUNE_CODE]);

#endif
