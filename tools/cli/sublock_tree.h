// SPDX-License-Identifier: GPL-2.0-or-later
// The trees that sublocks and their parents form, as indented lines and as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "lib/debug_locks.h"
#include "lib/debug_sublocks.h"

namespace dlm::cli {

struct SublockNode {
    std::string name;  // quoted; of a root its whole path
    uint32_t id;
    std::optional<lib::LockRecord> lock;  // where the file of locks has it
    std::vector<SublockNode> below;
};

// Sorted by name. What is read of a tree that changes may lack a parent: its sublocks are roots.
std::vector<SublockNode> sublock_trees(const lib::SublockTable &sublocks,
                                       const lib::LockTable &locks);
std::string trees_text(const std::vector<SublockNode> &trees);
nlohmann::json trees_json(const std::vector<SublockNode> &trees);

}  // namespace dlm::cli
