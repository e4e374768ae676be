// SPDX-License-Identifier: GPL-2.0-or-later
// Framing of the connections between daemons.
#include "daemon/frame_stream.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>

namespace dlm::daemon {

using base::Error;
using base::Result;

std::string frame_of(std::string_view body)
{
    uint32_t length = htonl(static_cast<uint32_t>(body.size()));
    std::string frame(reinterpret_cast<const char *>(&length), sizeof length);
    frame += body;
    return frame;
}

Result<std::vector<std::string>> FrameStream::feed(std::string_view bytes)
{
    std::vector<std::string> frames;
    pending_ += bytes;
    size_t at = 0;
    while (pending_.size() - at >= sizeof(uint32_t)) {
        uint32_t length;
        memcpy(&length, pending_.data() + at, sizeof length);
        length = ntohl(length);
        if (length > max_frame_len)
            return Error(fmt::format("a frame of {} bytes", length), EMSGSIZE);
        if (pending_.size() - at - sizeof length < length)
            break;
        frames.push_back(pending_.substr(at + sizeof length, length));
        at += sizeof length + length;
    }
    pending_.erase(0, at);
    return frames;
}

}  // namespace dlm::daemon
