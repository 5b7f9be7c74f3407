/*
 * SPDX-License-Identifier: MIT
 *
 * bytes: views, integers, hexadecimal, base64, times, clean text.
 *
 * Every parser here accepts one spelling of a value or says no; none writes
 * to its out-parameter before the whole input has been found good.
 */
#include "bytes.h"

#include <stdio.h>
#include <string.h>

#define MS_PER_DAY 86400000LL
#define TIME_MAX 253402300799999ULL /* 9999-12-31T23:59:59.999Z */

struct bytes
bytes_str(const char *s)
{
	return bytes_of(s, strlen(s));
}

bool
bytes_eq(struct bytes a, struct bytes b)
{
	if (a.len != b.len)
		return false;
	return a.len == 0 || memcmp(a.data, b.data, a.len) == 0;
}

bool
digest_eq(const struct digest *a, const struct digest *b)
{
	return memcmp(a->b, b->b, DIGEST_SIZE) == 0;
}

bool
id_eq(const struct id *a, const struct id *b)
{
	return memcmp(a->b, b->b, ID_SIZE) == 0;
}

void
put_u16(uint8_t out[2], uint16_t v)
{
	out[0] = (uint8_t)(v >> 8);
	out[1] = (uint8_t)v;
}

void
put_u32(uint8_t out[4], uint32_t v)
{
	put_u16(out, (uint16_t)(v >> 16));
	put_u16(out + 2, (uint16_t)v);
}

void
put_u64(uint8_t out[8], uint64_t v)
{
	put_u32(out, (uint32_t)(v >> 32));
	put_u32(out + 4, (uint32_t)v);
}

uint16_t
get_u16(const uint8_t in[2])
{
	return (uint16_t)(in[0] << 8 | in[1]);
}

uint32_t
get_u32(const uint8_t in[4])
{
	return (uint32_t)get_u16(in) << 16 | get_u16(in + 2);
}

uint64_t
get_u64(const uint8_t in[8])
{
	return (uint64_t)get_u32(in) << 32 | get_u32(in + 4);
}

void
hex_encode(char *out, struct bytes in)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < in.len; i++) {
		*out++ = digit[in.data[i] >> 4];
		*out++ = digit[in.data[i] & 15];
	}
	*out = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum err
hex_decode(uint8_t *out, size_t len, const char *in)
{
	for (size_t i = 0; i < 2 * len; i++)
		if (hex_value(in[i]) < 0)
			return ERR_INVALID;
	if (in[2 * len] != '\0')
		return ERR_INVALID;
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(hex_value(in[2 * i]) << 4 |
		    hex_value(in[2 * i + 1]));
	return ERR_OK;
}

size_t
base64_size(size_t len)
{
	return (len + 2) / 3 * 4 + 1;
}

void
base64_encode(char *out, struct bytes in)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < in.len; i += 3) {
		size_t n = in.len - i < 3 ? in.len - i : 3;
		uint32_t v = (uint32_t)in.data[i] << 16;

		if (n > 1)
			v |= (uint32_t)in.data[i + 1] << 8;
		if (n > 2)
			v |= in.data[i + 2];
		*out++ = digit[v >> 18];
		*out++ = digit[v >> 12 & 63];
		*out++ = n > 1 ? digit[v >> 6 & 63] : '=';
		*out++ = n > 2 ? digit[v & 63] : '=';
	}
	*out = '\0';
}

static int
base64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	if (c == '/')
		return 63;
	return -1;
}

enum err
base64_decode(uint8_t *out, size_t *len, struct bytes in)
{
	size_t pad = 0, size;

	if (in.len % 4 != 0)
		return ERR_INVALID;
	while (pad < 2 && pad < in.len && in.data[in.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < in.len - pad; i++)
		if (base64_value(in.data[i]) < 0)
			return ERR_INVALID;
	/* The bits of the last digit that no byte takes must be zero. */
	if (pad > 0 &&
	    (base64_value(in.data[in.len - 1 - pad]) & (pad == 1 ? 3 : 15)) !=
		0)
		return ERR_INVALID;
	size = in.len / 4 * 3 - pad;
	if (size > *len)
		return ERR_INVALID;

	for (size_t i = 0, o = 0; i < in.len; i += 4) {
		uint32_t v = 0;

		for (size_t k = 0; k < 4; k++) {
			uint8_t c = in.data[i + k];

			v = v << 6 | (c == '=' ? 0 : (uint32_t)base64_value(c));
		}
		for (int shift = 16; shift >= 0 && o < size; shift -= 8)
			out[o++] = (uint8_t)(v >> shift);
	}
	*len = size;
	return ERR_OK;
}

void
id_format(char out[37], const struct id *id)
{
	static const uint8_t group[] = { 4, 2, 2, 2, 6 };
	const uint8_t *p = id->b;

	for (size_t i = 0; i < sizeof(group); i++) {
		hex_encode(out, bytes_of(p, group[i]));
		out += 2 * group[i];
		p += group[i];
		*out++ = i + 1 < sizeof(group) ? '-' : '\0';
	}
}

enum err
id_parse(struct id *out, const char *text)
{
	char hex[2 * ID_SIZE + 1];
	size_t n = 0;

	if (strlen(text) != 36)
		return ERR_INVALID;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash != (text[i] == '-'))
			return ERR_INVALID;
		if (!dash)
			hex[n++] = text[i];
	}
	hex[n] = '\0';
	return hex_decode(out->b, ID_SIZE, hex);
}

/* Days since 1970-01-01 of a date in the Gregorian calendar, year >= 1. */
static int64_t
days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3; /* from March */

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	    1 - 719468;
}

static int
month_days(int year, int month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

void
time_format(char out[25], uint64_t ms)
{
	int64_t day;
	int year, month = 1;
	unsigned rest;

	if (ms > TIME_MAX)
		ms = TIME_MAX;
	day = (int64_t)ms / MS_PER_DAY;
	rest = (unsigned)((int64_t)ms % MS_PER_DAY);
	/* At least the right year or the one after it; step back if after. */
	year = 1970 + (int)(day / 365);
	while (days_of(year, 1, 1) > day)
		year--;
	day -= days_of(year, 1, 1);
	while (day >= month_days(year, month)) {
		day -= month_days(year, month);
		month++;
	}
	(void)snprintf(out, 25, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	    (unsigned)year % 10000, (unsigned)month % 100,
	    (unsigned)(day + 1) % 100, rest / 3600000 % 100, rest / 60000 % 60,
	    rest / 1000 % 60, rest % 1000);
}

/* Exactly n decimal digits, no sign, no space. False if they are not there. */
static bool
digits(const char **p, int n, int *out)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (**p < '0' || **p > '9')
			return false;
		v = 10 * v + (*(*p)++ - '0');
	}
	*out = v;
	return true;
}

static bool
one_of(const char **p, const char *set)
{
	if (**p == '\0' || strchr(set, **p) == NULL)
		return false;
	(*p)++;
	return true;
}

/* Fraction of a second, which may be absent; more than milliseconds is cut. */
static bool
fraction(const char **p, int *ms)
{
	int scale = 100;

	*ms = 0;
	if (!one_of(p, "."))
		return true;
	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		*ms += (**p - '0') * scale;
		scale /= 10;
	}
	return true;
}

static bool
offset(const char **p, int *minutes)
{
	int sign = **p == '-' ? -1 : 1;
	int h, m;

	*minutes = 0;
	if (one_of(p, "Zz"))
		return true;
	if (!one_of(p, "+-") || !digits(p, 2, &h) || !one_of(p, ":") ||
	    !digits(p, 2, &m) || h > 23 || m > 59)
		return false;
	*minutes = sign * (60 * h + m);
	return true;
}

enum err
time_parse(uint64_t *ms, const char *text)
{
	int year, month, day, h, m, s, frac, off;
	const char *p = text;
	int64_t t;

	if (!digits(&p, 4, &year) || !one_of(&p, "-") ||
	    !digits(&p, 2, &month) || !one_of(&p, "-") ||
	    !digits(&p, 2, &day) || !one_of(&p, "Tt") || !digits(&p, 2, &h) ||
	    !one_of(&p, ":") || !digits(&p, 2, &m) || !one_of(&p, ":") ||
	    !digits(&p, 2, &s) || !fraction(&p, &frac) || !offset(&p, &off) ||
	    *p != '\0')
		return ERR_INVALID;
	/* A leap second has no number of its own in milliseconds UTC. */
	if (year < 1969 || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month) || h > 23 || m > 59 || s > 59)
		return ERR_INVALID;
	t = days_of(year, month, day) * MS_PER_DAY +
	    ((h * 60LL + m - off) * 60 + s) * 1000 + frac;
	if (t < 0 || (uint64_t)t > TIME_MAX)
		return ERR_INVALID;
	*ms = (uint64_t)t;
	return ERR_OK;
}

/*
 * Length of the well-formed UTF-8 sequence at the start of p, 0 if there is
 * none: the ranges of Unicode's table of well-formed byte sequences.
 */
static size_t
utf8_sequence(const uint8_t *p, size_t len)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n > len)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0; /* shorter would be overlong */
	else if (p[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f; /* above U+10FFFF */
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool
text_is_clean(struct bytes text, bool lf)
{
	size_t i = 0;

	while (i < text.len) {
		uint8_t c = text.data[i];
		size_t n;

		if (c == 0x7f || (c < 0x20 && !(lf && c == '\n')))
			return false;
		n = utf8_sequence(text.data + i, text.len - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

bool
node_id_is_valid(const char *id)
{
	size_t elements = 1, len = 0;

	for (; *id != '\0'; id++) {
		char c = *id;

		if (c == '/') {
			if (len == 0 || ++elements > 3)
				return false;
			len = 0;
		} else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == '-') {
			if (++len > 32)
				return false;
		} else {
			return false;
		}
	}
	return elements >= 2 && len > 0;
}
