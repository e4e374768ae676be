// SPDX-License-Identifier: GPL-2.0-or-later
// POSIX locks as lines for people and as JSON.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "lib/posix_locks.h"

namespace dlm::cli {

// By file; within it those that are held, by their first byte, then those that wait, in the
// daemon's order.
void sort_plocks(lib::PosixLockTable &table);

std::string plocks_text(const lib::PosixLockTable &table);
// An object of two lists: "locks", and "files" without any.
nlohmann::json plocks_json(const lib::PosixLockTable &table);

}  // namespace dlm::cli
