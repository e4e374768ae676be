// SPDX-License-Identifier: GPL-2.0-or-later
//
// The frames that the command agent in a guest and the harness on the host exchange.
//
// One byte stream (a virtio-serial port in QEMU, a tty in user-mode Linux) carries all commands
// of a node: each frame names the command it belongs to, so commands run in parallel and one that
// hangs holds up no other. Integers are little-endian. What comes before the greeting is noise of
// the line and is skipped; the host sends nothing before it has seen the greeting, and never has
// more than agent_window bytes under way: a tty of user-mode Linux that is once throttled never
// listens again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace dlm::guest {

enum class FrameType : std::uint8_t {
    run = 'R',        // host: start the script in data
    input = 'I',      // host: bytes for its stdin
    input_end = 'E',  // host: no more stdin
    signal = 'K',     // host: data[0] is a signal for its process group
    out = 'o',        // agent: bytes of its stdout
    err = 'e',        // agent: bytes of its stderr
    exit = 'x',       // agent: i32, exit code or 128 + signal; the last frame of a command
    credit = 'a',     // agent: u32, so many bytes of the line were read (id is 0)
};

struct FrameHeader {
    std::uint32_t id = 0;
    FrameType type = FrameType::run;
    std::uint32_t len = 0;
};

inline constexpr std::size_t frame_header_len = 9;
inline constexpr std::size_t frame_data_max = 1u << 20;
inline constexpr std::size_t agent_window = 3000;
inline constexpr std::string_view agent_greeting =
    "\x01\x02"
    "dlm-guest-agent-1\n";

inline void put_le32(char *at, std::uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = static_cast<char>(value >> (8 * i));
}

inline std::uint32_t get_le32(const char *at)
{
    std::uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value |= static_cast<std::uint32_t>(static_cast<unsigned char>(at[i])) << (8 * i);
    return value;
}

inline void append_frame(std::string &to, std::uint32_t id, FrameType type, std::string_view data)
{
    char header[frame_header_len];
    put_le32(header, id);
    header[4] = static_cast<char>(type);
    put_le32(header + 5, static_cast<std::uint32_t>(data.size()));
    to.append(header, sizeof(header));
    to.append(data);
}

// Reads the header at the start of bytes; false when there are not enough bytes yet.
inline bool parse_frame_header(std::string_view bytes, FrameHeader &header)
{
    if (bytes.size() < frame_header_len)
        return false;
    header.id = get_le32(bytes.data());
    header.type = static_cast<FrameType>(bytes[4]);
    header.len = get_le32(bytes.data() + 5);
    return true;
}

}  // namespace dlm::guest
