/*
 * SPDX-License-Identifier: MIT
 *
 * proxy_set: the words that tell a proxy how to behave, and their effect on
 * what is open.
 */
#include "proxy_inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define DELAY_MAX_MS 3600000ul
#define RATE_MAX 1000000000ul

static bool
number(const char *text, unsigned long max, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
	    *out <= max;
}

static bool
way(const char *text, bool out[2])
{
	bool both = strcmp(text, "both") == 0;

	out[UP] = both || strcmp(text, "up") == 0;
	out[DOWN] = both || strcmp(text, "down") == 0;
	return out[UP] || out[DOWN];
}

static enum err
wrong(struct why *why, const char *word)
{
	return why_set(why, ERR_INVALID,
	    "proxy: found \"%s\", expected heal, delay=MS, rate=BYTES, cut, "
	    "hold=up|down|both, drop=up|down|both, vanish or reset",
	    word);
}

/* Settings after one word; *end: 'r' reset, 'v' vanish, 0 neither. */
static enum err
read_word(struct settings *s, const char *word, char *event, struct why *why)
{
	*event = 0;
	if (strcmp(word, "heal") == 0)
		*s = (struct settings){ 0 };
	else if (strcmp(word, "cut") == 0)
		s->cut = true;
	else if (strcmp(word, "reset") == 0 || strcmp(word, "vanish") == 0)
		*event = word[0];
	else if (strncmp(word, "delay=", 6) == 0)
		return number(word + 6, DELAY_MAX_MS, &s->delay_ms) ?
		    ERR_OK :
		    wrong(why, word);
	else if (strncmp(word, "rate=", 5) == 0)
		return number(word + 5, RATE_MAX, &s->rate) ? ERR_OK :
							      wrong(why, word);
	else if (strncmp(word, "hold=", 5) == 0)
		return way(word + 5, s->hold) ? ERR_OK : wrong(why, word);
	else if (strncmp(word, "drop=", 5) == 0)
		return way(word + 5, s->drop) ? ERR_OK : wrong(why, word);
	else
		return wrong(why, word);
	return ERR_OK;
}

/* What lost bytes can never go on. */
static void
reset_holed(struct proxy *p)
{
	for (struct conn *c = p->conns; c != NULL; c = c->next)
		for (int w = UP; w <= DOWN; w++)
			if (c->flow[w].holed && !c->vanished &&
			    !p->set.drop[w]) {
				proxy_conn_end(c, true);
				break;
			}
}

static void
lose_queued(struct proxy *p)
{
	for (struct conn *c = p->conns; c != NULL; c = c->next)
		for (int w = UP; w <= DOWN; w++)
			if ((p->set.drop[w] || c->vanished) &&
			    c->flow[w].queued > 0) {
				p->dropped += c->flow[w].queued;
				c->flow[w].holed = true;
				proxy_flow_clear(&c->flow[w]);
			}
}

/* A port that is bound but does not listen refuses. */
static void
listen_or_not(struct proxy *p)
{
	if (p->set.cut)
		(void)shutdown(p->listener, SHUT_RD);
	else
		(void)listen(p->listener, 16);
}

static void
take_effect(struct proxy *p, const struct settings *s, char event)
{
	bool was_cut = p->set.cut;

	p->set = *s;
	if (p->set.cut != was_cut)
		listen_or_not(p);
	for (struct conn *c = p->conns; c != NULL; c = c->next) {
		if (event == 'v')
			c->vanished = true;
		if (p->set.cut || event == 'r')
			proxy_conn_end(c, event == 'r');
	}
	reset_holed(p);
	lose_queued(p);
	proxy_drop_ended(p);
}

enum err
proxy_set(struct proxy *p, const char *words, struct why *why)
{
	char text[256], *word, *rest;
	bool check = true;

	if (strlen(words) >= sizeof text || words[strspn(words, " ")] == '\0')
		return wrong(why, words[0] == '\0' ? "" : words);
	do {
		struct settings s = p->set;
		char event;

		memcpy(text, words, strlen(words) + 1);
		for (word = strtok_r(text, " ", &rest); word != NULL;
		     word = strtok_r(NULL, " ", &rest)) {
			enum err e = read_word(&s, word, &event, why);

			if (e != ERR_OK)
				return e;
			if (!check)
				take_effect(p, &s, event);
		}
		check = !check;
	} while (!check);
	return ERR_OK;
}
