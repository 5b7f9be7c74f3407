/*
 * SPDX-License-Identifier: MIT
 *
 * print: what reaches a terminal. Text of a peer is never written raw: it
 * could move the cursor, hide words or turn the direction of writing.
 */
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Length of the UTF-8 sequence that begins with lead; 0 for none. */
static size_t
sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

/* C1 controls, and the marks that turn the direction of writing. */
static bool
is_hidden(const unsigned char *s, size_t len)
{
	if (len == 2)
		return s[0] == 0xc2 && s[1] <= 0x9f;
	if (len != 3 || s[0] != 0xe2)
		return false;
	if (s[1] == 0x80)
		return s[2] == 0x8e || s[2] == 0x8f ||
		    (s[2] >= 0xa8 && s[2] <= 0xae);
	return s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9;
}

void
print_text(FILE *f, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t left = strlen(text);

	while (left > 0) {
		size_t n = sequence_length(*s);
		bool good = n > 0 && n <= left &&
		    text_is_clean(bytes_of(s, n), false) && !is_hidden(s, n);

		if (!good && (n == 0 || n > left))
			n = 1;
		for (size_t i = 0; i < n; i++)
			if (good)
				fputc(s[i], f);
			else
				fprintf(f, "\\x%02X", s[i]);
		s += n;
		left -= n;
	}
}

const char *
colour(FILE *f, enum colour c)
{
	const char *no = getenv("NO_COLOR");

	if (!isatty(fileno(f)) || (no != NULL && no[0] != '\0'))
		return "";
	switch (c) {
	case COLOUR_PLAIN:
		return "\033[0m";
	case COLOUR_BOLD:
		return "\033[1m";
	case COLOUR_GOOD:
		return "\033[32m";
	case COLOUR_BAD:
		return "\033[1;31m";
	}
	return "";
}

bool
print_json(json_t *value)
{
	bool ok = value != NULL &&
	    json_dumpf(value, stdout, JSON_INDENT(2)) == 0 &&
	    fputc('\n', stdout) != EOF && fflush(stdout) == 0;

	json_decref(value);
	if (!ok)
		trouble("the answer could not be written");
	return ok;
}
