/*
 * SPDX-License-Identifier: MIT
 *
 * cpr: digits, date and century of a personal number, as the CPR office
 * defines them. It must never ask for modulus 11: since October 2007 numbers
 * are issued that do not satisfy it, and they are as valid as any other.
 */
#include "proto/cpr.h"

#include <string.h>

static int
two_digits(const char *s)
{
	return (s[0] - '0') * 10 + (s[1] - '0');
}

/* The century that the seventh digit gives a two-digit year. */
static int
century(int seventh, int year)
{
	if (seventh <= 3)
		return 1900;
	if (seventh == 4 || seventh == 9)
		return year <= 36 ? 2000 : 1900;
	return year <= 57 ? 2000 : 1800;
}

static int
days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

bool
cpr_is_valid(const char *text, struct cpr_date *date)
{
	struct cpr_date d;

	if (strlen(text) != 10 || strspn(text, "0123456789") != 10)
		return false;
	d.day = two_digits(text);
	d.month = two_digits(text + 2);
	d.year = two_digits(text + 4);
	d.year += century(text[6] - '0', d.year);
	if (d.month < 1 || d.month > 12 || d.day < 1 ||
	    d.day > days_in(d.year, d.month))
		return false;
	if (date != NULL)
		*date = d;
	return true;
}
