// SPDX-License-Identifier: GPL-2.0-or-later
// Events of the kernel as lines and as JSON.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "lib/event_stream.h"

namespace dlm::cli {

std::string event_line(const lib::KernelEvent &event);
nlohmann::json event_json(const lib::KernelEvent &event);

}  // namespace dlm::cli
