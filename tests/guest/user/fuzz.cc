// SPDX-License-Identifier: GPL-2.0-or-later
//
// Valid requests, mutated: whatever a program writes, the answer is one of the table below, which
// was made from control-plane.md 5.2 to 5.6, and the lockspace still works.
#include "run.h"

#include <cerrno>
#include <map>
#include <random>
#include <set>

#include <fcntl.h>
#include <unistd.h>

namespace dlm::user {
namespace {

const std::set<int> lockspace_errors = {EINVAL, EBADE, ENOENT, EBUSY, EAGAIN, ENOBUFS, ENOTEMPTY};
const std::set<int> control_errors = {EINVAL, EBADE, ENOENT, EPERM, EEXIST, EBUSY};
const std::set<int> read_errors = {EINVAL, EAGAIN};
constexpr int names = 6;

class Fuzzer {
public:
    Fuzzer(Run &run, unsigned seed) : run_(run), random_(seed) {}

    void lockspace(int count)
    {
        Space *s = nullptr;
        for (int i = 0; i < count; i++) {
            if (!s || below(300) == 0) {
                delete s;
                s = new Space(run_.space, static_cast<Shape>(below(3)));
                ids_.clear();
            }
            auto bytes = lockspace_request();
            mutate(bytes);
            int result = put(s->fd(), bytes);
            note("write", result, lockspace_errors);
            if (result > 0 && bytes.size() > 12 && bytes[12] == DLM_USER_LOCK)
                ids_.push_back(result);
            if (below(3) == 0)
                read_some(*s);
        }
        delete s;
    }

    // Names stay those of the lockspace that is there: another one would be made, and wait for the
    // control plane.
    void control(int count, unsigned minor)
    {
        int fd = open("/dev/dlm-control", O_RDWR | O_CLOEXEC);
        int made = 0;
        for (int i = 0; i < count; i++) {
            bool create = below(2) == 0;
            auto bytes =
                space_bytes(create ? DLM_USER_CREATE_LOCKSPACE : DLM_USER_REMOVE_LOCKSPACE,
                            create ? DLM_LSFL_NEWEXCL : 0, minor + 1 + below(100), run_.space);
            mutate_head(bytes, create);
            int result = put(fd, bytes);
            note("control", result, control_errors);
            if (result > 0 && bytes[12] == DLM_USER_CREATE_LOCKSPACE)
                made++;
        }
        for (; made; made--)
            note("remove", remove_space(minor), {});
        ::close(fd);
    }

    void without_privileges(int count, unsigned minor)
    {
        Space s(run_.space);
        int fd = open("/dev/dlm-control", O_RDWR | O_CLOEXEC);
        if (setgid(65534) || setuid(65534))
            note("setuid", -errno, {});
        for (int i = 0; i < count; i++) {
            auto bytes =
                space_bytes(below(2) ? DLM_USER_CREATE_LOCKSPACE : DLM_USER_REMOVE_LOCKSPACE, 0,
                            below(2) ? minor : below(300), below(2) ? run_.space : "other");
            if (below(2))
                mutate(bytes);
            int result = put(fd, bytes);
            if (result >= 0)
                note("unprivileged control", -1000, {});
            note("unprivileged control", result, control_errors);
            bytes = lockspace_request();
            mutate(bytes);
            note("unprivileged write", put(s.fd(), bytes), lockspace_errors);
            read_some(s);
        }
        ::close(fd);
    }

    int answers(int error) const
    {
        auto it = seen_.find(error);
        return it == seen_.end() ? 0 : it->second;
    }

private:
    unsigned below(unsigned n) { return static_cast<unsigned>(random_()) % n; }

    std::vector<std::uint8_t> lockspace_request()
    {
        const Shape shape = static_cast<Shape>(below(3));
        if (below(50) == 0)
            return purge_bytes(below(2) ? 0 : below(5),
                               below(2) ? static_cast<unsigned>(getpid()) : below(2000), shape);
        LockRequest r;
        r.cmd = below(2) ? DLM_USER_LOCK : below(8) ? DLM_USER_UNLOCK : DLM_USER_DEADLOCK;
        r.mode = static_cast<int>(below(6));
        r.name = run_.prefix + "fuzz." + std::to_string(below(names));
        r.bastaddr = below(2);
        r.lvb = "value";
        if (!ids_.empty() && below(2)) {
            r.lkid = static_cast<unsigned>(ids_[below(static_cast<unsigned>(ids_.size()))]);
            if (r.cmd == DLM_USER_LOCK)
                r.flags |= DLM_LKF_CONVERT;
        }
        static const unsigned flags[] = {0,
                                         0,
                                         DLM_LKF_NOQUEUE,
                                         DLM_LKF_VALBLK,
                                         DLM_LKF_PERSISTENT,
                                         DLM_LKF_ORPHAN,
                                         DLM_LKF_CANCEL,
                                         DLM_LKF_FORCEUNLOCK,
                                         DLM_LKF_CONVDEADLK,
                                         DLM_LKF_QUECVT,
                                         DLM_LKF_HEADQUE,
                                         DLM_LKF_TIMEOUT,
                                         DLM_LKF_IVVALBLK | DLM_LKF_VALBLK};
        r.flags |= flags[below(std::size(flags))];
        r.timeout_cs = below(20);
        return lock_bytes(r, shape);
    }

    void mutate(std::vector<std::uint8_t> &bytes)
    {
        for (unsigned n = below(4); n > 1; n--)
            bytes[below(static_cast<unsigned>(bytes.size()))] =
                static_cast<std::uint8_t>(below(4) ? 1u << below(8) : random_());
        if (below(20) == 0)
            bytes.resize(below(220));
    }

    // Version, command, flags; not the name, and not FORCEFREE of a lockspace in use.
    void mutate_head(std::vector<std::uint8_t> &bytes, bool create)
    {
        if (below(2))
            bytes[below(create ? 20 : 16)] = static_cast<std::uint8_t>(random_());
        // The other command would see these bytes as a minor number or a name.
        if (bytes[12] != DLM_USER_CREATE_LOCKSPACE || !create)
            bytes[12] = bytes[12] == DLM_USER_CREATE_LOCKSPACE ? 0 : bytes[12];
        if (below(10) == 0)
            bytes.resize(below(24));
    }

    void read_some(Space &s)
    {
        std::uint8_t buffer[128];
        for (unsigned n = below(6); n; n--) {
            ssize_t result = read(s.fd(), buffer, below(8) ? 104 : below(128));
            note("read", result < 0 ? -errno : 0, read_errors);
        }
    }

    void note(const char *what, int result, const std::set<int> &table)
    {
        Run &run = run_;
        if (result >= 0) {
            seen_[0]++;
            return;
        }
        seen_[-result]++;
        if (!table.count(-result)) {
            std::cout << what << ": errno " << -result << std::endl;
            run.failures++;
            EXPECT_IS(result, 0);
        }
    }

    Run &run_;
    std::mt19937 random_;
    std::vector<int> ids_;
    std::map<int, int> seen_;
};

}  // namespace

int fuzz(Run &run, unsigned seed, int count)
{
    run.scenario = "fuzz";
    const int minor = find_minor(run.space);
    Fuzzer fuzzer(run, seed);
    fuzzer.lockspace(count);
    fuzzer.control(count / 20, static_cast<unsigned>(minor));
    run.process([&](Run &run) {
        Fuzzer mine(run, seed + 1);
        mine.without_privileges(count / 20, static_cast<unsigned>(minor));
    });
    // Enough of it got through to be worth something.
    for (int error : {0, EINVAL, EBADE, ENOENT, EBUSY, EAGAIN})
        EXPECT_THAT(fuzzer.answers(error) > 0);
    EXPECT_THAT(fuzzer.answers(0) > count / 5);

    Space s(run.space);
    EXPECT_IS(s.purge(0, 0), 0);
    for (int i = 0; i < names; i++) {
        EXPECT_THAT(s.lock(run.prefix + "fuzz." + std::to_string(i), 5) > 0);
        EXPECT_IS(s.status(), 0);
    }
    return run.failures ? 1 : 0;
}

}  // namespace dlm::user
