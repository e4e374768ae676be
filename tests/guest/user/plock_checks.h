// SPDX-License-Identifier: GPL-2.0-or-later
//
// Checks of POSIX locks by a program that plays the daemon; exit codes.
#pragma once

#include "run.h"

namespace dlm::user {

int plock_device(Run &run);
// On a file of a cluster file system that is mounted; nobody else has the device open.
int plocks(Run &run, const std::string &path);

}  // namespace dlm::user
