/*
 * SPDX-License-Identifier: MIT
 *
 * seal: see seal.h.
 *
 * The filter is a list of calls that are allowed, a few of them only with
 * certain arguments. What is not on it fails with EPERM, so that glibc can
 * fall back; what no honest path ever tries kills the process. libzmq aborts
 * when a call it counts on fails, sched_setscheduler among them.
 */
#include "seal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* All file rights that a Landlock of version abi knows. */
static uint64_t
file_rights(int abi)
{
	/* bits: 13 at first, then REFER, TRUNCATE, and IOCTL_DEV with 5 */
	unsigned bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;

	return ((uint64_t)1 << bits) - 1;
}

static enum err
landlock(int *abi, struct why *why)
{
	struct landlock_ruleset_attr a;
	int fd;

	*abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (*abi < 1) {
		*abi = 0;
		return ERR_OK;
	}
	/* Handled and never allowed again: no rule is added. */
	a.handled_access_fs = file_rights(*abi);
	fd = (int)syscall(
	    SYS_landlock_create_ruleset, &a, sizeof a.handled_access_fs, 0);
	if (fd < 0)
		return why_errno(why, ERR_IO, "landlock_create_ruleset");
	if (syscall(SYS_landlock_restrict_self, fd, 0) != 0) {
		close(fd);
		return why_errno(why, ERR_IO, "landlock_restrict_self");
	}
	close(fd);
	return ERR_OK;
}

enum err
seal_files(int *landlock_abi, struct why *why)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return why_errno(why, ERR_IO, "RLIMIT_CORE");
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return why_errno(why, ERR_IO, "PR_SET_DUMPABLE");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return why_errno(why, ERR_IO, "PR_SET_NO_NEW_PRIVS");
	return landlock(landlock_abi, why);
}

#ifdef SANITIZED

enum err
seal_calls(struct why *why)
{
	(void)why;
	return ERR_OK;
}

#else

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else
#error "name the audit architecture of this machine"
#endif

#define X32_BIT 0x40000000u /* the other numbering of x86-64 */

/* Any arguments. */
static const uint16_t allowed[] = {
	/* connections, and what we look up about them */
	SYS_accept,
	SYS_accept4,
	SYS_getsockname,
	SYS_getpeername,
	SYS_getsockopt,
	SYS_setsockopt,
	SYS_shutdown,
	SYS_recvfrom,
	SYS_sendto,
	/* signalers, the link, standard error */
	SYS_read,
	SYS_write,
	SYS_writev,
	SYS_close,
	SYS_eventfd2,
	SYS_pipe2,
	/* waiting */
	SYS_epoll_create1,
	SYS_epoll_ctl,
	SYS_epoll_pwait,
	SYS_ppoll,
	SYS_futex,
	SYS_clock_gettime,
	SYS_clock_nanosleep,
	SYS_nanosleep,
	SYS_gettimeofday,
	SYS_restart_syscall,
	SYS_sched_yield,
	/* memory (libsodium locks keys into it), randomness */
	SYS_mlock,
	SYS_munlock,
	SYS_brk,
	SYS_munmap,
	SYS_mremap,
	SYS_madvise,
	SYS_getrandom,
	/* threads that start late, and the end */
	SYS_sched_setscheduler,
	SYS_sched_getscheduler,
	SYS_sched_getparam,
	SYS_sched_setparam,
	SYS_sched_getaffinity,
	SYS_set_robust_list,
	SYS_rseq,
	SYS_sigaltstack,
	SYS_rt_sigprocmask,
	SYS_rt_sigaction,
	SYS_rt_sigreturn,
	SYS_getpid,
	SYS_gettid,
	SYS_tgkill,
	SYS_exit,
	SYS_exit_group,
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
#ifdef SYS_poll
	SYS_poll,
#endif
#ifdef SYS_time
	SYS_time,
#endif
};

static const uint16_t deadly[] = {
	SYS_execve,
	SYS_execveat,
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_bpf,
	SYS_init_module,
	SYS_finit_module,
	SYS_kexec_load,
	SYS_mount,
	SYS_unshare,
	SYS_setns,
	SYS_userfaultfd,
	SYS_keyctl,
	SYS_perf_event_open,
};

/* Allowed only when argument arg, masked, equals value. */
static const struct condition {
	uint16_t call;
	uint8_t arg;
	uint32_t mask, value;
} conditional[] = {
	{ SYS_mmap, 2, PROT_EXEC, 0 },
	{ SYS_mprotect, 2, PROT_EXEC, 0 },
	{ SYS_ioctl, 1, UINT32_MAX, FIONREAD },
	{ SYS_prctl, 0, UINT32_MAX, PR_SET_NAME },
	{ SYS_fcntl, 1, UINT32_MAX, F_GETFL },
	{ SYS_fcntl, 1, UINT32_MAX, F_SETFL },
	{ SYS_fcntl, 1, UINT32_MAX, F_GETFD },
	{ SYS_fcntl, 1, UINT32_MAX, F_SETFD },
	{ SYS_fcntl, 1, UINT32_MAX, F_DUPFD_CLOEXEC },
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define OP_MAX \
	(16 + 2 * (COUNT(allowed) + COUNT(deadly)) + 6 * COUNT(conditional))

struct filter {
	struct sock_filter op[OP_MAX];
	unsigned short n;
};

static void
op(struct filter *f, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	f->op[f->n++] = (struct sock_filter){ code, jt, jf, k };
}

static void
load(struct filter *f, size_t offset)
{
	op(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
decide(struct filter *f, uint32_t verdict)
{
	op(f, BPF_RET | BPF_K, verdict, 0, 0);
}

/* If what is loaded equals k: verdict; else go on. */
static void
when(struct filter *f, uint32_t k, uint32_t verdict)
{
	op(f, BPF_JMP | BPF_JEQ | BPF_K, k, 0, 1);
	decide(f, verdict);
}

static void
build(struct filter *f)
{
	const size_t number = offsetof(struct seccomp_data, nr);

	f->n = 0;
	load(f, offsetof(struct seccomp_data, arch));
	op(f, BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0);
	decide(f, SECCOMP_RET_KILL_PROCESS);
	load(f, number);
#ifdef __x86_64__
	op(f, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	decide(f, SECCOMP_RET_KILL_PROCESS);
#endif
	for (size_t i = 0; i < COUNT(allowed); i++)
		when(f, allowed[i], SECCOMP_RET_ALLOW);
	for (size_t i = 0; i < COUNT(deadly); i++)
		when(f, deadly[i], SECCOMP_RET_KILL_PROCESS);
	for (size_t i = 0; i < COUNT(conditional); i++) {
		const struct condition *c = &conditional[i];

		/* 5 operations follow: skip them when it is another call. */
		op(f, BPF_JMP | BPF_JEQ | BPF_K, c->call, 0, 5);
		/* low half: both architectures are little-endian */
		load(f,
		    offsetof(struct seccomp_data, args) +
			c->arg * sizeof(uint64_t));
		op(f, BPF_ALU | BPF_AND | BPF_K, c->mask, 0, 0);
		when(f, c->value, SECCOMP_RET_ALLOW);
		load(f, number);
	}
	decide(f, SECCOMP_RET_ERRNO | EPERM);
}

enum err
seal_calls(struct why *why)
{
	struct filter f;
	struct sock_fprog p;

	build(&f);
	p = (struct sock_fprog){ .len = f.n, .filter = f.op };
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_TSYNC, &p) != 0)
		return why_errno(why, ERR_IO, "seccomp");
	return ERR_OK;
}

#endif
