// SPDX-License-Identifier: GPL-2.0-or-later
//
// /dev/dlm_<lockspace>: calls about locks in all three shapes, results read, files closed with
// whatever they have.
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "fuzzer.h"

namespace dlm::user {
namespace {

std::uint32_t word(const Bytes &bytes, std::size_t at)
{
    std::uint32_t value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    return value;
}

std::uint64_t pointer(const Bytes &bytes, bool wide, std::size_t native, std::size_t compat)
{
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data() + (wide ? native : compat), wide ? 8 : 4);
    return value;
}

// Of a LOCK, UNLOCK or DEADLOCK with all its bytes.
const char *lock_operation(const Bytes &bytes)
{
    const bool wide = bytes[13];
    const std::uint32_t flags = word(bytes, 20);
    const bool cancel = flags & DLM_LKF_CANCEL, force = flags & DLM_LKF_FORCEUNLOCK;
    if (bytes[12] == DLM_USER_LOCK) {
        if (!pointer(bytes, wide, 56, 52) || !pointer(bytes, wide, 80, 64))
            return "LOCK addresses";
        if (flags & DLM_LKF_CONVERT)
            return "CONVERT";
        if (flags & DLM_LKF_ORPHAN)
            return "LOCK orphan";
        return word(bytes, 28) ? "LOCK below" : "LOCK";
    }
    const unsigned allowed =
        DLM_LKF_CANCEL | DLM_LKF_VALBLK | DLM_LKF_IVVALBLK | DLM_LKF_FORCEUNLOCK;
    const bool deadlock = bytes[12] == DLM_USER_DEADLOCK;
    if ((flags & ~allowed) || (force && (cancel || deadlock)))
        return "UNLOCK flags";
    return deadlock ? "DEADLOCK" : cancel ? "CANCEL" : force ? "UNLOCK forced" : "UNLOCK";
}

// The row of what these bytes ask for, in the order in which they are looked at.
const char *operation(const Bytes &bytes)
{
    if (bytes.size() < 16 || bytes.size() > 184)
        return "size";
    if (word(bytes, 0) != DLM_DEVICE_VERSION_MAJOR || word(bytes, 4) > DLM_DEVICE_VERSION_MINOR)
        return "version";
    switch (bytes[12]) {
    case DLM_USER_LOCK:
    case DLM_USER_UNLOCK:
    case DLM_USER_DEADLOCK: {
        const std::size_t name = bytes[13] ? 120 : 100;
        if (bytes.size() < name || bytes.size() - name < bytes[17])
            return "size";
        return lock_operation(bytes);
    }
    case DLM_USER_PURGE:
        if (bytes.size() < 24)
            return "size";
        return word(bytes, 16) ? "PURGE node" : "PURGE";
    default: return "command";
    }
}

class SpaceFuzzer {
public:
    explicit SpaceFuzzer(Fuzzer &f) : f_(f) {}

    void run()
    {
        while (!f_.done()) {
            if (!s_ || f_.one_in(300))
                reopen();
            write_one();
            if (f_.one_in(3))
                read_some();
            if (f_.one_in(50))
                poll_one();
        }
    }

private:
    void reopen()
    {
        s_ = std::make_unique<Space>(f_.run().space, static_cast<Shape>(f_.below(3)));
        f_.note_call("open", s_->fd());
        ids_.clear();
    }

    Bytes request()
    {
        const Shape shape = static_cast<Shape>(f_.below(3));
        if (f_.one_in(50))
            return purge_bytes(f_.below(2) ? 0 : f_.below(5),
                               f_.below(2) ? static_cast<unsigned>(getpid()) : f_.below(2000),
                               shape);
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
        LockRequest r;
        r.cmd = f_.below(2) ? DLM_USER_LOCK : f_.below(8) ? DLM_USER_UNLOCK : DLM_USER_DEADLOCK;
        r.mode = static_cast<int>(f_.below(6));
        r.name = f_.run().prefix + "fuzz." + std::to_string(f_.below(fuzz_names));
        r.bastaddr = f_.below(2);
        r.lvb = "value";
        r.flags = flags[f_.below(std::size(flags))];
        r.timeout_cs = f_.below(20);
        if (f_.one_in(200))
            (f_.below(2) ? r.castaddr : r.lksb) = 0;
        if (!ids_.empty() && f_.below(2)) {
            const unsigned id = ids_[f_.below(static_cast<unsigned>(ids_.size()))];
            if (r.cmd == DLM_USER_LOCK && f_.one_in(8)) {
                r.parent = id;
            } else {
                r.lkid = id;
                if (r.cmd == DLM_USER_LOCK)
                    r.flags |= DLM_LKF_CONVERT;
            }
        }
        return lock_bytes(r, shape);
    }

    void write_one()
    {
        Bytes bytes = request();
        if (f_.one_in(200)) {
            const ssize_t result = write(s_->fd(), no_address(), bytes.size());
            f_.note_call("bad buffer", result);
            return;
        }
        f_.mutate(bytes);
        const int result = put(s_->fd(), bytes);
        f_.note(operation(bytes), result);
        if (result > 0 && bytes[12] == DLM_USER_LOCK)
            ids_.push_back(static_cast<unsigned>(result));
    }

    void read_some()
    {
        std::uint8_t buffer[128];
        for (unsigned n = f_.below(6); n; n--) {
            const unsigned room = f_.below(8) ? 104 : f_.below(sizeof(buffer));
            if (room >= 72 && f_.one_in(50)) {
                f_.note_call("read buffer", read(s_->fd(), no_address(), room));
                continue;
            }
            const ssize_t result = read(s_->fd(), buffer, room);
            f_.note_call(room == 12   ? "read version"
                         : room < 52  ? "read size"
                         : room >= 72 ? "read"
                                      : "read between",
                         result);
        }
    }

    void poll_one()
    {
        pollfd p = {s_->fd(), POLLIN | POLLOUT | POLLHUP | POLLERR, 0};
        f_.note_call("space poll", poll(&p, 1, 0));
        if (p.revents & ~POLLIN)
            f_.note("space poll", -p.revents);
    }

    Fuzzer &f_;
    std::unique_ptr<Space> s_;
    std::vector<unsigned> ids_;
};

}  // namespace

void fuzz_space(Fuzzer &f)
{
    Run &run = f.run();
    if (f.nobody())
        f.drop_privileges();
    SpaceFuzzer(f).run();
    // Enough of it got through to be worth something; of a short run, not all of it.
    for (const char *each : {"LOCK", "CONVERT", "UNLOCK", "read"})
        EXPECT_THAT(f.seen(each, 0) > 0);
    for (const char *each : {"size", "command", "UNLOCK flags", "read size"})
        EXPECT_THAT(f.seen(each, EINVAL) > 0);
    EXPECT_THAT(f.seen("version", EBADE) > 0 && f.seen("UNLOCK", ENOENT) > 0);
    if (f.count() < 20000)
        return;
    for (const char *each : {"UNLOCK forced", "CANCEL", "DEADLOCK", "PURGE", "LOCK below"})
        EXPECT_THAT(f.seen(each, 0) > 0);
    for (const char *each : {"bad buffer", "read buffer"})
        EXPECT_THAT(f.seen(each, EFAULT) > 0);
    EXPECT_THAT(f.seen("LOCK addresses", EINVAL) > 0 && f.seen("CONVERT", EBUSY) > 0);
    EXPECT_THAT(f.seen("LOCK orphan", EAGAIN) > 0);
    EXPECT_THAT(f.seen("LOCK", 0) + f.seen("CONVERT", 0) > f.count() / 30);
}

}  // namespace dlm::user
