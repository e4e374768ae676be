// SPDX-License-Identifier: GPL-2.0-or-later
//
// A process on the host that stands for a machine: its own session and process group, descriptors
// handed over by number, ended by SIGKILL to the whole group (user-mode Linux leaves processes at
// full load behind when only its first one is killed). A guardian process kills the group when
// the test binary itself dies, so that no run leaves guests behind.
// running(), signal() and kill() may be called by any thread.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "outcome.h"
#include "unique_fd.h"

namespace dlm::guest {

class HostProcess {
public:
    struct Spec {
        std::vector<std::string> argv;
        std::vector<std::string> extra_environment;    // NAME=VALUE
        std::vector<std::pair<int, int>> descriptors;  // ours, number in the child
        std::string stdout_path;                       // /dev/null when empty
        std::string stderr_path;                       // as stdout when empty
        std::string stdin_path = "/dev/null";
    };

    HostProcess() = default;
    HostProcess(const HostProcess &) = delete;
    HostProcess &operator=(const HostProcess &) = delete;
    ~HostProcess();

    Outcome start(const Spec &spec);
    bool running();
    pid_t pid() const { return pid_; }
    // To the first process alone. (A stop signal to the traced children of user-mode Linux would
    // end them; without their tracer they stand still at their next event.)
    void signal(int number);
    // SIGKILL to the group, and waits until the first process is gone.
    void kill();
    // False when it still runs after the deadline.
    bool wait_exit(Milliseconds deadline);
    int exit_status() const { return status_; }

private:
    bool running_locked();
    void start_guardian();
    void dismiss_guardian();

    std::mutex mutex_;

    pid_t pid_ = -1;
    pid_t group_ = -1;
    int status_ = 0;
    pid_t guardian_ = -1;
    UniqueFd guardian_line_;
};

// Runs a program on the host to its end; output holds stdout and stderr.
struct HostResult {
    int exit_code = -1;
    bool timed_out = false;
    std::string output;
    bool ok() const { return exit_code == 0 && !timed_out; }
};
HostResult run_on_host(const std::vector<std::string> &argv,
                       Milliseconds deadline = command_deadline);

}  // namespace dlm::guest
