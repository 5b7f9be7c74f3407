/*
 * SPDX-License-Identifier: MIT
 *
 * log: one line to standard error. With a priority prefix only when the
 * journal reads it (JOURNAL_STREAM). Never anything about a person or a case.
 */
#ifndef INFOHUS_LOG_H
#define INFOHUS_LOG_H

enum log_level { /* sd-daemon(3) */
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
};

/* Writes "program: text" in one write; what does not fit a line is cut. */
void log_line(enum log_level level, const char *program, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
