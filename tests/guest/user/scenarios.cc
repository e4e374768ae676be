// SPDX-License-Identifier: GPL-2.0-or-later
//
// Scenarios U01 to U14 of lock-semantics 21.11, each in the lockspace that the command line names.
#include "run.h"

#include <cerrno>
#include <ctime>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dlm::user {

pid_t Run::start(const std::function<void(Run &)> &what)
{
    std::cout.flush();
    pid_t pid = fork();
    if (pid == 0) {
        Run mine = *this;
        mine.failures = 0;
        what(mine);
        std::cout.flush();
        _exit(mine.failures ? 1 : 0);
    }
    return pid;
}

void Run::join(pid_t pid)
{
    int status = 0;
    if (waitpid(pid, &status, 0) != pid || status != 0)
        failures++;
}

void Run::process(const std::function<void(Run &)> &what)
{
    join(start(what));
}

namespace {

constexpr int NL = 0, CR = 1, PR = 3, PW = 4, EX = 5;
constexpr unsigned vb = DLM_LKF_VALBLK, persistent = DLM_LKF_PERSISTENT, orphan = DLM_LKF_ORPHAN,
                   noqueue = DLM_LKF_NOQUEUE;
constexpr int eunlock = -0x10002;

void u01(Run &run)
{
    int fd = open("/dev/dlm-control", O_RDWR);
    std::uint32_t version[3] = {};
    EXPECT_IS(read(fd, version, 12), 12);
    EXPECT_IS(version[0], 6u);
    EXPECT_IS(version[1], 0u);
    EXPECT_IS(version[2], 2u);
    ::close(fd);
}

void u02(Run &run)
{
    int minor = find_minor(run.space);
    EXPECT_THAT(minor >= 0);
    EXPECT_IS(create_space(run.space, DLM_LSFL_NEWEXCL), -EEXIST);
    EXPECT_IS(create_space(run.space), minor);
    EXPECT_IS(remove_space(static_cast<unsigned>(minor)), 0);
    EXPECT_IS(find_minor(run.space), minor);
}

void u03(Run &run)
{
    Space s(run.space, run.shape);
    LockRequest r;
    r.name = run.name(1);
    r.castaddr = 0;
    EXPECT_IS(s.call(r), -EINVAL);
    r.castaddr = 1;
    r.lksb = 0;
    EXPECT_IS(s.call(r), -EINVAL);
    EXPECT_IS(s.unlock(0x12345), -ENOENT);
    EXPECT_IS(s.unlock(0), -ENOENT);
}

void u04(Run &run)
{
    run.process([](Run &run) {
        Space s(run.space, run.shape);
        int id = s.lock(run.name(1), EX, vb | persistent);
        EXPECT_THAT(id > 0);
        EXPECT_IS(s.status(), 0);
        EXPECT_IS(s.convert(id, EX, vb | persistent, "one"), 0);
        EXPECT_IS(s.status(), 0);
    });
    Space s(run.space, run.shape);
    EXPECT_IS(s.lock(run.name(1), PR, orphan), -EAGAIN);
    int id = s.lock(run.name(1), EX, orphan | vb | persistent);
    EXPECT_THAT(id > 0);
    EXPECT_THAT(s.silent());
    EXPECT_IS(s.convert(id, NL, vb, "two"), 0);
    EXPECT_IS(s.status(), 0);
    int reader = s.lock(run.name(1), PR, vb);
    EXPECT_THAT(reader > 0);
    auto c = s.next();
    EXPECT_THAT(c && c->status == 0);
    EXPECT_IS(c ? c->lvb : "", "two");
    EXPECT_IS(s.unlock(id), 0);
    EXPECT_IS(s.status(), eunlock);
}

void u05(Run &run)
{
    Space s(run.space, run.shape);
    EXPECT_IS(s.lock(run.name(1), EX, orphan), -ENOENT);
    EXPECT_THAT(s.silent());
}

void u06(Run &run)
{
    Space s(run.space, run.shape);
    EXPECT_THAT(s.lock(run.name(1), NL, vb) > 0);
    EXPECT_IS(s.status(), 0);
    run.process([](Run &run) {
        Space s(run.space, run.shape);
        int id = s.lock(run.name(1), PW, vb);
        EXPECT_IS(s.status(), 0);
        EXPECT_IS(s.convert(id, PW, vb, "good"), 0);
        EXPECT_IS(s.status(), 0);
    });
    EXPECT_THAT(s.lock(run.name(1), PR, vb) > 0);
    auto c = s.next();
    EXPECT_THAT(c && c->status == 0);
    EXPECT_IS(c ? c->sb_flags : 0, 2u);
    EXPECT_IS(c ? c->lvb : "", "good");
}

void u07(Run &run)
{
    run.process([](Run &run) {
        Space s(run.space, run.shape);
        EXPECT_THAT(s.lock(run.name(1), EX) > 0);
        EXPECT_IS(s.status(), 0);
    });
    Space s(run.space, run.shape);
    EXPECT_THAT(s.lock(run.name(1), EX, noqueue) > 0);
    EXPECT_IS(s.status(), 0);
}

void u08(Run &run)
{
    Space holder(run.space, run.shape);
    EXPECT_THAT(holder.lock(run.name(1), EX) > 0);
    EXPECT_IS(holder.status(), 0);
    run.process([](Run &run) {
        Space s(run.space, run.shape);
        EXPECT_THAT(s.lock(run.name(1), EX, persistent) > 0);
        EXPECT_THAT(s.silent());
    });
    usleep(200000);
    for (int mode : {NL, EX})
        EXPECT_IS(holder.lock(run.name(1), mode, orphan), run.stock ? -EAGAIN : -ENOENT);
    EXPECT_IS(holder.purge(0, 0), 0);
}

void u09(Run &run)
{
    for (int i : {1, 2})
        run.process([i](Run &run) {
            Space s(run.space, run.shape);
            EXPECT_THAT(s.lock(run.name(i), EX, persistent) > 0);
            EXPECT_IS(s.status(), 0);
        });
    Space s(run.space, run.shape);
    EXPECT_THAT(s.lock(run.name(1), EX, noqueue) > 0);
    EXPECT_IS(s.status(), -EAGAIN);
    run.process([](Run &run) {
        Space s(run.space, run.shape);
        EXPECT_IS(s.purge(0, 0), 0);
    });
    for (int i : {1, 2}) {
        EXPECT_THAT(s.lock(run.name(i), EX) > 0);
        EXPECT_IS(s.status(), 0);
    }
}

// Only the orphans of the process that is named.
void u09_by_pid(Run &run)
{
    pid_t pids[3] = {};
    for (int i : {1, 2}) {
        pids[i] = run.start([i](Run &run) {
            Space s(run.space, run.shape);
            EXPECT_THAT(s.lock(run.name(i), EX, persistent) > 0);
            EXPECT_IS(s.status(), 0);
        });
        run.join(pids[i]);
    }
    Space s(run.space, run.shape);
    EXPECT_IS(s.purge(0, pids[1]), 0);
    EXPECT_THAT(s.lock(run.name(1), EX) > 0);
    EXPECT_IS(s.status(), 0);
    EXPECT_THAT(s.lock(run.name(2), EX, noqueue) > 0);
    EXPECT_IS(s.status(), -EAGAIN);
    EXPECT_IS(s.purge(0, pids[2]), 0);
    EXPECT_THAT(s.lock(run.name(2), EX) > 0);
    EXPECT_IS(s.status(), 0);
}

void u10(Run &run)
{
    Space s(run.space, run.shape), other(run.space, run.shape);
    EXPECT_THAT(s.lock(run.name(1), EX) > 0);
    EXPECT_IS(s.status(), 0);
    EXPECT_THAT(s.lock(run.name(2), PR, persistent) > 0);
    EXPECT_IS(s.status(), 0);
    EXPECT_THAT(other.lock(run.name(3), EX) > 0);
    EXPECT_IS(other.status(), 0);
    // One whose completion is not read.
    EXPECT_THAT(s.lock(run.name(4), EX) > 0);
    EXPECT_IS(s.purge(0, getpid()), 0);
    EXPECT_THAT(s.silent());
    for (int i : {1, 2, 4}) {
        EXPECT_THAT(other.lock(run.name(i), EX, noqueue) > 0);
        EXPECT_IS(other.status(), 0);
    }
    // What the same process has by another open file stays.
    EXPECT_THAT(s.lock(run.name(3), EX, noqueue) > 0);
    EXPECT_IS(s.status(), -EAGAIN);
}

void u11(Run &run)
{
    Space s(run.space, run.shape), holder(run.space, run.shape);
    EXPECT_THAT(holder.lock(run.name(1), PR) > 0);
    EXPECT_IS(holder.status(), 0);
    int waiting = s.lock(run.name(1), EX);
    EXPECT_THAT(waiting > 0 && s.silent());
    EXPECT_IS(s.deadlock(waiting), 0);
    EXPECT_IS(s.status(), -EDEADLK);
    EXPECT_IS(s.unlock(waiting), -ENOENT);

    int converting = s.lock(run.name(1), CR);
    EXPECT_IS(s.status(), 0);
    EXPECT_IS(s.convert(converting, EX), 0);
    EXPECT_THAT(s.silent());
    EXPECT_IS(s.deadlock(converting), 0);
    EXPECT_IS(s.status(), -EDEADLK);
    // It holds CR again: a CW is compatible with that, not with the PR.
    EXPECT_IS(s.convert(converting, PR), 0);
    EXPECT_IS(s.status(), 0);
    // Nothing to cancel.
    EXPECT_IS(s.deadlock(converting), 0);
    EXPECT_THAT(s.silent());
    EXPECT_IS(s.deadlock(converting, DLM_LKF_CANCEL | DLM_LKF_FORCEUNLOCK), -EINVAL);
    EXPECT_IS(s.deadlock(0x12345), -ENOENT);
}

void u12(Run &run)
{
    Space s(run.space, run.shape);
    int id = s.lock(run.name(1), EX, vb);
    EXPECT_IS(s.status(), 0);
    EXPECT_IS(s.convert(id, PW, vb, "w"), 0);
    auto written = s.next();
    EXPECT_THAT(written && written->status == 0 && written->lvb_offset == 0);
    EXPECT_IS(s.convert(id, NL, vb, "x"), 0);
    EXPECT_IS(s.status(), 0);
    EXPECT_IS(s.convert(id, PR, vb), 0);
    auto got = s.next();
    EXPECT_THAT(got && got->status == 0 && got->lvb_offset != 0);
    EXPECT_IS(got ? got->lvb : "", "x");
}

void u14(Run &run)
{
    Space s(run.space, run.shape);
    LockRequest r;
    r.name = "1234";
    auto bytes = lock_bytes(r, run.shape);
    bytes[17] = run.shape == Shape::padded ? 9 : 5;
    EXPECT_IS(put(s.fd(), bytes), -EINVAL);
    bytes[17] = 255;
    EXPECT_IS(put(s.fd(), bytes), -EINVAL);
    bytes[17] = 4;
    EXPECT_THAT(put(s.fd(), bytes) > 0);
    EXPECT_IS(s.status(), 0);
}

double seconds()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// The guest may be kept waiting for a processor; that it must not be early is exact.
void expect_after(Run &run, double since, double wanted)
{
    const double took = seconds() - since;
    EXPECT_THAT(took >= wanted && took < wanted + 0.5);
    if (took < wanted || took >= wanted + 0.5)
        std::cout << "after " << took << " s" << std::endl;
}

void p09(Run &run)
{
    Space s(run.space, run.shape), holder(run.space, run.shape);
    EXPECT_THAT(holder.lock(run.name(1), PR) > 0);
    EXPECT_IS(holder.status(), 0);
    LockRequest r;
    r.name = run.name(1);
    r.mode = EX;
    r.flags = DLM_LKF_TIMEOUT;
    r.timeout_cs = 200;
    double start = seconds();
    int id = s.call(r);
    EXPECT_THAT(id > 0);
    EXPECT_IS(s.status(), -ETIMEDOUT);
    expect_after(run, start, 2.0);
    EXPECT_IS(s.unlock(id), -ENOENT);

    // A conversion keeps the mode that it had.
    id = s.lock(run.name(1), CR);
    EXPECT_IS(s.status(), 0);
    r.lkid = static_cast<unsigned>(id);
    r.flags |= DLM_LKF_CONVERT;
    r.timeout_cs = 50;
    start = seconds();
    EXPECT_IS(s.call(r), 0);
    EXPECT_IS(s.status(), -ETIMEDOUT);
    expect_after(run, start, 0.5);
    EXPECT_IS(s.convert(id, CR), 0);
    EXPECT_IS(s.status(), 0);

    // Granted in time, and the timeout does not hit what comes after it.
    r.mode = PR;
    EXPECT_IS(s.call(r), 0);
    EXPECT_IS(s.status(), 0);
    EXPECT_IS(s.convert(id, EX), 0);
    EXPECT_THAT(s.silent(800));
    EXPECT_IS(s.unlock(id), 0);
    EXPECT_IS(s.status(), eunlock);

    // The flag without a time means nothing; nor does a time without the flag.
    r = {};
    r.name = run.name(1);
    r.mode = EX;
    r.flags = DLM_LKF_TIMEOUT;
    EXPECT_THAT(s.call(r) > 0);
    r.flags = 0;
    r.timeout_cs = 10;
    EXPECT_THAT(s.call(r) > 0);
    EXPECT_THAT(s.silent(400));
    // Whoever closes takes his timeouts along.
    r.flags = DLM_LKF_TIMEOUT;
    r.timeout_cs = 30;
    EXPECT_THAT(s.call(r) > 0);
    s.close();
    usleep(500000);
}

}  // namespace

const std::vector<Entry> &scenarios()
{
    static const std::vector<Entry> all = {
        {"U01", u01}, {"U02", u02}, {"U03", u03}, {"U04", u04}, {"U05", u05},
        {"U06", u06}, {"U07", u07}, {"U08", u08}, {"U09", u09}, {"U09p", u09_by_pid},
        {"U10", u10}, {"U11", u11}, {"U12", u12}, {"U14", u14}, {"P09", p09},
    };
    return all;
}

}  // namespace dlm::user
