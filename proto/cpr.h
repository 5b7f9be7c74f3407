/*
 * SPDX-License-Identifier: MIT
 *
 * cpr: Danish personal numbers. Ten digits, a real date, a century that the
 * seventh digit allows. Never modulus 11: valid numbers fail it since 2007.
 */
#ifndef INFOHUS_CPR_H
#define INFOHUS_CPR_H

#include <stdbool.h>

struct cpr_date {
	int year, month, day;
};

/* text: exactly ten digits, no hyphen. date may be NULL. */
bool cpr_is_valid(const char *text, struct cpr_date *date);

#endif
