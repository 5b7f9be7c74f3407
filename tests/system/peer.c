/*
 * SPDX-License-Identifier: MIT
 *
 * peer: see peer.h.
 */
#include "peer.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proto/card.h"
#include "tests/common/now.h"
#include "tests/common/say.h"

#define LENGTH_SIZE 8 /* what the link puts before a frame */

uint64_t
peer_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ------------------------------------------------------------ the gate */

static void
become_core(int link, int notify, const char *core, const char *config,
    const char *const *more, const char *log)
{
	int l = fcntl(link, F_DUPFD, 10), n = fcntl(notify, F_DUPFD, 10), fd;

	if (log != NULL) {
		fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (fd == -1 || dup2(fd, STDERR_FILENO) == -1)
			_exit(126);
	}
	dup2(l, LINK_FD);
	dup2(n, CORE_NOTIFY_FD);
	closefrom(CORE_NOTIFY_FD + 1);
	for (; more != NULL && *more != NULL; more++)
		putenv((char *)(uintptr_t)*more);
	execl(core, "infohus-core", "--config", config, (char *)NULL);
	_exit(127);
}

bool
gate_start(struct gate *g, const char *core, const char *config,
    const char *const *more, const char *log)
{
	int link[2], pipe_fd[2];

	g->broken = false;
	g->received = 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link) != 0)
		return false;
	if (pipe2(pipe_fd, O_CLOEXEC) != 0) {
		close(link[0]);
		close(link[1]);
		return false;
	}
	g->core = fork();
	if (g->core == 0)
		become_core(link[1], pipe_fd[1], core, config, more, log);
	close(link[1]);
	close(pipe_fd[1]);
	g->notify = pipe_fd[0];
	fcntl(link[0], F_SETFL, O_NONBLOCK);
	if (g->core == -1 || link_new(&g->link, link[0]) != ERR_OK) {
		close(link[0]);
		close(pipe_fd[0]);
		return false;
	}
	return true;
}

/* The next frame of any door; false when none came in time. */
static bool
next(struct gate *g, uint32_t *door, struct bytes *frame, uint64_t until)
{
	struct pollfd p = { link_fd(g->link), POLLIN, 0 };

	while (!link_next(g->link, door, frame)) {
		uint64_t now = now_ms();

		if (g->broken || now > until ||
		    poll(&p, 1, (int)(until - now)) <= 0)
			return false;
		/* What came before the end is still to be read. */
		if (link_fill(g->link) != ERR_OK)
			g->broken = true;
	}
	g->received += LENGTH_SIZE + frame->len;
	return true;
}

static void
flush(struct gate *g)
{
	struct pollfd p = { link_fd(g->link), POLLOUT, 0 };

	if (!g->broken && link_flush(g->link) != ERR_OK)
		g->broken = true;
	while (!g->broken && link_wants_write(g->link))
		if (poll(&p, 1, g->patience_ms) <= 0 ||
		    link_flush(g->link) != ERR_OK)
			g->broken = true;
}

void
gate_event(
    struct gate *g, enum link_event e, uint32_t door, uint32_t connection)
{
	if (link_put_event(g->link, e, door, connection, bytes_of(NULL, 0)) !=
	    ERR_OK)
		g->broken = true;
	flush(g);
}

static void
keep(struct peer *p, struct bytes sealed)
{
	struct peer_frame *f = malloc(sizeof *f + sealed.len);

	if (f == NULL) {
		p->gate->broken = true;
		return;
	}
	f->next = NULL;
	f->at = p->gate->received;
	f->len = sealed.len;
	memcpy(f->data, sealed.data, sealed.len);
	*p->last = f;
	p->last = &f->next;
}

/* One of a door goes to its seat; false only when none came. */
static bool
pass_on(struct gate *g, uint32_t *door, struct bytes *frame, uint64_t until)
{
	if (!next(g, door, frame, until))
		return false;
	for (unsigned i = 0; i < g->n_peer && *door != 0; i++)
		if (g->peer[i]->door == *door)
			keep(g->peer[i], *frame);
	return true;
}

bool
gate_pump(struct gate *g, int patience_ms)
{
	struct bytes frame;
	uint32_t door;

	return pass_on(g, &door, &frame, now_ms() + (uint64_t)patience_ms);
}

/* An event about door, or of any for 0. */
static bool
expect_event(struct gate *g, enum link_event want, uint32_t about)
{
	uint64_t until = now_ms() + (uint64_t)g->patience_ms;
	struct bytes frame, more;
	uint32_t door, of, connection;
	enum link_event e;

	while (pass_on(g, &door, &frame, until))
		if (door == 0 &&
		    link_event_parse(frame, &e, &of, &connection, &more) ==
			ERR_OK &&
		    e == want && (about == 0 || about == of))
			return true;
	return false;
}

bool
gate_ready(struct gate *g)
{
	struct pollfd p = { g->notify, POLLIN, 0 };
	char line[6];

	if (!expect_event(g, LINK_GO, 0))
		return false;
	gate_event(g, LINK_READY, 0, 0);
	if (poll(&p, 1, g->patience_ms) != 1)
		return false;
	g->broken = read(g->notify, line, sizeof line) != sizeof line ||
	    memcmp(line, "READY\n", sizeof line) != 0;
	return !g->broken;
}

static bool
has_ended(pid_t pid, int *status, int patience_ms)
{
	uint64_t until = now_ms() + (uint64_t)patience_ms;

	while (waitpid(pid, status, WNOHANG) == 0) {
		if (now_ms() > until)
			return false;
		usleep(500);
	}
	return true;
}

int
gate_stop(struct gate *g, int signal)
{
	int status = -1;

	if (signal != 0)
		kill(g->core, signal);
	if (!has_ended(g->core, &status, g->patience_ms)) {
		kill(g->core, SIGKILL);
		waitpid(g->core, &status, 0);
		status = -1;
	}
	link_free(g->link);
	g->link = NULL;
	close(g->notify);
	return status;
}

/* ------------------------------------------------------------ the seats */

bool
peer_open(struct peer *p, struct gate *g, const char *node_dir,
    const char *node, const char *seat, uint32_t door, const char *core_box,
    struct why *why)
{
	char key[4096], cert[4096];
	uint8_t secret[32], public[32];

	p->door = door;
	snprintf(p->node, sizeof p->node, "%s", node);
	snprintf(p->seat, sizeof p->seat, "%s", seat);
	snprintf(key, sizeof key, "%s/node.key", node_dir);
	snprintf(cert, sizeof cert, "%s/node.pem", node_dir);
	if (signer_load(&p->signer, key, cert, why) != ERR_OK)
		return false;
	snprintf(key, sizeof key, "%s/seat-%s/box.key", node_dir, seat);
	if (key_file_read(secret, key, why) != ERR_OK ||
	    hex_decode(public, sizeof public, core_box) != ERR_OK ||
	    box_key_make(&p->key, public, secret) != ERR_OK)
		return false;
	p->last = &p->first;
	peer_move(p, g);
	return true;
}

static void
forget(struct peer *p)
{
	struct peer_frame *f;

	while ((f = p->first) != NULL) {
		p->first = f->next;
		free(f);
	}
	p->last = &p->first;
}

void
peer_move(struct peer *p, struct gate *g)
{
	forget(p);
	p->gate = g;
	p->connection = 0;
	if (g->n_peer < GATE_PEERS)
		g->peer[g->n_peer++] = p;
}

void
peer_close(struct peer *p)
{
	forget(p);
	signer_free(p->signer);
	p->signer = NULL;
}

void
peer_put(struct peer *p, struct bytes sealed)
{
	if (link_put(p->gate->link, p->door, sealed) != ERR_OK)
		p->gate->broken = true;
	flush(p->gate);
}

void
peer_send_at(struct peer *p, uint8_t lane, uint64_t counter, uint8_t type,
    struct bytes payload)
{
	struct frame f = { lane, p->session, counter, type, payload };
	uint8_t *sealed = malloc(BOX_OVERHEAD + payload.len);

	if (sealed == NULL) {
		p->gate->broken = true;
		return;
	}
	peer_put(p, bytes_of(sealed, box_seal(sealed, &f, &p->key)));
	free(sealed);
}

void
peer_send(struct peer *p, uint8_t lane, uint8_t type, struct bytes payload)
{
	peer_send_at(p, lane, ++p->out, type, payload);
}

void
peer_send_packed(
    struct peer *p, uint8_t lane, uint8_t type, const void *message)
{
	struct bytes packed;

	if (envelope_pack(p->arena, message, &packed) == ERR_OK)
		peer_send(p, lane, type, packed);
	else
		p->gate->broken = true;
}

/* The oldest kept frame that opens. */
static bool
take(struct peer *p, struct frame *f)
{
	struct peer_frame *kept;
	bool opened = false;

	while (!opened && (kept = p->first) != NULL) {
		p->at = kept->at;
		opened = box_open(f, p->plain, bytes_of(kept->data, kept->len),
			     &p->key) == ERR_OK;
		p->first = kept->next;
		if (p->first == NULL)
			p->last = &p->first;
		free(kept);
	}
	return opened;
}

bool
peer_receive(struct peer *p, struct frame *f, int patience_ms)
{
	uint64_t until = now_ms() + (uint64_t)patience_ms;
	struct bytes frame;
	uint32_t door;

	while (!take(p, f))
		if (!pass_on(p->gate, &door, &frame, until))
			return false;
	return true;
}

static void
knock(struct peer *p)
{
	static const struct id zero;
	uint8_t random[SAY_RANDOM_SIZE];
	struct bytes packed;

	randombytes_buf(random, sizeof random);
	p->session = zero;
	gate_event(p->gate, LINK_SOURCE, p->door, p->connection);
	if (say_knock(p->arena, random, &packed) == ERR_OK)
		peer_send_at(p, LANE_CONTROL, 0, FRAME_TYPE_KNOCK, packed);
	else
		p->gate->broken = true;
}

bool
peer_enter(struct peer *p)
{
	PbWelcome *welcome;
	struct frame f;

	p->connection++;
	knock(p);
	if (!expect_event(p->gate, LINK_KEEP, p->door))
		return false;
	gate_event(p->gate, LINK_OPENED, p->door, p->connection);
	/* A bye of the session before may still be on its way. */
	do
		if (!peer_receive(p, &f, p->gate->patience_ms))
			return false;
	while (f.type != FRAME_TYPE_WELCOME);
	if (ENVELOPE_UNPACK(p->arena, welcome, f.payload, &welcome, NULL) !=
		CODE_OK ||
	    welcome->session.len != ID_SIZE)
		return false;
	memcpy(p->session.b, welcome->session.data, ID_SIZE);
	p->out = 0;
	return true;
}

void
peer_hello(struct peer *p, const char *node)
{
	struct say_hello h = { p->session, node, p->seat,
		1u << LANE_ORDINARY | 1u << LANE_ACUTE, p->known, p->signer };
	struct bytes packed;

	if (say_hello(p->arena, &h, &packed) == ERR_OK)
		peer_send(p, LANE_CONTROL, FRAME_TYPE_HELLO, packed);
	else
		p->gate->broken = true;
}

bool
peer_greet(struct peer *p, PbReady **ready)
{
	PbReady *parsed;
	struct frame f;

	if (!peer_enter(p))
		return false;
	peer_hello(p, p->node);
	if (!peer_receive(p, &f, p->gate->patience_ms) ||
	    f.type != FRAME_TYPE_READY ||
	    ENVELOPE_UNPACK(p->arena, ready, f.payload, &parsed, NULL) !=
		CODE_OK)
		return false;
	if (ready != NULL)
		*ready = parsed;
	return true;
}
