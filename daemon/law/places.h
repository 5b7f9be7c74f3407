/*
 * SPDX-License-Identifier: MIT
 *
 * places: which politikreds and region a kommune belongs to at a time.
 * Police by politikreds, psychiatry by region, never one through the other.
 */
#ifndef INFOHUS_PLACES_H
#define INFOHUS_PLACES_H

#include "yaml.h"

struct places;

/* Loads config/places.yaml. NULL with problems added on any error. */
struct places *
places_load(const char *file, struct bytes text, struct problems *p);
void places_free(struct places *p);

/* All kommuner in code order; the code of number i. */
size_t places_count(const struct places *p);
const char *places_at(const struct places *p, size_t i);

bool places_has_kommune(const struct places *p, const char *kommune);
/* Name for people, or NULL for an unknown kommune. */
const char *places_kommune_name(const struct places *p, const char *kommune);
/* Code, or NULL when unknown; static as long as the places. */
const char *
places_politikreds(const struct places *p, const char *kommune, uint64_t at_ms);
const char *
places_region(const struct places *p, const char *kommune, uint64_t at_ms);

#endif
