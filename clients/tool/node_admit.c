/*
 * SPDX-License-Identifier: MIT
 *
 * node_admit: what the daemon is told and asked about nodes, and seat.json,
 * in which a seat keeps what it must trust.
 */
#include "node.h"

#include <stdlib.h>
#include <string.h>

#include "clients/lib/home.h"

#define OBJECT_FILE_MAX (1024 * 1024)
#define SERVER_FILE_MAX (16 * 1024 * 1024)
#define ADMIT_ARENA (8 * 1024 * 1024)
#define CONNECT_ARENA (64 * 1024 * 1024)

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "?";
}

static json_int_t
number_of(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* ------------------------------------------------------------------ admit */

static const struct option_help admit_options[] = {
	{ "socket", "SOCK", false, "the daemon's RUN/admin.sock (required)" },
	{ "json", NULL, false, "print the answers as JSON" },
	{ NULL, NULL, false, NULL },
};

static const struct usage admit_usage = {
	.command = "node admit",
	.operands = "FILE…",
	.min = 1,
	.max = ARGS_MAX,
	.text = "Submits cards and suspensions that two custodians have "
		"approved, and prints each\nnode with the port of every seat.",
	.option = admit_options,
};

static void
show_node(const json_t *answer)
{
	json_t *seats = json_object_get(answer, "seats"), *s;
	size_t i;

	print_text(stdout, text_of(answer, "node"));
	if (json_is_true(json_object_get(answer, "suspended")))
		fputs("  suspended", stdout);
	putchar('\n');
	json_array_foreach(seats, i, s) {
		fputs("  seat ", stdout);
		print_text(stdout, text_of(s, "name"));
		printf("  door %" JSON_INTEGER_FORMAT
		       "  port %" JSON_INTEGER_FORMAT "\n",
		    number_of(s, "door"), number_of(s, "port"));
	}
}

static json_t *
admit_request(struct arena *a, struct bytes object)
{
	char *text = arena_alloc(a, base64_size(object.len));

	if (text == NULL)
		return NULL;
	base64_encode(text, object);
	return json_pack("{s:s, s:s}", "command", "admit", "object", text);
}

static int
admit_one(const struct args *args, const char *path)
{
	struct why why = { "" };
	json_t *answer = NULL;
	struct bytes object;
	struct arena *a;
	bool ok;

	if (arena_new(&a, ADMIT_ARENA) != ERR_OK)
		return trouble("no memory");
	if (file_read(a, path, OBJECT_FILE_MAX, &object, &why) == ERR_OK)
		answer = admin_call(
		    args_value(args, "socket"), admit_request(a, object), &why);
	arena_free(a);
	if (answer == NULL)
		return trouble("%s", why.text);
	ok = json_is_true(json_object_get(answer, "ok"));
	if (args_has(args, "json") && !print_json(json_incref(answer))) {
		json_decref(answer);
		return EXIT_TROUBLE;
	}
	if (args_has(args, "json")) {
		/* Said already. */
	} else if (ok) {
		show_node(answer);
	} else {
		fprintf(stderr, "%s: ", path);
		admin_refused(answer);
	}
	json_decref(answer);
	return ok ? EXIT_YES : EXIT_NO;
}

int
node_admit(int argc, char **argv)
{
	struct args args;
	int code, worst = EXIT_YES;

	if (!args_parse(&args, &admit_usage, argc, argv, &code))
		return code;
	if (!args_has(&args, "socket"))
		return usage_error(&admit_usage, "--socket is missing");
	for (size_t i = 0; i < args.n_operand; i++) {
		code = admit_one(&args, args.operand[i]);
		if (code > worst)
			worst = code;
	}
	return worst;
}

/* ------------------------------------------------------------------- list */

static const struct usage list_usage = {
	.command = "node list",
	.operands = "",
	.text = "Lists the admitted nodes, their roles, seats and ports, and "
		"who is online.",
	.option = admit_options,
};

static void
show_roles(const json_t *roles)
{
	json_t *r;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)roles, i, r) {
		fputs(i == 0 ? "" : ", ", stdout);
		print_text(stdout, text_of(r, "role"));
		if (json_object_get(r, "place") != NULL) {
			putchar('@');
			print_text(stdout, text_of(r, "place"));
		}
		if (json_object_get(r, "code") != NULL) {
			putchar(':');
			print_text(stdout, text_of(r, "code"));
		}
	}
}

static void
show_listed(const json_t *node)
{
	json_t *seats = json_object_get(node, "seats"), *s;
	bool suspended = json_is_true(json_object_get(node, "suspended"));
	size_t i;

	print_text(stdout, text_of(node, "node"));
	fputs("  ", stdout);
	print_text(stdout, text_of(node, "display_name"));
	printf("  serial %" JSON_INTEGER_FORMAT "%s\n  ",
	    number_of(node, "serial"), suspended ? "  SUSPENDED" : "");
	show_roles(json_object_get(node, "roles"));
	putchar('\n');
	json_array_foreach(seats, i, s) {
		bool online = json_is_true(json_object_get(s, "online"));

		fputs("  seat ", stdout);
		print_text(stdout, text_of(s, "name"));
		printf("  port %" JSON_INTEGER_FORMAT "  %s%s%s\n",
		    number_of(s, "port"),
		    online ? colour(stdout, COLOUR_GOOD) : "",
		    online ? "online" : "offline",
		    online ? colour(stdout, COLOUR_PLAIN) : "");
	}
}

int
node_list(int argc, char **argv)
{
	struct why why = { "" };
	struct args args;
	json_t *answer, *nodes, *n;
	int code;
	size_t i;

	if (!args_parse(&args, &list_usage, argc, argv, &code))
		return code;
	if (!args_has(&args, "socket"))
		return usage_error(&list_usage, "--socket is missing");
	answer = admin_call(args_value(&args, "socket"),
	    json_pack("{s:s}", "command", "nodes"), &why);
	if (answer == NULL)
		return trouble("%s", why.text);
	if (!json_is_true(json_object_get(answer, "ok"))) {
		admin_refused(answer);
		json_decref(answer);
		return EXIT_NO;
	}
	if (args_has(&args, "json"))
		return print_json(answer) ? EXIT_YES : EXIT_TROUBLE;
	nodes = json_object_get(answer, "nodes");
	json_array_foreach(nodes, i, n) {
		show_listed(n);
	}
	json_decref(answer);
	return EXIT_YES;
}

/* ---------------------------------------------------------------- connect */

static const struct option_help connect_options[] = {
	{ "seat", "NAME", false, "the seat (required)" },
	{ "server", "FILE", false,
	    "what infohus admin server printed (required)" },
	{ "host", "HOST", true,
	    "name or address of the router, tried in this order" },
	{ "node", "NODE", false,
	    "node id; default: the certificate's common name" },
	{ NULL, NULL, false, NULL },
};

static const struct usage connect_usage = {
	.command = "node connect",
	.operands = "DIR",
	.min = 1,
	.max = 1,
	.text =
	    "Writes DIR/seat-NAME/seat.json: where the seat connects and "
	    "what it trusts (the\nlog's key, the router's keys, custodians). "
	    "FILE must come on a way that nobody can\nchange unseen: it is "
	    "where all trust begins.",
	.option = connect_options,
};

/* The port of the seat's door, 0 when it has none. */
static json_int_t
find_port(const json_t *server, const char *node, const char *seat)
{
	json_t *doors = json_object_get(server, "doors"), *d;
	size_t i;

	json_array_foreach(doors, i, d) {
		if (strcmp(text_of(d, "node"), node) == 0 &&
		    strcmp(text_of(d, "seat"), seat) == 0)
			return number_of(d, "port");
	}
	return 0;
}

static bool
is_any_address(const char *host)
{
	return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0 ||
	    strcmp(host, "*") == 0;
}

static int
add_endpoint(json_t *list, const char *host, json_int_t port)
{
	char text[HOME_TEXT_MAX];
	bool v6 = strchr(host, ':') != NULL && host[0] != '[';

	if (snprintf(text, sizeof text, "tcp://%s%s%s:%" JSON_INTEGER_FORMAT,
		v6 ? "[" : "", host, v6 ? "]" : "", port) >= (int)sizeof text)
		return -1;
	return json_array_append_new(list, json_string(text));
}

/* The endpoints: every --host, or where the router listens. */
static json_t *
endpoints(const struct args *args, const json_t *server, json_int_t port)
{
	json_t *list = json_array();
	const char *host;
	int bad = 0;

	for (size_t i = 0; (host = args_nth(args, "host", i)) != NULL; i++)
		bad |= add_endpoint(list, host, port);
	if (json_array_size(list) == 0) {
		host = text_of(server, "listen");
		if (is_any_address(host)) {
			usage_error(args->usage,
			    "the router listens on every "
			    "address: name it with --host");
			json_decref(list);
			return NULL;
		}
		bad |= add_endpoint(list, host, port);
	}
	if (bad == 0)
		return list;
	trouble("--host: the name is too long");
	json_decref(list);
	return NULL;
}

static json_t *
seat_object(
    const json_t *server, const char *node, const char *seat, json_t *endpoint)
{
	static const char *const copied[] = { "origin", "vkey", "curve", "box",
		"custodian", "anchor" };
	json_t *o = json_pack("{s:s, s:s, s:o}", "node", node, "seat", seat,
	    "endpoint", endpoint);

	for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++) {
		json_t *v = json_object_get(server, copied[i]);

		if (json_object_set(o, copied[i], v) != 0) {
			trouble("the server's file has no \"%s\"", copied[i]);
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

/* Written, then read back as the library will. */
static int
write_seat(const char *dir, json_t *object)
{
	char path[NODE_PATH_ROOM];
	char *text = json_dumps(object, JSON_INDENT(2));
	struct home *h = calloc(1, sizeof *h);
	struct why why = { "" };
	int code = EXIT_TROUBLE;

	if (text == NULL || h == NULL)
		trouble("no memory");
	else if (node_path(path, dir, "seat.json")) {
		if (file_write(path, bytes_str(text), 0644, &why) != ERR_OK ||
		    home_read(h, dir, &why) != INFOHUS_OK)
			trouble("%s", why.text);
		else
			code = EXIT_YES;
		if (code == EXIT_YES)
			printf("%s  %s\n", path, h->endpoint[0]);
		home_clear(h);
	}
	free(h);
	free(text);
	return code;
}

static int
connect_seat(struct arena *a, const struct args *args)
{
	const char *seat = args_value(args, "seat"), *node;
	struct cert *c = node_certificate(a, args->operand[0]);
	json_t *server = NULL, *list = NULL, *object = NULL;
	char dir[NODE_PATH_ROOM], name[48];
	struct why why = { "" };
	struct bytes text;
	json_int_t port;
	int code = EXIT_TROUBLE;

	if (c == NULL)
		return EXIT_TROUBLE;
	node = node_id(args, c);
	if (node == NULL) {
		code = EXIT_USAGE;
		goto done;
	}
	if (file_read(a, args_value(args, "server"), SERVER_FILE_MAX, &text,
		&why) != ERR_OK) {
		trouble("%s", why.text);
		goto done;
	}
	server = json_loadb(
	    (const char *)text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	port = find_port(server, node, seat);
	if (port < 1 || port > 65535) {
		fprintf(stderr,
		    "infohus node connect: %s knows no door for seat %s of "
		    "%s: was it written after the node was admitted?\n",
		    args_value(args, "server"), seat, node);
		code = EXIT_NO;
		goto done;
	}
	list = endpoints(args, server, port);
	if (list == NULL) {
		code = EXIT_USAGE;
		goto done;
	}
	object = seat_object(server, node, seat, list);
	(void)snprintf(name, sizeof name, "seat-%s", seat);
	if (object != NULL && node_path(dir, args->operand[0], name))
		code = write_seat(dir, object);
done:
	json_decref(object);
	json_decref(server);
	cert_free(c);
	return code;
}

int
node_connect(int argc, char **argv)
{
	struct arena *a;
	struct args args;
	int code;

	if (!args_parse(&args, &connect_usage, argc, argv, &code))
		return code;
	if (!args_has(&args, "seat") || !args_has(&args, "server"))
		return usage_error(
		    &connect_usage, "--seat or --server is missing");
	if (!node_seat_is_valid(args_value(&args, "seat")))
		return usage_error(&connect_usage,
		    "--seat: expected 1 to 32 of a-z, 0-9 and -");
	if (arena_new(&a, CONNECT_ARENA) != ERR_OK)
		return trouble("no memory");
	code = connect_seat(a, &args);
	arena_free(a);
	return code;
}
