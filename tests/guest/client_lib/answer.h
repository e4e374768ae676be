// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the kernel client says, read: answers to commands and lines of its event log, both
// key=value words. Knows nothing of guests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dlm::client {

using Words = std::map<std::string, std::string>;

Words parse_words(std::string_view line);

// The last line of an answer is its result; the lines before it (spaces, events) come along.
class Answer {
public:
    Answer() = default;
    explicit Answer(std::string text);

    // Understood by the client, that is: not "bad=". Says nothing of the lock manager's opinion.
    bool valid() const { return words_.count("ret") != 0 || words_.count("next") != 0; }
    int ret() const { return number("ret", -9999); }
    int number(const std::string &key, int otherwise = 0) const;
    unsigned long long big(const std::string &key) const;
    std::string word(const std::string &key) const;
    const std::vector<std::string> &lines() const { return lines_; }
    const std::string &text() const { return text_; }

private:
    std::string text_;
    std::vector<std::string> lines_;
    Words words_;
};

enum class EventKind { call, ret, cast, bast, prep, slot, done, async, reaction, violation, other };

struct Event {
    std::uint64_t seq = 0;
    std::uint64_t time_ns = 0;
    EventKind kind = EventKind::other;
    std::string space, lock;
    int status = 0;      // cast; ret of a return
    unsigned flags = 0;  // sb_flags of a cast
    int mode = -2;       // bast
    std::string lvb;     // hex of the whole buffer
    Words words;
    std::string text;
};

// Nothing for lines that are no events.
std::optional<Event> parse_event(const std::string &line);

}  // namespace dlm::client
