// SPDX-License-Identifier: GPL-2.0-or-later
// Locks and waiters as lines for people and as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "lib/debug_locks.h"
#include "lib/debug_waiters.h"

namespace dlm::cli {

// Printable ASCII as it is, quote and backslash escaped, everything else \xNN; in double quotes.
std::string quoted(const std::string &name);
std::string hex_of(const std::string &name);
// "root"/"child"; two dots behind a name that is not whole.
std::string path_text(const lib::SublockPath &path);

// `self` is this node's id where it is known: the file says 0 for it.
std::string lock_line(const lib::LockRecord &lock, std::optional<int> self);
nlohmann::json lock_json(const lib::LockRecord &lock, std::optional<int> self);
std::string waiter_line(const lib::WaiterRecord &waiter);
nlohmann::json waiter_json(const lib::WaiterRecord &waiter);

// By resource, sublocks behind their parents; within it granted, converting, waiting.
void sort_locks(std::vector<lib::LockRecord> &locks);

}  // namespace dlm::cli
