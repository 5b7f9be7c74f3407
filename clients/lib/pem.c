/*
 * SPDX-License-Identifier: MIT
 *
 * pem: see pem.h. Only the frame of the text is read here; the certificate
 * itself is parsed in keys.
 */
#include "pem.h"

#include <string.h>

static const uint8_t *
find(struct bytes text, const char *mark)
{
	return memmem(text.data, text.len, mark, strlen(mark));
}

enum err
pem_certificate(struct arena *a, struct bytes text, struct cert **out,
    struct why *why)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	static const char end[] = "-----END CERTIFICATE-----";
	const uint8_t *from, *to;
	uint8_t *packed, *der;
	size_t n = 0, len;

	from = text.len <= PEM_MAX ? find(text, begin) : NULL;
	if (from == NULL)
		return why_set(why, ERR_INVALID,
		    "found no PEM certificate in %zu bytes", text.len);
	from += sizeof begin - 1;
	to = find(bytes_of(from, text.len - (size_t)(from - text.data)), end);
	if (to == NULL)
		return why_set(why, ERR_INVALID,
		    "found a PEM certificate without its end");
	len = (size_t)(to - from);
	packed = arena_alloc(a, len + 1);
	der = arena_alloc(a, len + 1);
	if (packed == NULL || der == NULL)
		return why_set(why, ERR_NOMEM, "no memory");
	for (const uint8_t *p = from; p < to; p++)
		if (*p != '\n' && *p != '\r')
			packed[n++] = *p;
	if (base64_decode(der, &len, bytes_of(packed, n)) != ERR_OK)
		return why_set(why, ERR_INVALID,
		    "found bad base64 in a PEM certificate");
	return cert_parse(out, bytes_of(der, len), why);
}
