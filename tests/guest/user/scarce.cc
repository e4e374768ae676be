// SPDX-License-Identifier: GPL-2.0-or-later
//
// Each allocation of a call fails once: the first in the first try, the second in the next, until a
// try needs no more of them. The call has worked then, or it has failed with ENOMEM and changed
// nothing. Debug kernel only (/proc/self/fail-nth).
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"

namespace dlm::user {
namespace {

constexpr unsigned allocations_most = 300;

class Scarcity {
public:
    explicit Scarcity(Run &run) : run_(run), fd_(open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC)) {}
    ~Scarcity() { ::close(fd_); }
    Scarcity(const Scarcity &) = delete;
    Scarcity &operator=(const Scarcity &) = delete;

    bool ready() const { return fd_ >= 0; }

    // @call returns like put(). What has worked is undone by @undo, which gets its result.
    void each(const char *what, const std::function<int()> &call,
              const std::function<void(int)> &undo)
    {
        Run &run = run_;
        int failed = 0, worked = 0;
        for (unsigned n = 1;; n++) {
            if (n == allocations_most) {
                EXPECT_THAT(!"so many allocations");
                return;
            }
            arm(n);
            const int result = call();
            const bool injected = disarm();
            if (result == -ENOMEM)
                failed++;
            else if (result >= 0)
                worked++;
            else
                std::cout << what << ", allocation " << n << ": " << result << std::endl;
            EXPECT_THAT(result >= 0 || result == -ENOMEM);
            if (result >= 0)
                undo(result);
            if (!injected) {
                EXPECT_THAT(result >= 0);
                break;
            }
        }
        std::cout << what << ": " << failed << " failed, " << worked << " worked" << std::endl;
        failed_ += failed;
    }
    int failed() const { return failed_; }

private:
    void arm(unsigned n)
    {
        const std::string text = std::to_string(n);
        if (pwrite(fd_, text.data(), text.size(), 0) < 0)
            run_.failures++;
    }
    // Whether one has failed since.
    bool disarm()
    {
        char text[16] = {};
        if (pread(fd_, text, sizeof(text) - 1, 0) < 0)
            run_.failures++;
        const bool injected = std::atoi(text) == 0;
        if (!injected)
            arm(0);
        return injected;
    }

    Run &run_;
    int fd_, failed_ = 0;
};

int result(long value)
{
    return value < 0 ? -errno : static_cast<int>(value);
}

void directories(Scarcity &s)
{
    const std::string cluster = "/sys/kernel/config/dlm/cluster";
    const std::string comm = cluster + "/comms/scarce", space = cluster + "/spaces/scarce";
    auto make = [](const std::string &path) { return result(mkdir(path.c_str(), 0755)); };
    auto drop = [](const std::string &path) { rmdir(path.c_str()); };
    s.each(
        "comm", [&] { return make(comm); }, [&](int) { drop(comm); });
    s.each(
        "space", [&] { return make(space); }, [&](int) { drop(space); });
    make(space);
    s.each(
        "member", [&] { return make(space + "/nodes/m"); }, [&](int) { drop(space + "/nodes/m"); });
    drop(space);

    make(comm);
    std::uint8_t address[128] = {2, 0, 0, 0, 10, 99, 1, 1};
    auto put_text = [&](const char *file, const void *bytes, std::size_t length) {
        const int fd = open((comm + file).c_str(), O_WRONLY | O_CLOEXEC);
        const int written = fd < 0 ? -errno : result(write(fd, bytes, length));
        ::close(fd);
        return written;
    };
    s.each(
        "nodeid", [&] { return put_text("/nodeid", "99", 2); }, [](int) {});
    s.each(
        "addr", [&] { return put_text("/addr", address, sizeof(address)); },
        [&](int) {
            drop(comm);
            make(comm);
            put_text("/nodeid", "99", 2);
        });
    put_text("/addr", address, sizeof(address));
    s.each(
        "nodeid with an address", [&] { return put_text("/nodeid", "98", 2); },
        [&](int) { put_text("/nodeid", "99", 2); });
    s.each(
        "mark", [&] { return put_text("/mark", "7", 1); }, [](int) {});
    drop(comm);
}

void locks(Run &run, Scarcity &s)
{
    const std::string path = "/dev/dlm_" + run.space;
    s.each(
        "open", [&] { return result(open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)); },
        [](int fd) { ::close(fd); });
    s.each(
        "CREATE", [&] { return create_space(run.space); },
        [](int minor) { remove_space(static_cast<unsigned>(minor)); });
    Space space(run.space, run.shape);
    const std::string name = run.name(1);
    s.each(
        "LOCK", [&] { return space.lock(name, 5, DLM_LKF_VALBLK); },
        [&](int id) {
            EXPECT_IS(space.status(), 0);
            EXPECT_IS(space.unlock(id), 0);
            EXPECT_IS(space.status(), -0x10002);
        });
    LockRequest timed;
    timed.name = name;
    timed.mode = 5;
    timed.flags = DLM_LKF_TIMEOUT;
    timed.timeout_cs = 10000;
    s.each(
        "LOCK with a time", [&] { return space.call(timed); },
        [&](int id) {
            EXPECT_IS(space.status(), 0);
            EXPECT_IS(space.unlock(id), 0);
            EXPECT_IS(space.status(), -0x10002);
        });
    int id = space.lock(name, 0);
    EXPECT_IS(space.status(), 0);
    LockRequest child = timed;
    child.parent = static_cast<unsigned>(id);
    child.flags = 0;
    s.each(
        "LOCK below", [&] { return space.call(child); },
        [&](int below) {
            EXPECT_IS(space.status(), 0);
            EXPECT_IS(space.unlock(below), 0);
            EXPECT_IS(space.status(), -0x10002);
        });
    s.each(
        "CONVERT", [&] { return space.convert(id, 5, DLM_LKF_VALBLK, "v"); },
        [&](int) {
            EXPECT_IS(space.status(), 0);
            EXPECT_IS(space.convert(id, 0), 0);
            EXPECT_IS(space.status(), 0);
        });
    s.each(
        "UNLOCK", [&] { return space.unlock(id); },
        [&](int) {
            EXPECT_IS(space.status(), -0x10002);
            id = space.lock(name, 0);
            EXPECT_IS(space.status(), 0);
        });
    s.each(
        "PURGE", [&] { return space.purge(0, 0); }, [](int) {});
    s.each(
        "PURGE elsewhere", [&] { return space.purge(2, 0); }, [](int) {});
    // Closing cannot fail: what is still held goes.
    s.each(
        "close",
        [&] {
            space.close();
            return 0;
        },
        [](int) {});
    Space other(run.space, run.shape);
    EXPECT_THAT(other.lock(name, 5) > 0);
    EXPECT_IS(other.status(), 0);
}

}  // namespace

int scarce(Run &run)
{
    run.scenario = "scarce";
    Scarcity s(run);
    EXPECT_THAT(s.ready());
    if (s.ready()) {
        directories(s);
        locks(run, s);
        EXPECT_THAT(s.failed() > 10);
    }
    return run.failures ? 1 : 0;
}

}  // namespace dlm::user
