// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's status as lines for people.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace dlm::cli {

std::string status_text(const nlohmann::json &status);
// "1 2 3"
std::string numbers_text(const nlohmann::json &list);

}  // namespace dlm::cli
