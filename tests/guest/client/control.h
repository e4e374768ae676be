/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The "command" file: write lines, read their answers from the same opening.
 */
#ifndef DLM_CLIENT_CONTROL_H
#define DLM_CLIENT_CONTROL_H

extern const struct file_operations control_file;

#endif
