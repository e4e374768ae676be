// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which node a name belongs to, computed apart from the module from the protocol's description:
// its directory node or, without a directory, its master. All weights are 1.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace dlm::client {

std::uint32_t name_hash(std::string_view name);
// members: ascending.
int hash_node(std::string_view name, const std::vector<int> &members);

}  // namespace dlm::client
