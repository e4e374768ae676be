// SPDX-License-Identifier: GPL-2.0-or-later
// FrameStream: a byte stream cut into frames, each a 32-bit big-endian length and that many bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dlm::daemon {

constexpr uint32_t max_frame_len = 1 << 20;

std::string frame_of(std::string_view body);

class FrameStream {
public:
    // Complete frames that `bytes` brings. EMSGSIZE: the peer announced a frame that is too long.
    base::Result<std::vector<std::string>> feed(std::string_view bytes);

private:
    std::string pending_;
};

}  // namespace dlm::daemon
