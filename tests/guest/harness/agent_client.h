// SPDX-License-Identifier: GPL-2.0-or-later
//
// The host's side of the command agent: commands started over one line of a machine, any number
// in parallel. A thread of its own moves the bytes, so a paused or dead guest blocks nobody; each
// wait has its own deadline.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "outcome.h"
#include "unique_fd.h"

namespace dlm::guest {

struct CommandResult {
    bool finished = false;  // false: deadline over, or the machine is gone (failure says which)
    int exit_code = -1;
    std::string out, err, failure;

    bool ok() const { return finished && exit_code == 0; }
    // For EXPECT_TRUE(node.run("...").outcome()): carries what was printed.
    Outcome outcome(const std::string &what = "command") const;
};

// One state for all commands of a line, shared by its thread and the handles.
struct AgentLine;

class Command {
public:
    Command() = default;
    Command(std::shared_ptr<AgentLine> line, std::uint32_t id) : line_(std::move(line)), id_(id) {}

    void write(const std::string &data) const;
    void close_stdin() const;
    void signal(int number) const;  // to its process group
    bool running() const;
    // Standard output from this byte on.
    std::string out_so_far(std::size_t from = 0) const;
    // On a deadline the command's group is killed.
    CommandResult wait(Milliseconds deadline = command_deadline) const;

private:
    std::shared_ptr<AgentLine> line_;
    std::uint32_t id_ = 0;
};

class AgentClient {
public:
    explicit AgentClient(UniqueFd fd);
    ~AgentClient();
    AgentClient(const AgentClient &) = delete;
    AgentClient &operator=(const AgentClient &) = delete;

    Outcome wait_ready(Milliseconds deadline);
    bool gone() const;
    // Standard input is given (and closed) at once unless keep_open.
    Command start(const std::string &script, const std::string &input = "", bool keep_open = false);

private:
    std::shared_ptr<AgentLine> line_;
    std::thread thread_;
};

}  // namespace dlm::guest
