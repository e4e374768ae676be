// SPDX-License-Identifier: GPL-2.0-or-later
// Messages between daemons as JSON. Decoding checks every field; what does not fit is an error, not
// a default.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "daemon/membership.h"
#include "daemon/message.h"

namespace dlm::daemon {

// First thing in each direction of a new connection.
struct Hello {
    int protocol = 1;
    int node = 0;
    std::string cluster;
    std::string settings;  // digest of the settings that must be equal everywhere
    std::string boot;
};

// The answer to a hello that is not accepted; the connection ends with it.
struct Refusal {
    bool declared_dead = false;
    std::string reason;
};

struct Ping {};

using Frame = std::variant<Hello, Refusal, Ping, Message>;

std::string encode_frame(const Frame &frame);
base::Result<Frame> decode_frame(std::string_view text);

// The state file holds the same structures.
nlohmann::json to_json(const SavedState &state);
base::Result<SavedState> saved_state_from_json(std::string_view text);

const char *role_name(Role role);
const char *phase_name(Phase phase);
const char *out_name(NodeFact::Out out);

}  // namespace dlm::daemon
