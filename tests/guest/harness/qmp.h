// SPDX-License-Identifier: GPL-2.0-or-later
//
// QEMU's monitor protocol (JSON lines) over one end of a socket pair.
#pragma once

#include <string>

#include "outcome.h"
#include "unique_fd.h"

namespace dlm::guest {

class Qmp {
public:
    explicit Qmp(UniqueFd fd) : fd_(std::move(fd)) {}

    // Greeting and capabilities; QEMU answers when it is completely set up.
    Outcome connect(Milliseconds deadline);
    // arguments is a JSON object or empty.
    Outcome execute(const std::string &command, const std::string &arguments = "",
                    Milliseconds deadline = Seconds(20));

private:
    Outcome read_line(std::string &line, Clock::time_point end);
    UniqueFd fd_;
    std::string pending_;
};

}  // namespace dlm::guest
