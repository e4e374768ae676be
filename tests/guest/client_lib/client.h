// SPDX-License-Identifier: GPL-2.0-or-later
//
// The kernel client of one node in one lockspace, typed: what guest tests lock with. Holds a
// channel to the node. Creating and releasing the lockspace is ClientCluster's part.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "answer.h"
#include "channel.h"
#include "names.h"

namespace dlm::client {

// Text of a value block in hex: its bytes up to the first zero.
std::string text_of_hex(const std::string &hex);

// How an operation ended: the call's return and, if that was 0, the completion.
struct Completion {
    int ret = -9999;
    bool came = false;
    int status = -9999;
    unsigned flags = 0;
    std::string lvb;  // text up to the first zero byte
    bool granted() const { return ret == 0 && came && status == 0; }
};
std::ostream &operator<<(std::ostream &out, const Completion &completion);

class Client {
public:
    Client(guest::Node &node, std::string space);

    guest::Node &node() { return node_; }
    const std::string &space() const { return space_; }
    // After the module is loaded, and again after each boot.
    guest::Outcome open();

    // One command, as it stands.
    Answer command(const std::string &line, guest::Milliseconds deadline = guest::command_deadline);
    std::vector<Answer> commands(const std::vector<std::string> &lines,
                                 guest::Milliseconds deadline = guest::command_deadline);

    // Calls. more: further words of the command (client/call.c lists them).
    Answer lock(const std::string &id, const std::string &name, Mode mode,
                const std::string &flags = "", const std::string &more = "");
    Answer convert(const std::string &id, Mode mode, const std::string &flags = "",
                   const std::string &more = "");
    Answer unlock(const std::string &id, const std::string &flags = "",
                  const std::string &more = "");
    Answer cancel(const std::string &id);

    // The same, and the completion awaited.
    Completion lock_wait(const std::string &id, const std::string &name, Mode mode,
                         const std::string &flags = "", const std::string &more = "");
    Completion convert_wait(const std::string &id, Mode mode, const std::string &flags = "",
                            const std::string &more = "");
    Completion unlock_wait(const std::string &id, const std::string &flags = "",
                           const std::string &more = "");
    // The completion of a call made before.
    Completion wait(const std::string &id, const Answer &call,
                    guest::Milliseconds deadline = guest::command_deadline);

    // May the mode be had now? 0, -EAGAIN, or the error of the call or the wait.
    int ask(const std::string &name, Mode mode);
    // One answer for each question, in one round.
    std::vector<int> ask(const std::vector<std::pair<std::string, Mode>> &questions);

    guest::Outcome settle(guest::Milliseconds quiet = guest::Milliseconds(200));
    // Both in one round: waits until nothing happens any more, then the events.
    guest::Outcome settle_events(guest::Milliseconds quiet, std::vector<Event> &events);
    // Events of this space since the last time, oldest first.
    std::vector<Event> events();
    // Events are kept by the caller; the cursor jumps to the end.
    void skip_events();
    std::uint64_t next_event() const { return next_event_; }

    // Nothing that a lock manager must never do was seen on this node.
    guest::Outcome no_violations();

private:
    std::string settle_line(guest::Milliseconds quiet) const;
    // True if there are more events than fitted into the answer.
    bool take_events(const Answer &answer, std::vector<Event> &events);

    guest::Node &node_;
    std::string space_;
    std::unique_ptr<Channel> channel_;
    std::uint64_t next_event_ = 1;
};

}  // namespace dlm::client
