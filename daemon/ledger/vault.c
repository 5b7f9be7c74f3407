/*
 * SPDX-License-Identifier: MIT
 *
 * vault: detached parts in TABLE_PART, plain for now. Encryption under a key
 * per part belongs between vault_put, vault_get and the store; nobody else
 * touches the table.
 */
#include "vault.h"

#include <sodium.h>
#include <string.h>

#include "proto/digest.h"

#define SALT_SIZE 32

static struct bytes
key_of(const struct digest *commitment)
{
	return bytes_of(commitment->b, DIGEST_SIZE);
}

enum err
vault_put(struct txn *t, const struct digest *commitment, struct bytes plain)
{
	struct bytes there;
	enum err err;

	err = store_get(t, TABLE_PART, key_of(commitment), &there);
	if (err == ERR_NOT_FOUND)
		return store_add(t, TABLE_PART, key_of(commitment), plain);
	if (err == ERR_OK && !bytes_eq(there, plain))
		return store_fail(t, ERR_EXISTS);
	return err;
}

enum err
vault_get(struct txn *t, struct arena *a, const struct digest *commitment,
    struct bytes *plain)
{
	struct bytes there;
	enum err err;
	void *copy;

	err = store_get(t, TABLE_PART, key_of(commitment), &there);
	if (err != ERR_OK)
		return err;
	copy = arena_dup(a, there);
	if (copy == NULL)
		return ERR_NOMEM;
	*plain = bytes_of(copy, there.len);
	return ERR_OK;
}

enum err
vault_add(struct txn *t, struct arena *a, uint8_t kind, struct bytes part,
    struct digest *commitment)
{
	PbOpening opening = PB_OPENING__INIT;
	uint8_t salt[SALT_SIZE];
	struct digest made;
	struct bytes packed;
	enum err err;

	randombytes_buf(salt, sizeof(salt));
	opening.kind = kind;
	opening.form = FORM_PLAIN;
	opening.salt.data = salt;
	opening.salt.len = sizeof(salt);
	opening.part.data = (uint8_t *)part.data;
	opening.part.len = part.len;
	made = digest_part(kind, FORM_PLAIN, salt, part);
	err = envelope_pack(a, &opening, &packed);
	if (err != ERR_OK)
		return store_fail(t, err);
	err = vault_put(t, &made, packed);
	if (err == ERR_OK)
		*commitment = made;
	return err;
}

enum err
vault_open(struct txn *t, struct arena *a, const struct digest *commitment,
    PbOpening **out)
{
	PbOpening *opening;
	struct digest found;
	struct bytes plain;
	enum err err;

	err = vault_get(t, a, commitment, &plain);
	if (err != ERR_OK)
		return err;
	if (ENVELOPE_UNPACK(a, opening, plain, &opening, NULL) != CODE_OK ||
	    opening->salt.len != SALT_SIZE || opening->kind > UINT8_MAX)
		return ERR_INVALID;
	found = digest_part((uint8_t)opening->kind, (uint8_t)opening->form,
	    opening->salt.data,
	    bytes_of(opening->part.data, opening->part.len));
	if (!digest_eq(&found, commitment))
		return ERR_INVALID;
	*out = opening;
	return ERR_OK;
}
