/*
 * SPDX-License-Identifier: MIT
 *
 * disk: see disk.h. Items stay in the order of the record, each of a file or
 * of a name; becoming durable takes them out.
 */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scene.h"

#define FDS 1024
#define NAMES 64
#define FILES 4096

struct file {
	bool folder;
	bool older;    /* than the record: not ours to write */
	uint8_t *data; /* what is durable */
	size_t len, room;
};

struct name {
	char *path;		    /* under root */
	struct file *durable, *now; /* NULL: not there */
};

struct item {
	size_t at;	   /* its change in the record */
	struct file *file; /* of a write or truncation */
	struct name *name; /* or of a name: is file from now on */
	bool truncate;
	uint64_t offset; /* or the size */
	const uint8_t *data;
	size_t len;
};

struct opened {
	struct file *file;
	struct name *name; /* under which it was opened */
	bool synchronous;
	bool syncing;
	size_t begun;	   /* the change that began a sync or write */
	uint64_t from, to; /* of the write */
};

struct disk {
	uint8_t *record;
	size_t record_len, root_len;
	char root[4096];
	unsigned lies;

	size_t offset, at; /* next change: byte, number */
	uint64_t sent, durable;
	struct opened opened[FDS];
	size_t n_name;
	struct name name[NAMES];
	size_t n_file;
	struct file *file[FILES];
	size_t n_item, item_room;
	struct item *item;
};

/* --------------------------------------------------------------- durable */

static void
grow(struct file *f, size_t len)
{
	if (len > f->room) {
		f->room = 2 * len;
		f->data = realloc(f->data, f->room);
		if (f->data == NULL)
			abort();
	}
	if (len > f->len)
		memset(f->data + f->len, 0, len - f->len);
	f->len = len;
}

static void
put_at(struct file *f, uint64_t offset, const uint8_t *data, size_t len)
{
	if (offset + len > f->len)
		grow(f, offset + len);
	memcpy(f->data + offset, data, len);
}

static void
settle(struct disk *d, const struct item *i)
{
	if (i->name != NULL)
		i->name->durable = i->file;
	else if (i->truncate)
		grow(i->file, i->offset);
	else
		put_at(i->file, i->offset, i->data, i->len);
	d->durable++;
}

static bool
is_in(const struct name *n, const char *folder)
{
	const char *slash = strrchr(n->path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - n->path);

	return strlen(folder) == len && strncmp(n->path, folder, len) == 0;
}

/* Does what has just returned make i durable? */
static bool
covers(const struct opened *o, const struct item *i)
{
	if (o->syncing)
		return i->at < o->begun &&
		    (i->name != NULL ?
			    o->file->folder && is_in(i->name, o->name->path) :
			    i->file == o->file);
	/* What lies under a synchronous write goes with it. */
	return i->name == NULL && i->file == o->file && i->at <= o->begun &&
	    i->offset < o->to && i->offset + i->len > o->from;
}

static void
returned(struct disk *d, struct opened *o)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->n_item; i++)
		if (covers(o, &d->item[i]))
			settle(d, &d->item[i]);
		else
			d->item[kept++] = d->item[i];
	d->n_item = kept;
	o->syncing = false;
}

/* -------------------------------------------------------------- stepping */

static struct item *
add(struct disk *d)
{
	if (d->n_item == d->item_room) {
		d->item_room = 2 * d->item_room + 64;
		d->item = realloc(d->item, d->item_room * sizeof d->item[0]);
		if (d->item == NULL)
			abort();
	}
	d->item[d->n_item] = (struct item){ .at = d->at };
	return &d->item[d->n_item++];
}

static struct name *
name_of(struct disk *d, const char *path, size_t len)
{
	struct name *n;

	path += d->root_len;
	len -= d->root_len;
	if (len > 0) {
		path++;
		len--;
	}
	for (size_t i = 0; i < d->n_name; i++)
		if (strlen(d->name[i].path) == len &&
		    strncmp(d->name[i].path, path, len) == 0)
			return &d->name[i];
	if (d->n_name == NAMES)
		abort();
	n = &d->name[d->n_name++];
	*n = (struct name){ .path = strndup(path, len) };
	return n;
}

static struct file *
file_new(struct disk *d, bool folder)
{
	struct file *f = calloc(1, sizeof *f);

	if (f == NULL || d->n_file == FILES)
		abort();
	f->folder = folder;
	return d->file[d->n_file++] = f;
}

static void
names(struct disk *d, struct name *n, struct file *f)
{
	struct item *i = add(d);

	n->now = f;
	i->name = n;
	i->file = f;
}

static void
opens(struct disk *d, const struct change *c, const uint8_t *path)
{
	struct opened *o = &d->opened[c->fd];
	struct name *n = name_of(d, (const char *)path, c->len);
	bool folder = (c->a & O_DIRECTORY) != 0;

	if (n->now == NULL && (folder || (c->a & O_CREAT) == 0)) {
		n->now = n->durable = file_new(d, folder);
		n->now->older = true;
	} else if (n->now == NULL) {
		names(d, n, file_new(d, false));
	} else if ((c->a & O_TRUNC) != 0) {
		struct item *i = add(d);

		i->file = n->now;
		i->truncate = true;
	}
	*o = (struct opened){ n->now, n, (c->a & O_DSYNC) != 0, false, 0, 0,
		0 };
}

static void
writes(struct disk *d, const struct change *c, const uint8_t *data)
{
	struct opened *o = &d->opened[c->fd];
	struct item *i = add(d);

	i->file = o->file;
	i->truncate = c->kind == CHANGE_TRUNCATE;
	i->offset = c->a;
	i->data = data;
	i->len = c->len;
	o->begun = d->at;
	o->from = c->a;
	o->to = c->a + c->len;
	o->syncing = false;
}

static void
done(struct disk *d, struct opened *o)
{
	unsigned lie = !o->syncing		      ? LIE_SYNCHRONOUS :
	    strstr(o->name->path, "data.mdb") != NULL ? LIE_FDATASYNC :
							LIE_FSYNC;

	if ((d->lies & lie) == 0)
		returned(d, o);
}

static void
renames(struct disk *d, const struct change *c, const uint8_t *paths)
{
	const char *from = (const char *)paths;
	size_t len = strlen(from);
	struct name *old = name_of(d, from, len);
	struct name *new = name_of(d, from + len + 1, c->len - len - 1);

	names(d, new, old->now);
	names(d, old, NULL);
}

bool
disk_step(struct disk *d)
{
	const uint8_t *more = d->record + d->offset + sizeof(struct change);
	struct change c;

	if (d->offset + sizeof c > d->record_len)
		return false;
	memcpy(&c, d->record + d->offset, sizeof c);
	switch ((enum change_kind)c.kind) {
	case CHANGE_OPEN:
		opens(d, &c, more);
		break;
	case CHANGE_CLOSE:
		d->opened[c.fd].file = NULL;
		break;
	case CHANGE_WRITE:
	case CHANGE_TRUNCATE:
		writes(d, &c, more);
		break;
	case CHANGE_SYNC:
		d->opened[c.fd].begun = d->at;
		d->opened[c.fd].syncing = true;
		break;
	case CHANGE_DONE:
		done(d, &d->opened[c.fd]);
		break;
	case CHANGE_RENAME:
		renames(d, &c, more);
		break;
	case CHANGE_UNLINK:
		names(d, name_of(d, (const char *)more, c.len), NULL);
		break;
	case CHANGE_MKDIR:
		names(d, name_of(d, (const char *)more, c.len),
		    file_new(d, true));
		break;
	case CHANGE_SENT:
		d->sent = c.a;
		break;
	case CHANGE_FAILED:
		break; /* refused by disk_new */
	}
	d->offset += sizeof c + c.len;
	d->at++;
	return true;
}

/* ---------------------------------------------------------- the whole */

static void
forget(struct disk *d)
{
	for (size_t i = 0; i < d->n_file; i++) {
		free(d->file[i]->data);
		free(d->file[i]);
	}
	for (size_t i = 0; i < d->n_name; i++)
		free(d->name[i].path);
	d->n_file = d->n_name = d->n_item = 0;
	d->offset = d->at = 0;
	d->sent = d->durable = 0;
	memset(d->opened, 0, sizeof d->opened);
}

static bool
is_sound(const struct disk *d)
{
	struct change c;

	for (size_t o = 0; o < d->record_len; o += sizeof c + c.len) {
		if (o + sizeof c > d->record_len)
			return false;
		memcpy(&c, d->record + o, sizeof c);
		if (c.len > d->record_len - o - sizeof c || c.fd >= FDS ||
		    c.kind >= CHANGE_FAILED)
			return false;
	}
	return true;
}

struct disk *
disk_new(const char *record, const char *root, unsigned lies)
{
	struct disk *d = calloc(1, sizeof *d);

	if (d == NULL)
		abort();
	d->lies = lies;
	d->root_len = (size_t)snprintf(d->root, sizeof d->root, "%s", root);
	if (!scene_get(record, &d->record, &d->record_len) || !is_sound(d)) {
		disk_free(d);
		return NULL;
	}
	return d;
}

void
disk_rewind(struct disk *d)
{
	forget(d);
}

void
disk_free(struct disk *d)
{
	if (d == NULL)
		return;
	forget(d);
	free(d->item);
	free(d->record);
	free(d);
}

uint64_t
disk_sent(const struct disk *d)
{
	return d->sent;
}

uint64_t
disk_durable(const struct disk *d)
{
	return d->durable;
}

size_t
disk_items(const struct disk *d)
{
	return d->n_item;
}

/* ------------------------------------------------------------- one state */

static void
tear(struct file *f, const struct item *i, const struct cut *c)
{
	size_t done = 0;

	while (done < i->len) {
		size_t n = SECTOR - (i->offset + done) % SECTOR;

		if (n > i->len - done)
			n = i->len - done;
		if (c->sector(c->ctx))
			put_at(f, i->offset + done, i->data + done, n);
		done += n;
	}
}

/* The file as it would be; part says what of its items is there. */
static void
compose(const struct disk *d, const struct file *f, const enum part *part,
    const struct cut *c, struct file *out)
{
	*out = (struct file){ .folder = f->folder };
	if (f->len > 0)
		put_at(out, 0, f->data, f->len);
	for (size_t k = 0; k < d->n_item; k++) {
		const struct item *i = &d->item[k];

		if (i->name != NULL || i->file != f || part[k] == PART_NONE)
			continue;
		if (i->truncate)
			grow(out, i->offset);
		else if (part[k] == PART_ALL)
			put_at(out, i->offset, i->data, i->len);
		else
			tear(out, i, c);
	}
}

/* A name is lost with the folder it stood in. */
static bool
has_folder(const char *path)
{
	char folder[8192];
	struct stat st;

	snprintf(folder, sizeof folder, "%s", path);
	*strrchr(folder, '/') = '\0';
	return stat(folder, &st) == 0;
}

static bool
put_name(const struct disk *d, const struct name *n, const struct file *f,
    const enum part *part, const struct cut *c, const char *dir)
{
	char path[8192];
	struct file out;
	bool good;

	snprintf(path, sizeof path, "%s/%s", dir, n->path);
	if (f == NULL)
		return scene_remove(path);
	if (f->older && !f->folder)
		return true;
	if (!has_folder(path))
		return true;
	if (f->folder)
		return mkdir(path, 0700) == 0 || errno == EEXIST;
	if (strstr(path, "lock.mdb") != NULL) /* no boot trusts an old one */
		return unlink(path) == 0 || errno == ENOENT;
	compose(d, f, part, c, &out);
	good = scene_put(path, bytes_of(out.data, out.len));
	free(out.data);
	return good;
}

bool
disk_write(const struct disk *d, const struct cut *c, const char *dir)
{
	enum part *part = calloc(d->n_item + 1, sizeof part[0]);
	bool good = part != NULL;

	for (size_t i = 0; good && i < d->n_item; i++)
		part[i] = c->part(c->ctx, i);
	/* Names in the order they first came: folders before what is in them */
	for (size_t i = 0; good && i < d->n_name; i++) {
		const struct name *n = &d->name[i];
		const struct file *f = n->durable;

		for (size_t k = 0; k < d->n_item; k++)
			if (d->item[k].name == n && part[k] != PART_NONE)
				f = d->item[k].file;
		if (n->path[0] != '\0')
			good = put_name(d, n, f, part, c, dir);
	}
	free(part);
	return good;
}
