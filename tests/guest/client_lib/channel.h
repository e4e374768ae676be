// SPDX-License-Identifier: GPL-2.0-or-later
//
// One opening of the kernel client's command file in a guest, held by a shell there: a line goes
// in, its answer comes back, one at a time. Several channels to one node run in parallel.
#pragma once

#include <string>

#include "answer.h"
#include "harness/node.h"

namespace dlm::client {

class Channel {
public:
    explicit Channel(guest::Node &node) : node_(node) {}
    ~Channel();
    Channel(const Channel &) = delete;
    Channel &operator=(const Channel &) = delete;

    // The module is loaded. Opens it again if it was open, say after a reboot.
    guest::Outcome open();
    // Lines to be run in order; one answer each. An answer that does not come in time is invalid
    // and says so in its text; the channel is then closed.
    std::vector<Answer> ask(const std::vector<std::string> &lines,
                            guest::Milliseconds deadline = guest::command_deadline);
    Answer ask(const std::string &line, guest::Milliseconds deadline = guest::command_deadline);

private:
    bool take_answers(std::vector<Answer> &answers, std::size_t wanted);

    guest::Node &node_;
    guest::Command command_;
    bool open_ = false;
    std::size_t read_ = 0;     // bytes of the output already taken
    unsigned long asked_ = 0;  // lines sent
};

// A script that runs one command in an opening of its own; for commands that block while the
// harness does something else. Prints the answer; fails unless it is ret=0.
std::string one_shot(const std::string &line);

}  // namespace dlm::client
