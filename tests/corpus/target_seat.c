/*
 * SPDX-License-Identifier: MIT
 *
 * target_seat: targets of what stands in a seat's folder. Both parsers read
 * files, so a process makes one folder with keys of its own, once, and
 * removes it at its end. See parsers.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/lib/home.h"
#include "clients/lib/trust.h"
#include "target.h"

static char top[64]; /* empty until it is made */

static const char *const made[] = { "seat/state/unproven", "seat/state/lock",
	"seat/state/outbox", "seat/state/sent", "seat/state/refused",
	"seat/state/received", "seat/state", "seat/seat.json", "seat/curve.key",
	"seat/box.key", "seat", "node.key", "node.pem", "" };

static const char *
path_of(char out[128], const char *name)
{
	(void)snprintf(out, 128, "%s/%s", top, name);
	return out;
}

static void
remove_folder(void)
{
	char path[128];

	for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
		(void)remove(path_of(path, made[i]));
}

static bool
make_keys(void)
{
	static const uint8_t key[32] = { 7 };
	char a[128], b[128];

	return mkdir(path_of(a, "seat"), 0700) == 0 &&
	    key_file_write(key, path_of(a, "seat/curve.key"), NULL) == ERR_OK &&
	    key_file_write(key, path_of(a, "seat/box.key"), NULL) == ERR_OK &&
	    keys_issue(path_of(a, "node.key"), path_of(b, "node.pem"),
		KEY_ED25519, "corpus", NULL, NULL, NULL, 30, NULL) == ERR_OK;
}

/* The folder, made at the first call. */
static bool
folder(void)
{
	if (top[0] != '\0')
		return true;
	(void)snprintf(top, sizeof top, "/tmp/infohus-corpus.XXXXXX");
	if (mkdtemp(top) == NULL) {
		top[0] = '\0';
		return false;
	}
	(void)atexit(remove_folder);
	return make_keys();
}

static bool
write_file(const char *name, const uint8_t *data, size_t len)
{
	char path[128];
	int fd = open(path_of(path, name),
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, data, len) == (ssize_t)len;

	if (fd >= 0)
		(void)close(fd);
	return ok;
}

int
target_seat(const uint8_t *data, size_t len)
{
	char path[128];
	struct home h;
	int answer;

	if (!folder() || !write_file("seat/seat.json", data, len))
		return TARGET_NOMEM;
	answer = (int)home_read(&h, path_of(path, "seat"), NULL);
	home_clear(&h);
	return answer;
}

int
target_unproven(const uint8_t *data, size_t len)
{
	struct trust *t = malloc(sizeof *t);
	struct note_key log = { .name = "corpus" };
	int answer = TARGET_NOMEM;
	struct state *s;
	char path[128];

	if (t != NULL && folder() &&
	    state_open(&s, path_of(path, "seat"), NULL) == INFOHUS_OK) {
		if (write_file("seat/state/unproven", data, len))
			answer = (int)trust_load(t, s, &log, NULL);
		state_close(s);
	}
	free(t);
	return answer;
}
