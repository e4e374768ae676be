// SPDX-License-Identifier: GPL-2.0-or-later
#include "qmp.h"

#include <poll.h>
#include <sys/socket.h>

namespace dlm::guest {

Outcome Qmp::read_line(std::string &line, Clock::time_point end)
{
    for (;;) {
        auto at = pending_.find('\n');
        if (at != std::string::npos) {
            line = pending_.substr(0, at);
            pending_.erase(0, at + 1);
            return ok();
        }
        auto left = std::chrono::duration_cast<Milliseconds>(end - Clock::now()).count();
        pollfd wait{fd_.get(), POLLIN, 0};
        if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) <= 0)
            return fail() << "QEMU's monitor does not answer";
        char buf[4096];
        ssize_t got = recv(fd_.get(), buf, sizeof(buf), 0);
        if (got <= 0)
            return fail() << "QEMU has closed its monitor";
        pending_.append(buf, static_cast<std::size_t>(got));
    }
}

Outcome Qmp::connect(Milliseconds deadline)
{
    std::string line;
    if (Outcome greeting = read_line(line, Clock::now() + deadline); !greeting)
        return greeting;
    if (Outcome ready = execute("qmp_capabilities", "", deadline); !ready)
        return ready;
    return execute("query-status", "", deadline);
}

Outcome Qmp::execute(const std::string &command, const std::string &arguments,
                     Milliseconds deadline)
{
    std::string text = R"({"execute":")" + command + "\"";
    if (!arguments.empty())
        text += R"(,"arguments":)" + arguments;
    text += "}\n";
    if (send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0)
        return fail() << "QEMU has closed its monitor";
    const auto end = Clock::now() + deadline;
    for (std::string line;;) {
        if (Outcome read = read_line(line, end); !read)
            return read;
        if (line.find("\"event\"") != std::string::npos)
            continue;
        if (line.find("\"error\"") != std::string::npos)
            return fail() << "QEMU refuses " << command << ": " << line;
        if (line.find("\"return\"") != std::string::npos)
            return ok();
    }
}

}  // namespace dlm::guest
