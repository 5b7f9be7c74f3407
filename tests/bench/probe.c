/*
 * SPDX-License-Identifier: MIT
 *
 * probe: whether figures taken here would mean anything, and of which
 * machine they would be.
 *
 *	probe FOLDER...
 *
 * FOLDERs are where data will be written durably. Prints the machine as one
 * line of JSON. Exit 1 with the reason on stderr when there must be no
 * figures: the build is not what ships, a folder lies in memory, or a sync
 * there costs nothing, so that it can have reached no disk.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tests/common/now.h"

#define ROUNDS 101
#define PAGE 4096
/*
 * The quickest drives that keep what they report need some ten us for a
 * page; a sync that is caught on its way, or of memory, returns within one.
 */
#define SYNC_LEAST_US 5.0

static int
refuse(const char *folder, const char *text)
{
	fprintf(stderr, "bench: no figures: %s%s%s\n",
	    folder != NULL ? folder : "", folder != NULL ? ": " : "", text);
	return 1;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* ------------------------------------------------------------------ build */

static const char *
build_fault(void)
{
	Dl_info info;

#ifdef SANITIZED
	return "this is a build with sanitizers; build without SAN=1";
#endif
#ifndef __OPTIMIZE__
	return "this is a build without optimization";
#endif
	if (getenv("LD_PRELOAD") != NULL && getenv("LD_PRELOAD")[0] != '\0')
		return "LD_PRELOAD is set: another library may stand between "
		       "us and the disk";
	if (dladdr((void *)(uintptr_t)fdatasync, &info) != 0 &&
	    info.dli_fname != NULL && strstr(info.dli_fname, "libc.") == NULL)
		return "fdatasync is not the C library's";
	return NULL;
}

/* ------------------------------------------------------------------- disk */

/* The type of the mount that holds the device, as /proc says it. */
static bool
file_system(const char *folder, char type[64])
{
	FILE *in = fopen("/proc/self/mountinfo", "r");
	unsigned major, minor;
	char line[4096];
	struct stat st;
	bool found = false;

	if (in == NULL || stat(folder, &st) != 0) {
		if (in != NULL)
			fclose(in);
		return false;
	}
	while (!found && fgets(line, sizeof line, in) != NULL) {
		const char *dash = strstr(line, " - ");

		found = dash != NULL &&
		    sscanf(line, "%*d %*d %u:%u", &major, &minor) == 2 &&
		    makedev(major, minor) == st.st_dev &&
		    sscanf(dash, " - %63s", type) == 1;
	}
	fclose(in);
	return found;
}

/* Median time of writing a page over and over, with or without a sync. */
static double
write_us(int fd, bool sync)
{
	static uint8_t page[PAGE];
	double us[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t start = now_ns();

		page[0]++;
		if (pwrite(fd, page, PAGE, (off_t)(i % 16) * PAGE) != PAGE ||
		    (sync && fdatasync(fd) != 0))
			return -1;
		us[i] = (double)(now_ns() - start) / 1e3;
	}
	qsort(us, ROUNDS, sizeof us[0], compare);
	return us[ROUNDS / 2];
}

static int
probe_folder(const char *folder, json_t *list)
{
	char path[4096], type[64] = "unknown", text[256];
	double plain, synced;
	int fd;

	snprintf(path, sizeof path, "%s/probe.XXXXXX", folder);
	fd = mkstemp(path);
	if (fd < 0)
		return refuse(folder, strerror(errno));
	(void)unlink(path);
	plain = write_us(fd, false);
	synced = write_us(fd, true);
	close(fd);
	if (plain < 0 || synced < 0)
		return refuse(folder, strerror(errno));
	(void)file_system(folder, type);
	if (strcmp(type, "tmpfs") == 0 || strcmp(type, "ramfs") == 0) {
		snprintf(text, sizeof text,
		    "a %s, nothing there is durable; name a folder on a "
		    "disk with BENCH_DIR=",
		    type);
		return refuse(folder, text);
	}
	if (synced - plain < SYNC_LEAST_US) {
		snprintf(text, sizeof text,
		    "a synced write takes %.1f us and one without sync %.1f: "
		    "syncs reach no disk there",
		    synced, plain);
		return refuse(folder, text);
	}
	json_array_append_new(list,
	    json_pack("{s:s,s:f,s:f}", "type", type, "write_us", plain,
		"write_and_sync_us", synced));
	return 0;
}

/* ---------------------------------------------------------------- machine */

static void
cpu_model(char out[128])
{
	FILE *in = fopen("/proc/cpuinfo", "r");
	char line[256];

	snprintf(out, 128, "unknown");
	while (in != NULL && fgets(line, sizeof line, in) != NULL)
		if (sscanf(line, "model name : %127[^\n]", out) == 1)
			break;
	if (in != NULL)
		fclose(in);
}

int
main(int argc, char **argv)
{
	const char *fault = build_fault();
	json_t *disks, *machine;
	struct utsname kernel;
	char cpu[128];

	if (fault != NULL)
		return refuse(NULL, fault);
	disks = json_array();
	for (int i = 1; i < argc; i++)
		if (probe_folder(argv[i], disks) != 0)
			return 1;
	cpu_model(cpu);
	uname(&kernel);
	machine = json_pack("{s:s,s:I,s:s,s:o}", "cpu", cpu, "cores",
	    (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "kernel", kernel.release,
	    "file_system", disks);
	json_dumpf(machine, stdout, JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(machine);
	return 0;
}
