/*
 * SPDX-License-Identifier: MIT
 *
 * gate_rig: see gate_rig.h.
 */
#include "gate_rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#define FIRST_PORT 21000
#define PORT_RANGE 11000
#define HIGH_FD 100 /* out of the way of the numbers the gate counts on */

/* ---------------------------------------------------------------- the gate */

/* "<build>/<name>": this program is <build>/tests/<test>. */
static void
build_path(char *out, size_t size, const char *name)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	assert_true(n > 0);
	self[n] = '\0';
	for (int i = 0; i < 2; i++) {
		slash = strrchr(self, '/');
		assert_non_null(slash);
		*slash = '\0';
	}
	assert_true((size_t)snprintf(out, size, "%s/%s", self, name) < size);
}

static int
listen_somewhere(unsigned *port)
{
	int on = 1;

	for (int attempt = 0; attempt < 1000; attempt++) {
		struct sockaddr_in a = { .sin_family = AF_INET,
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		assert_true(fd >= 0);
		*port = FIRST_PORT +
		    ((unsigned)getpid() * 31u + (unsigned)random()) %
			PORT_RANGE;
		a.sin_port = htons((uint16_t)*port);
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
		if (bind(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
		    listen(fd, 16) == 0)
			return fd;
		close(fd);
	}
	fail_msg("no free port");
	return -1;
}

static void
write_key_file(struct rig *r)
{
	char hex[65];
	int fd;

	snprintf(r->key_file, sizeof r->key_file, "/tmp/gate-rig-XXXXXX");
	fd = mkstemp(r->key_file);
	assert_true(fd >= 0);
	hex_encode(hex, bytes_of(r->server.secret, 32));
	assert_int_equal(dprintf(fd, "%s\n", hex), 65);
	close(fd);
}

static void
make_key(struct rig_key *k)
{
	char public[41], secret[41];

	assert_int_equal(zmq_curve_keypair(public, secret), 0);
	assert_non_null(zmq_z85_decode(k->public, public));
	assert_non_null(zmq_z85_decode(k->secret, secret));
}

static void
become_gate(const struct rig *r, const char *program, const char *evil,
    int link, const int *listener)
{
	char path[4200], doors[8];

	build_path(path, sizeof path, program);
	snprintf(doors, sizeof doors, "%d", RIG_DOORS);
	if (evil != NULL)
		setenv("INFOHUS_EVIL", evil, 1);
	else
		unsetenv("INFOHUS_EVIL");
	dup2(link, LINK_FD);
	for (int i = 0; i < RIG_DOORS; i++)
		dup2(listener[i], GATE_FIRST_DOOR_FD + i);
	execl(path, path, "--doors", doors, "--curve-key", r->key_file,
	    (char *)NULL);
	perror(path);
	_exit(127);
}

void
rig_spawn(struct rig *r, const char *program, const char *evil)
{
	int pair[2], listener[RIG_DOORS], fd;

	memset(r, 0, sizeof *r);
	make_key(&r->server);
	for (int i = 0; i <= RIG_DOORS; i++)
		make_key(&r->seat[i]);
	write_key_file(r);
	for (int i = 0; i < RIG_DOORS; i++) {
		fd = listen_somewhere(&r->port[i + 1]);
		listener[i] = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);
		close(fd);
	}
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	fd = fcntl(pair[1], F_DUPFD_CLOEXEC, HIGH_FD);
	close(pair[1]);
	/* Before the context is made: libzmq does not survive a fork. */
	r->pid = fork();
	assert_true(r->pid >= 0);
	if (r->pid == 0)
		become_gate(r, program, evil, fd, listener);
	close(fd);
	for (int i = 0; i < RIG_DOORS; i++)
		close(listener[i]);
	assert_int_equal(link_new(&r->link, pair[0]), ERR_OK);
	r->ctx = zmq_ctx_new();
	assert_non_null(r->ctx);
}

void
rig_start(struct rig *r, const char *program, const char *evil)
{
	rig_spawn(r, program, evil);
	for (unsigned i = 1; i <= RIG_DOORS; i++)
		rig_tell(r, LINK_ADD, i, 0, bytes_of(r->seat[i].public, 32));
	rig_tell(r, LINK_GO, 0, 0, bytes_of(NULL, 0));
	rig_expect_event(r, LINK_READY, 0, 0);
}

void
rig_stop(struct rig *r)
{
	if (r->pid > 0) {
		kill(r->pid, SIGKILL);
		waitpid(r->pid, NULL, 0);
	}
	link_free(r->link);
	zmq_ctx_term(r->ctx);
	unlink(r->key_file);
}

int
rig_wait_exit(struct rig *r)
{
	int status = 0;

	assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	r->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---------------------------------------------------------------- the link */

void
rig_tell(struct rig *r, enum link_event e, unsigned door, uint32_t connection,
    struct bytes more)
{
	assert_int_equal(
	    link_put_event(r->link, e, door, connection, more), ERR_OK);
	assert_int_equal(link_flush(r->link), ERR_OK);
}

void
rig_send(struct rig *r, unsigned door, struct bytes frame)
{
	struct pollfd p = { .fd = link_fd(r->link), .events = POLLOUT };

	assert_int_equal(link_put(r->link, door, frame), ERR_OK);
	while (link_wants_write(r->link)) {
		assert_int_equal(poll(&p, 1, RIG_PATIENCE_MS), 1);
		assert_int_equal(link_flush(r->link), ERR_OK);
	}
}

bool
rig_hear(struct rig *r, struct rig_item *i)
{
	struct pollfd p = { .fd = link_fd(r->link), .events = POLLIN };
	uint32_t door;
	struct bytes frame;
	enum err e = ERR_OK;

	memset(i, 0, sizeof *i);
	while (!link_next(r->link, &door, &frame)) {
		if (e != ERR_OK)
			return false;
		if (poll(&p, 1, RIG_PATIENCE_MS) != 1)
			fail_msg(
			    "core waited %d ms for the gate", RIG_PATIENCE_MS);
		e = link_fill(r->link);
	}
	i->door = door;
	i->data = frame;
	if (door == 0)
		assert_int_equal(link_event_parse(frame, &i->event, &i->door,
				     &i->connection, &i->data),
		    ERR_OK);
	return true;
}

void
rig_expect_event(
    struct rig *r, enum link_event e, unsigned door, uint32_t connection)
{
	struct rig_item i;

	assert_true(rig_hear(r, &i));
	assert_int_equal(i.event, e);
	assert_int_equal(i.door, door);
	assert_int_equal(i.connection, connection);
}

void
rig_expect_alarm(struct rig *r, unsigned door, enum link_alarm a)
{
	struct rig_item i;

	assert_true(rig_hear(r, &i));
	assert_int_equal(i.event, LINK_ALARM);
	assert_int_equal(i.door, door);
	assert_int_equal(i.data.len, 1);
	assert_int_equal(i.data.data[0], a);
}

uint32_t
rig_expect_source(struct rig *r, unsigned door)
{
	struct rig_item i;

	assert_true(rig_hear(r, &i));
	assert_int_equal(i.event, LINK_SOURCE);
	assert_int_equal(i.door, door);
	assert_true(i.connection > 0);
	return i.connection;
}

void
rig_expect_frame(struct rig *r, unsigned door, const char *text)
{
	struct rig_item i;

	assert_true(rig_hear(r, &i));
	assert_int_equal(i.event, 0);
	assert_int_equal(i.door, door);
	assert_int_equal(i.data.len, strlen(text));
	assert_memory_equal(i.data.data, text, i.data.len);
}

void
rig_expect_silence(struct rig *r)
{
	uint32_t door;
	struct bytes frame;

	assert_int_equal(link_fill(r->link), ERR_OK);
	assert_false(link_next(r->link, &door, &frame));
}

/* ------------------------------------------------------------- the clients */

static void
set_int(void *socket, int option, int value)
{
	assert_int_equal(
	    zmq_setsockopt(socket, option, &value, sizeof value), 0);
}

static void *
make_client(struct rig *r, unsigned seat, int reconnect_ms)
{
	struct rig_key throw_away;
	const struct rig_key *k = &r->seat[seat];
	void *s = zmq_socket(r->ctx, ZMQ_DEALER);

	assert_non_null(s);
	if (seat == 0) {
		make_key(&throw_away);
		k = &throw_away;
	}
	set_int(s, ZMQ_LINGER, 0);
	set_int(s, ZMQ_SNDHWM, 0);
	set_int(s, ZMQ_RCVHWM, 0);
	set_int(s, ZMQ_RECONNECT_IVL, reconnect_ms);
	set_int(s, ZMQ_RCVTIMEO, RIG_PATIENCE_MS);
	assert_int_equal(
	    zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, r->server.public, 32), 0);
	assert_int_equal(
	    zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, k->public, 32), 0);
	assert_int_equal(
	    zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, k->secret, 32), 0);
	return s;
}

static void
connect_client(struct rig *r, void *s, unsigned door)
{
	char address[32];

	snprintf(address, sizeof address, "tcp://127.0.0.1:%u", r->port[door]);
	assert_int_equal(zmq_connect(s, address), 0);
}

void *
rig_client(struct rig *r, unsigned door, unsigned seat, int reconnect_ms)
{
	void *s = make_client(r, seat, reconnect_ms);

	connect_client(r, s, door);
	return s;
}

void
rig_say(void *client, const char *text)
{
	assert_int_equal(zmq_send(client, text, strlen(text), 0), strlen(text));
}

void
rig_expect_said(void *client, const char *text)
{
	char buffer[256];
	int n = zmq_recv(client, buffer, sizeof buffer - 1, 0);

	assert_true(n >= 0 && n < (int)sizeof buffer);
	buffer[n] = '\0';
	assert_string_equal(buffer, text);
}

bool
rig_has_said(void *client)
{
	char buffer[256];

	return zmq_recv(client, buffer, sizeof buffer, ZMQ_DONTWAIT) >= 0;
}

static struct rig_watched
watched(struct rig *r, unsigned door, unsigned seat, int reconnect_ms)
{
	struct rig_watched w;
	char name[64];

	w.client = make_client(r, seat, reconnect_ms);
	snprintf(name, sizeof name, "inproc://monitor-%p", w.client);
	assert_int_equal(zmq_socket_monitor(w.client, name, ZMQ_EVENT_ALL), 0);
	w.monitor = zmq_socket(r->ctx, ZMQ_PAIR);
	assert_non_null(w.monitor);
	set_int(w.monitor, ZMQ_LINGER, 0);
	set_int(w.monitor, ZMQ_RCVTIMEO, RIG_PATIENCE_MS);
	assert_int_equal(zmq_connect(w.monitor, name), 0);
	connect_client(r, w.client, door);
	return w;
}

struct rig_watched
rig_watched(struct rig *r, unsigned door, unsigned seat)
{
	return watched(r, door, seat, -1);
}

struct rig_watched
rig_watched_again(struct rig *r, unsigned door, unsigned seat)
{
	return watched(r, door, seat, 20);
}

int
rig_await(struct rig_watched *w, int events)
{
	uint8_t frame[256];
	uint16_t event;

	for (;;) {
		assert_int_equal(
		    zmq_recv(w->monitor, frame, sizeof frame, 0), 6);
		memcpy(&event, frame, sizeof event);
		assert_true(zmq_recv(w->monitor, frame, sizeof frame, 0) >= 0);
		if (event & events)
			return event;
	}
}

void
rig_unwatch(struct rig_watched *w)
{
	zmq_socket_monitor(w->client, NULL, 0);
	zmq_close(w->monitor);
	zmq_close(w->client);
}

uint32_t
rig_open(struct rig *r, unsigned door, void *client)
{
	uint32_t c;

	rig_say(client, "knock");
	c = rig_expect_source(r, door);
	rig_expect_frame(r, door, "knock");
	rig_tell(r, LINK_KEEP, door, c, bytes_of(NULL, 0));
	rig_expect_event(r, LINK_OPENED, door, c);
	return c;
}

int
rig_raw(struct rig *r, unsigned door)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)r->port[door]) };
	struct timeval patience = { .tv_sec = RIG_PATIENCE_MS / 1000 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

void
rig_expect_cut(int fd)
{
	uint8_t buffer[4096];
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
		;
	if (n < 0)
		assert_true(errno == ECONNRESET || errno == EPIPE);
	close(fd);
}

void *
rig_middle(struct rig *r, unsigned seat, int *listener)
{
	void *client = make_client(r, seat, -1);
	char address[32];
	unsigned port;

	*listener = listen_somewhere(&port);
	snprintf(address, sizeof address, "tcp://127.0.0.1:%u", port);
	assert_int_equal(zmq_connect(client, address), 0);
	return client;
}

/* Moves what is there; false at the end of the stream. */
static bool
move(int from, int to, size_t most, size_t *moved)
{
	uint8_t buffer[16 * 1024];
	ssize_t n = recv(
	    from, buffer, most < sizeof buffer ? most : sizeof buffer, 0);

	if (n <= 0)
		return false;
	assert_int_equal(send(to, buffer, (size_t)n, MSG_NOSIGNAL), n);
	*moved += (size_t)n;
	return true;
}

int
rig_pass(struct rig *r, unsigned door, int listener, size_t limit)
{
	size_t there = 0, back = 0;
	int gate = rig_raw(r, door), fd = accept(listener, NULL, NULL);

	assert_true(fd >= 0);
	while (there < limit) {
		struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
			{ .fd = gate, .events = POLLIN } };

		assert_true(poll(p, 2, RIG_PATIENCE_MS) > 0);
		if (p[0].revents != 0)
			assert_true(move(fd, gate, limit - there, &there));
		if (p[1].revents != 0)
			assert_true(move(gate, fd, SIZE_MAX, &back));
	}
	close(fd);
	close(listener);
	return gate;
}
