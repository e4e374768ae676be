// SPDX-License-Identifier: GPL-2.0-or-later
//
// The table of errors, records, poll, order and lifetime of the lockspace device: control-plane.md
// 5.2 to 5.7, and numbers 16, 17, 20 and 21 of its section 17.
#include "run.h"

#include <cerrno>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace dlm::user {
namespace {

constexpr int NL = 0, CR = 1, CW = 2, PR = 3, PW = 4, EX = 5;
constexpr unsigned vb = DLM_LKF_VALBLK, noqueue = DLM_LKF_NOQUEUE;
constexpr int eunlock = -0x10002, ecancel = -0x10001;

int taken(Run &run, Space &s, const std::string &name, int mode, unsigned flags = 0)
{
    int id = s.lock(name, mode, flags);
    EXPECT_THAT(id > 0);
    EXPECT_IS(s.status(), 0);
    return id;
}

void errors_of_write(Run &run)
{
    Space s(run.space, run.shape);
    LockRequest good;
    good.name = run.name(1);
    good.mode = EX;
    auto changed = [&](std::size_t at, std::uint8_t value) {
        auto bytes = lock_bytes(good, run.shape);
        bytes[at] = value;
        return put(s.fd(), bytes);
    };
    EXPECT_IS(changed(0, 5), -EBADE);
    EXPECT_IS(changed(0, 7), -EBADE);
    EXPECT_IS(changed(4, 1), -EBADE);
    for (int cmd :
         {0, DLM_USER_QUERY, DLM_USER_CREATE_LOCKSPACE, DLM_USER_REMOVE_LOCKSPACE, 8, 255})
        EXPECT_IS(changed(12, static_cast<std::uint8_t>(cmd)), -EINVAL);
    EXPECT_IS(changed(16, 6), -EINVAL);
    EXPECT_IS(changed(16, 255), -EINVAL);
    LockRequest longer = good;
    longer.name = std::string(65, 'x');
    EXPECT_IS(s.call(longer), -EINVAL);
    struct {
        int mode;
        unsigned flags;
    } refused[] = {
        {EX, DLM_LKF_CANCEL},
        {EX, DLM_LKF_QUECVT},
        {EX, DLM_LKF_CONVDEADLK},
        {PR, DLM_LKF_EXPEDITE},
        {NL, DLM_LKF_EXPEDITE | DLM_LKF_NOQUEUE},
        {NL, DLM_LKF_EXPEDITE | DLM_LKF_QUECVT},
    };
    for (const auto &c : refused)
        EXPECT_IS(s.lock(run.name(1), c.mode, c.flags), -EINVAL);
    EXPECT_IS(s.convert(0x12345, EX), -ENOENT);
    EXPECT_IS(write(s.fd(), no_address(), 120), -1);
    EXPECT_IS(errno, EFAULT);
    EXPECT_IS(write(s.fd(), "", 0), -1);
    EXPECT_IS(errno, EINVAL);
    auto bytes = lock_bytes(good, run.shape);
    bytes.resize(185);
    EXPECT_IS(put(s.fd(), bytes), -EINVAL);
    bytes.resize(99);
    EXPECT_IS(put(s.fd(), bytes), -EINVAL);
    EXPECT_THAT(s.silent(100));
    // The empty name is one.
    EXPECT_THAT(s.lock("", NL) > 0);
    EXPECT_IS(s.status(), 0);
    std::string longest(64, 'y');
    EXPECT_THAT(s.lock(longest, NL) > 0);
    EXPECT_IS(s.status(), 0);
    int minor = find_minor(run.space);
    EXPECT_IS(remove_space(static_cast<unsigned>(minor) + 1000), -ENOENT);
    EXPECT_IS(remove_space(0), -ENOENT);
    EXPECT_IS(remove_space(static_cast<unsigned>(minor)), -EBUSY);
}

void errors_by_state(Run &run)
{
    Space s(run.space, run.shape), other(run.space, run.shape);
    int held = taken(run, other, run.name(1), PR);
    int waiting = s.lock(run.name(1), EX);
    EXPECT_THAT(waiting > 0 && s.silent());
    EXPECT_IS(s.convert(waiting, NL), -EBUSY);
    EXPECT_IS(s.unlock(waiting, DLM_LKF_CANCEL), 0);
    EXPECT_IS(s.status(), ecancel);
    EXPECT_IS(s.unlock(waiting), -ENOENT);
    EXPECT_IS(s.convert(waiting, NL), -ENOENT);

    // A waiting lock can be unlocked.
    waiting = s.lock(run.name(1), EX);
    EXPECT_THAT(s.silent());
    EXPECT_IS(s.unlock(waiting), 0);
    EXPECT_IS(s.status(), eunlock);

    // Refused is dead, read or not.
    int refused = s.lock(run.name(1), EX, noqueue);
    EXPECT_THAT(refused > 0);
    EXPECT_THAT(s.readable(10000));
    EXPECT_IS(s.unlock(refused), -ENOENT);
    EXPECT_IS(s.unlock(refused, DLM_LKF_FORCEUNLOCK), -ENOENT);
    EXPECT_IS(s.unlock(refused, DLM_LKF_CANCEL), -ENOENT);
    int again = s.convert(refused, NL);
    EXPECT_THAT(again == -EBUSY || again == -ENOENT);
    EXPECT_IS(s.status(), -EAGAIN);
    EXPECT_IS(s.convert(refused, NL), -ENOENT);

    // Flags of an unlock.
    for (unsigned flags : {DLM_LKF_NOQUEUE, DLM_LKF_CONVERT, DLM_LKF_PERSISTENT,
                           DLM_LKF_CANCEL | DLM_LKF_FORCEUNLOCK})
        EXPECT_IS(other.unlock(held, flags), -EINVAL);
    // Nothing to cancel.
    EXPECT_IS(other.unlock(held, DLM_LKF_CANCEL), 0);
    EXPECT_THAT(other.silent());
    EXPECT_IS(other.convert(held, CW, DLM_LKF_QUECVT), 0);
    EXPECT_IS(other.status(), 0);
    EXPECT_IS(other.convert(held, NL, DLM_LKF_QUECVT), -EINVAL);
    EXPECT_IS(other.unlock(held), 0);
    EXPECT_IS(other.status(), eunlock);
}

void records(Run &run)
{
    Space s(run.space, run.shape);
    const bool wide = run.shape == Shape::native;
    const std::size_t small = wide ? 72 : 52;
    LockRequest r;
    r.name = run.name(1);
    r.mode = EX;
    r.flags = vb;
    int id = s.call(r);
    EXPECT_THAT(id > 0);
    EXPECT_THAT(s.readable(10000));
    auto c = s.next();
    EXPECT_IS(c->size, small + 32);
    EXPECT_IS(c->length, c->size);
    EXPECT_IS(c->version[0], 6u);
    EXPECT_IS(c->version[1], 0u);
    EXPECT_IS(c->version[2], 2u);
    EXPECT_IS(c->astaddr, 0x1002u);
    EXPECT_IS(c->astparam, 0x1001u);
    EXPECT_IS(c->lksb, 0x1005u);
    EXPECT_IS(c->lkid, static_cast<unsigned>(id));
    EXPECT_IS(c->lvb_offset, small);
    EXPECT_IS(c->lvb, "");
    // Without room for the value block it stays away, and is lost.
    EXPECT_IS(s.convert(id, NL, vb, "v"), 0);
    EXPECT_IS(s.status(), 0);
    EXPECT_IS(s.convert(id, PR, vb), 0);
    c = s.next(10000, small + 31);
    EXPECT_IS(c->size, small);
    EXPECT_IS(c->lvb_offset, 0u);
    // Too little room costs nothing.
    EXPECT_IS(s.convert(id, NL, vb), 0);
    EXPECT_THAT(s.readable(10000));
    char buffer[256];
    EXPECT_IS(read(s.fd(), buffer, 51), -1);
    EXPECT_IS(errno, EINVAL);
    EXPECT_IS(read(s.fd(), buffer, 12), 12);
    EXPECT_IS(s.status(), 0);
    EXPECT_IS(read(s.fd(), buffer, 104), -1);
    EXPECT_IS(errno, EAGAIN);
}

// Ours only: a reader that has no room for a record is told, and nothing is lost by a bad buffer.
void reads_that_fail(Run &run)
{
    Space s(run.space);
    int id = s.lock(run.name(1), EX);
    EXPECT_THAT(id > 0 && s.readable(10000));
    char buffer[256];
    EXPECT_IS(read(s.fd(), buffer, 71), -1);
    EXPECT_IS(errno, EINVAL);
    EXPECT_IS(read(s.fd(), no_address(), 104), -1);
    EXPECT_IS(errno, EFAULT);
    auto c = s.next();
    EXPECT_THAT(c && c->lkid == static_cast<unsigned>(id));
}

void blocking_callbacks(Run &run)
{
    Space s(run.space, run.shape), other(run.space, run.shape);
    LockRequest r;
    r.name = run.name(1);
    r.mode = EX;
    r.bastaddr = 0x2002;
    r.bastparam = 0x2001;
    int id = s.call(r);
    EXPECT_IS(s.status(), 0);
    int waiting = other.lock(run.name(1), PR);
    auto b = s.next();
    EXPECT_THAT(b);
    EXPECT_IS(b ? b->bast_mode : 0, PR);
    EXPECT_IS(b ? b->astaddr : 0, 0x2002u);
    EXPECT_IS(b ? b->astparam : 0, 0x2001u);
    EXPECT_IS(b ? b->lkid : 0, static_cast<unsigned>(id));
    EXPECT_IS(b ? b->status : 1, 0);
    EXPECT_THAT(other.silent(0));
    EXPECT_IS(s.convert(id, CR), 0);  // without a blocking function from here on
    EXPECT_IS(s.status(), 0);
    EXPECT_IS(other.status(), 0);
    EXPECT_IS(other.convert(waiting, EX), 0);
    EXPECT_THAT(s.silent());
    EXPECT_IS(s.unlock(id), 0);
    EXPECT_IS(s.status(), eunlock);
    EXPECT_IS(other.status(), 0);
}

// Number 20: pointers and flags of a conversion replace the stored ones, PERSISTENT too.
void conversions_replace(Run &run)
{
    run.process([](Run &run) {
        Space s(run.space, run.shape);
        int id = taken(run, s, run.name(1), EX, DLM_LKF_PERSISTENT);
        LockRequest r;
        r.mode = EX;
        r.flags = DLM_LKF_CONVERT;
        r.lkid = static_cast<unsigned>(id);
        r.castaddr = 0x3002;
        r.castparam = 0x3001;
        r.lksb = 0x3005;
        EXPECT_IS(s.call(r), 0);
        auto c = s.next();
        EXPECT_IS(c ? c->astaddr : 0, 0x3002u);
        EXPECT_IS(c ? c->astparam : 0, 0x3001u);
        EXPECT_IS(c ? c->lksb : 0, 0x3005u);
    });
    Space s(run.space, run.shape);
    EXPECT_IS(s.lock(run.name(1), EX, DLM_LKF_ORPHAN), -ENOENT);
    int id = taken(run, s, run.name(1), EX, noqueue);
    // An unlock replaces the status block always, the argument if it is not 0.
    LockRequest r;
    r.cmd = DLM_USER_UNLOCK;
    r.lkid = static_cast<unsigned>(id);
    r.castparam = 0;
    r.castaddr = 0x4002;
    r.lksb = 0x4005;
    EXPECT_IS(s.call(r), 0);
    auto c = s.next();
    EXPECT_IS(c ? c->astaddr : 0, 0x1002u);
    EXPECT_IS(c ? c->astparam : 0, 0x1001u);
    EXPECT_IS(c ? c->lksb : 0, 0x4005u);
}

// Each lock is emptied before the next; the order is that of the first unread callback.
void order_of_reading(Run &run)
{
    Space s(run.space, run.shape);
    int a = s.lock(run.name(1), PR);
    EXPECT_THAT(s.readable(10000));
    int b = s.lock(run.name(2), PR);
    EXPECT_THAT(a > 0 && b > 0);
    usleep(100000);
    EXPECT_IS(s.convert(a, NL), 0);
    usleep(100000);
    int ids[3] = {};
    for (int &id : ids) {
        auto c = s.next();
        id = c ? static_cast<int>(c->lkid) : 0;
    }
    EXPECT_IS(ids[0], a);
    EXPECT_IS(ids[1], a);
    EXPECT_IS(ids[2], b);
}

// Number 21.
void poll_states(Run &run)
{
    Space s(run.space, run.shape);
    auto events = [&] {
        pollfd p = {s.fd(), POLLIN | POLLOUT | POLLHUP | POLLERR, 0};
        poll(&p, 1, 0);
        return static_cast<int>(p.revents);
    };
    EXPECT_IS(events(), 0);
    int id = s.lock(run.name(1), EX);
    EXPECT_THAT(s.readable(10000));
    EXPECT_IS(events(), POLLIN);
    EXPECT_IS(s.status(), 0);
    EXPECT_IS(events(), 0);
    EXPECT_IS(s.unlock(id), 0);
    EXPECT_THAT(s.readable(10000));
    EXPECT_IS(s.status(), eunlock);
    int control = open("/dev/dlm-control", O_RDWR);
    pollfd p = {control, POLLIN | POLLOUT, 0};
    EXPECT_IS(poll(&p, 1, 0), 1);
    EXPECT_IS(static_cast<int>(p.revents), POLLIN | POLLOUT);
    ::close(control);
}

// More than stock's six; none is lost.
void no_callback_is_lost(Run &run)
{
    Space s(run.space, run.shape);
    int id = taken(run, s, run.name(1), NL);
    constexpr int conversions = 100;
    for (int i = 0; i < conversions; i++) {
        int result;
        // Remote answers take their time.
        for (int wait = 0; (result = s.convert(id, i % 2 ? NL : PR)) == -EBUSY && wait < 1000;
             wait++)
            usleep(1000);
        EXPECT_IS(result, 0);
    }
    usleep(200000);
    int seen = 0;
    while (s.readable(200) && s.status() == 0)
        seen++;
    EXPECT_IS(seen, conversions);
}

// Another open file, another process: by id, everybody can.
void locks_of_others(Run &run)
{
    Space s(run.space, run.shape);
    int id = taken(run, s, run.name(1), EX);
    run.process([id](Run &run) {
        Space mine(run.space, run.shape);
        EXPECT_IS(mine.convert(id, PR), 0);
        EXPECT_THAT(mine.silent());
    });
    EXPECT_IS(s.status(), 0);
    run.process([id](Run &run) {
        Space mine(run.space, run.shape);
        EXPECT_IS(mine.unlock(id), 0);
        EXPECT_THAT(mine.silent());
    });
    EXPECT_IS(s.status(), eunlock);
}

// The last close of a description counts, not the end of the process that opened it.
void fork_shares(Run &run)
{
    Space other(run.space, run.shape);
    {
        Space s(run.space, run.shape);
        taken(run, s, run.name(1), EX);
        run.process([](Run &) {});
        EXPECT_THAT(other.lock(run.name(1), EX, noqueue) > 0);
        EXPECT_IS(other.status(), -EAGAIN);
    }
    EXPECT_THAT(other.lock(run.name(1), EX) > 0);
    EXPECT_IS(other.status(), 0);
}

void blocking_read(Run &run)
{
    Space holder(run.space, run.shape);
    int id = taken(run, holder, run.name(1), EX);
    pid_t pid = run.start([](Run &run) {
        Space s(run.space, run.shape);
        fcntl(s.fd(), F_SETFL, fcntl(s.fd(), F_GETFL) & ~O_NONBLOCK);
        EXPECT_THAT(s.lock(run.name(1), PR) > 0);
        char buffer[256];
        EXPECT_IS(read(s.fd(), buffer, 104), run.shape == Shape::native ? 72 : 52);
    });
    usleep(300000);
    EXPECT_IS(holder.unlock(id), 0);
    run.join(pid);
}

// What waits or converts when its process ends.
void close_with_operations(Run &run)
{
    Space holder(run.space, run.shape);
    int id = taken(run, holder, run.name(1), PR);
    int second = taken(run, holder, run.name(2), PR);
    run.process([](Run &run) {
        Space s(run.space, run.shape);
        EXPECT_THAT(s.lock(run.name(1), EX) > 0);
        int converting = s.lock(run.name(2), CR, DLM_LKF_PERSISTENT);
        EXPECT_THAT(converting > 0);
        EXPECT_THAT(s.readable(10000));
        EXPECT_IS(s.status(), 0);
        EXPECT_IS(s.convert(converting, EX, DLM_LKF_PERSISTENT), 0);
        EXPECT_THAT(s.silent());
        int granted = s.lock(run.name(3), PW, DLM_LKF_PERSISTENT);
        EXPECT_IS(s.status(), 0);
        EXPECT_IS(s.unlock(granted), 0);
    });
    EXPECT_IS(holder.convert(id, EX), 0);
    EXPECT_IS(holder.status(), 0);
    // The conversion is cancelled: CR is what the orphan holds.
    int adopted = 0;
    for (int i = 0; i < 100; i++) {
        adopted = holder.lock(run.name(2), CR, DLM_LKF_ORPHAN);
        if (adopted != -EAGAIN && adopted != -ENOENT)
            break;
        usleep(20000);
    }
    EXPECT_THAT(adopted > 0);
    EXPECT_IS(holder.unlock(adopted), 0);
    EXPECT_IS(holder.status(), eunlock);
    EXPECT_IS(holder.convert(second, EX), 0);
    EXPECT_IS(holder.status(), 0);
    // An unlock that was under way ends.
    EXPECT_THAT(holder.lock(run.name(3), EX) > 0);
    EXPECT_IS(holder.status(), 0);
    EXPECT_IS(holder.lock(run.name(3), PW, DLM_LKF_ORPHAN), -ENOENT);
}

// After a 32-bit request of the same file, results are 32-bit ones.
void both_shapes(Run &run)
{
    Space wide(run.space), narrow(run.space, Shape::compat);
    taken(run, wide, run.name(1), PR);
    taken(run, narrow, run.name(1), PR);
    LockRequest r;
    r.name = run.name(2);
    r.mode = PR;
    EXPECT_THAT(put(wide.fd(), lock_bytes(r, Shape::compat)) > 0);
    EXPECT_THAT(wide.readable(10000));
    char buffer[256];
    EXPECT_IS(read(wide.fd(), buffer, 104), 52);

    // Somebody waits for results before the first request says what they are like: the thread of
    // libdlm.
    Space early(run.space, Shape::compat);
    fcntl(early.fd(), F_SETFL, fcntl(early.fd(), F_GETFL) & ~O_NONBLOCK);
    pid_t reader = run.start([&early](Run &run) {
        char buffer[256];
        EXPECT_IS(read(early.fd(), buffer, 104), 52);
    });
    usleep(300000);
    EXPECT_THAT(early.lock(run.name(3), PR) > 0);
    run.join(reader);
}

// What the debug file says of a lock: process, number given, flag of user space, orphan.
void shown_in_debugfs(Run &run)
{
    auto line = [&](int id) {
        std::ifstream in("/sys/kernel/debug/dlm/" + run.space + "_locks");
        std::ostringstream wanted;
        wanted << std::hex << id << " ";
        for (std::string text; std::getline(in, text);)
            if (text.rfind(wanted.str(), 0) == 0)
                return text;
        return std::string();
    };
    auto fields = [&](int id) {
        std::istringstream in(line(id));
        std::vector<std::string> all;
        for (std::string word; in >> word;)
            all.push_back(word);
        all.resize(14);
        return all;
    };
    int id = 0;
    int ends[2];
    EXPECT_IS(pipe(ends), 0);
    pid_t pid = run.start([&](Run &run) {
        Space s(run.space, run.shape);
        LockRequest r;
        r.name = run.name(1);
        r.mode = PW;
        r.xid = 4711;
        r.flags = DLM_LKF_PERSISTENT;
        int mine = s.call(r);
        EXPECT_IS(s.status(), 0);
        EXPECT_IS(fields(mine)[3], std::to_string(getpid()));
        EXPECT_IS(fields(mine)[4], "4711");
        EXPECT_IS(fields(mine)[6], "1");
        EXPECT_IS(write(ends[1], &mine, sizeof(mine)), static_cast<ssize_t>(sizeof(mine)));
    });
    run.join(pid);
    EXPECT_IS(read(ends[0], &id, sizeof(id)), static_cast<ssize_t>(sizeof(id)));
    ::close(ends[0]);
    ::close(ends[1]);
    EXPECT_IS(fields(id)[3], std::to_string(pid));
    Space s(run.space, run.shape);
    EXPECT_IS(s.lock(run.name(1), PW, DLM_LKF_ORPHAN), id);
    EXPECT_IS(fields(id)[3], std::to_string(getpid()));
    int answer = s.unlock(id);
    // A stock node may still be busy with the end of the first owner.
    for (int i = 0; run.stock && answer == -EBUSY && i < 100; i++) {
        usleep(20000);
        answer = s.unlock(id);
    }
    EXPECT_IS(answer, 0);
    EXPECT_IS(s.status(), eunlock);
}

}  // namespace

const std::vector<Entry> &device_checks()
{
    static const std::vector<Entry> all = {
        {"errors_of_write", errors_of_write},
        {"errors_by_state", errors_by_state},
        {"records", records},
        {"reads_that_fail", reads_that_fail},
        {"blocking_callbacks", blocking_callbacks},
        {"conversions_replace", conversions_replace},
        {"order_of_reading", order_of_reading},
        {"poll_states", poll_states},
        {"no_callback_is_lost", no_callback_is_lost},
        {"locks_of_others", locks_of_others},
        {"fork_shares", fork_shares},
        {"blocking_read", blocking_read},
        {"close_with_operations", close_with_operations},
        {"both_shapes", both_shapes},
        {"shown_in_debugfs", shown_in_debugfs},
    };
    return all;
}

}  // namespace dlm::user
