// SPDX-License-Identifier: LGPL-2.1-or-later
// What the kernel tells of its own accord (linux/dlm_netlink.h, linux/dlm_events.h): locks that
// wait too long, deadlocks that it broke.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

struct nl_sock;
struct nlmsghdr;

namespace dlm::lib {

// A lock that has waited for longer than timewarn_cs.
struct LateLock {
    std::string lockspace;  // empty where only its id was told
    std::uint32_t lockspace_id = 0;
    int master = 0;  // node that decides, 0 unknown
    int pid = 0;
    std::uint32_t id = 0;
    std::uint32_t remote_id = 0;
    bool converts = false;
    int granted = -1;
    int requested = -1;
    std::chrono::microseconds waited{0};
    std::string resource;
};

struct Wait {
    std::uint32_t node = 0, lock = 0;
    int mode = -1;
    std::chrono::milliseconds waited{0};
    std::uint32_t master = 0;
    std::string resource;
    std::uint32_t by_node = 0, by_lock = 0;  // what is in its way
};

// Each waits for the next one, the last for the first.
struct Deadlock {
    std::string lockspace;
    std::uint32_t victim = 0;  // gave way
    std::vector<Wait> waits;
};

using KernelEvent = std::variant<LateLock, Deadlock>;

// One message of the family; nothing where it is none of these.
std::optional<KernelEvent> parse_event(nlmsghdr *message);

class EventStream {
public:
    // Hears all events, as anybody may.
    static base::Result<EventStream> open();
    // Becomes the one listener of linux/dlm_netlink.h, who hears of late locks only.
    static base::Result<EventStream> open_listener();

    // The next event; nothing when none came in time.
    base::Result<std::optional<KernelEvent>> next(std::chrono::milliseconds timeout);

private:
    struct Free {
        void operator()(nl_sock *socket) const;
    };
    using Socket = std::unique_ptr<nl_sock, Free>;

    explicit EventStream(Socket socket) : socket_(std::move(socket)) {}
    static base::Result<Socket> connect();

    Socket socket_;
};

}  // namespace dlm::lib
