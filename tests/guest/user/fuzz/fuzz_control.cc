// SPDX-License-Identifier: GPL-2.0-or-later
//
// /dev/dlm-control and /dev/dlm-monitor. Lockspaces whose names come out of a mutation are refused
// by the daemon, which is a thread here.
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <thread>

#include <fcntl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzzer.h"

namespace dlm::user {
namespace {

// Says -EAGAIN to each join.
class RefusingDaemon {
public:
    RefusingDaemon() : fd_(socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT))
    {
        sockaddr_nl address{};
        address.nl_family = AF_NETLINK;
        address.nl_groups = 1;
        int room = 1 << 20;
        setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
        if (bind(fd_, reinterpret_cast<sockaddr *>(&address), sizeof(address))) {
            std::cout << "cannot hear the events: " << std::strerror(errno) << std::endl;
            std::exit(2);
        }
        thread_ = std::thread([this] { listen(); });
    }
    ~RefusingDaemon()
    {
        over_ = true;
        thread_.join();
        ::close(fd_);
    }
    RefusingDaemon(const RefusingDaemon &) = delete;
    RefusingDaemon &operator=(const RefusingDaemon &) = delete;

private:
    void listen()
    {
        char text[8192];
        while (!over_) {
            pollfd p = {fd_, POLLIN, 0};
            if (poll(&p, 1, 50) != 1)
                continue;
            const ssize_t got = recv(fd_, text, sizeof(text) - 1, 0);
            static const std::string join = "online@";
            if (got <= 0)
                continue;
            text[got] = '\0';
            if (std::string(text).rfind(join, 0) == 0)
                refuse(text + join.size());
        }
    }

    // The path is that of the event, so that any name is written as the kernel writes it.
    static void refuse(const std::string &path)
    {
        const int fd = open(("/sys" + path + "/event_done").c_str(), O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            return;
        if (write(fd, "-11", 3) != 3)
            std::cout << "no answer to " << path << std::endl;
        ::close(fd);
    }

    int fd_;
    std::atomic<bool> over_ = false;
    std::thread thread_;
};

class ControlFuzzer {
public:
    explicit ControlFuzzer(Fuzzer &f) : f_(f), minor_(find_minor(f.run().space)) {}

    void run()
    {
        fd_ = open("/dev/dlm-control", O_RDWR | O_CLOEXEC);
        f_.note_call("open", fd_);
        // What is removed by chance is not the last use.
        if (!f_.nobody())
            add_use();
        while (!f_.done()) {
            if (f_.one_in(20))
                read_one();
            else if (f_.one_in(100))
                f_.note_call("bad buffer", write(fd_, no_address(), 24 + f_.below(160)));
            else
                write_one();
        }
        for (; uses_ > 0; uses_--)
            f_.note("REMOVE", remove_space(minor()));
        ::close(fd_);
    }

private:
    std::uint32_t minor() const { return static_cast<std::uint32_t>(minor_); }

    void add_use()
    {
        f_.note("CREATE", create_space(f_.run().space));
        uses_++;
    }

    Bytes request()
    {
        if (f_.below(2)) {
            const bool mine = f_.below(2);
            const std::string name =
                f_.one_in(8) ? "fz." + std::to_string(f_.below(1000)) : f_.run().space;
            return space_bytes(DLM_USER_CREATE_LOCKSPACE, mine ? DLM_LSFL_NEWEXCL : f_.below(4), 0,
                               name);
        }
        return space_bytes(DLM_USER_REMOVE_LOCKSPACE, f_.below(4),
                           f_.below(2) ? minor() : f_.below(300), "");
    }

    static std::uint32_t word(const Bytes &bytes, std::size_t at)
    {
        std::uint32_t value = 0;
        std::memcpy(&value, bytes.data() + at, sizeof(value));
        return value;
    }

    const char *operation(const Bytes &bytes) const
    {
        if (bytes.size() < 24 || bytes.size() > 184)
            return "size";
        if (word(bytes, 0) != DLM_DEVICE_VERSION_MAJOR || word(bytes, 4) > DLM_DEVICE_VERSION_MINOR)
            return "version";
        if (bytes[12] == DLM_USER_REMOVE_LOCKSPACE)
            return word(bytes, 20) == minor() ? "REMOVE" : "REMOVE minor";
        if (bytes[12] != DLM_USER_CREATE_LOCKSPACE)
            return "command";
        const char *name = reinterpret_cast<const char *>(bytes.data()) + 24;
        const std::size_t length = strnlen(name, bytes.size() - 24);
        return length < 1 || length > DLM_LOCKSPACE_LEN ? "CREATE name" : "CREATE";
    }

    void write_one()
    {
        Bytes bytes = request();
        f_.mutate(bytes);
        // Of the rest of the name; seldom, since a new lockspace takes its time.
        if (f_.one_in(20) && bytes.size() > 30)
            bytes[24 + f_.below(6)] = static_cast<std::uint8_t>(f_.below(256));
        const std::string asked = operation(bytes);
        const int result = put(fd_, bytes);
        f_.note(asked, result);
        if (result >= 0 && asked == "CREATE")
            uses_++;
        if (result == 0 && asked == "REMOVE" && --uses_ == 0)
            add_use();
    }

    void read_one()
    {
        char buffer[64];
        const unsigned room = f_.below(3) ? f_.below(sizeof(buffer)) : 12;
        if (f_.one_in(10)) {
            f_.note_call("bad buffer", read(fd_, no_address(), 12));
            return;
        }
        f_.note_call(room == 12 ? "read version" : "control read size", read(fd_, buffer, room));
        pollfd p = {fd_, POLLIN | POLLOUT, 0};
        f_.note_call("control poll", poll(&p, 1, 0));
    }

    Fuzzer &f_;
    int minor_, fd_ = -1, uses_ = 0;
};

}  // namespace

void fuzz_control(Fuzzer &f)
{
    Run &run = f.run();
    if (f.nobody()) {
        f.drop_privileges();
        ControlFuzzer(f).run();
        EXPECT_THAT(f.seen("CREATE", EPERM) > 0 && f.seen("REMOVE", EPERM) > 0);
        return;
    }
    RefusingDaemon daemon;
    ControlFuzzer(f).run();
    EXPECT_THAT(f.seen("CREATE", 0) > 0 && f.seen("CREATE", EEXIST) > 0);
    EXPECT_THAT(f.seen("CREATE", EAGAIN) > 0);
    EXPECT_THAT(f.seen("REMOVE", 0) > 0 && f.seen("REMOVE minor", ENOENT) > 0);
    EXPECT_THAT(f.seen("size", EINVAL) > 0 && f.seen("version", EBADE) > 0);
}

// Somebody else has to hold it open: the last close by root stops every lockspace.
void fuzz_monitor(Fuzzer &f)
{
    if (f.nobody())
        f.drop_privileges();
    char buffer[256] = {};
    int fd = -1;
    while (!f.done()) {
        if (fd < 0 || f.one_in(20)) {
            ::close(fd);
            static const int ways[] = {O_RDONLY, O_WRONLY, O_RDWR, O_RDWR};
            fd = open("/dev/dlm-monitor", O_CLOEXEC | ways[f.below(4)]);
            f.note_call("open", fd);
            continue;
        }
        f.mutated();
        const unsigned length = f.below(sizeof(buffer));
        // What a descriptor is not open for is refused by the VFS.
        const int access = fcntl(fd, F_GETFL) & O_ACCMODE;
        if (access != O_WRONLY)
            f.note_call("monitor read", read(fd, buffer, length));
        if (access != O_RDONLY)
            f.note_call("monitor write", write(fd, buffer, length));
    }
    ::close(fd);
}

}  // namespace dlm::user
