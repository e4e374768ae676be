// SPDX-License-Identifier: GPL-2.0-or-later
//
// POSIX locks: this program is the daemon, its children lock a file of a cluster file system.
// control-plane.md 6, and number 22 of its section 17.
#include "plock_checks.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

struct file;
struct file_lock;
#include <linux/dlm_plock.h>

namespace dlm::user {
namespace {

constexpr std::uint64_t to_the_end = 0x7fffffffffffffffULL;

class Daemon {
public:
    Daemon() : fd_(open("/dev/dlm_plock", O_RDWR | O_CLOEXEC)) {}
    ~Daemon() { ::close(fd_); }
    Daemon(const Daemon &) = delete;
    Daemon &operator=(const Daemon &) = delete;

    int fd() const { return fd_; }

    std::optional<dlm_plock_info> next(int timeout_ms = 10000)
    {
        pollfd p = {fd_, POLLIN, 0};
        dlm_plock_info info;
        if (poll(&p, 1, timeout_ms) != 1 || read(fd_, &info, sizeof(info)) != sizeof(info))
            return std::nullopt;
        return info;
    }
    bool silent(int timeout_ms = 200) { return !next(timeout_ms); }

    int answer(dlm_plock_info info, int rv)
    {
        info.rv = rv;
        info.nodeid = 1;
        return static_cast<int>(write(fd_, &info, sizeof(info)));
    }

private:
    int fd_;
};

// A child that makes one fcntl call on the file, after an optional first lock on it; exit code is
// its errno.
pid_t locker(const std::string &path, int cmd, short type, long start, long length,
             bool stays = false)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    // Not a second opener of the device.
    for (int fd = 3; fd < 64; fd++)
        ::close(fd);
    int fd = open(path.c_str(), O_RDWR | O_CREAT, 0644);
    struct flock lock = {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = start;
    lock.l_len = length;
    signal(SIGALRM, [](int) {});
    int result = fcntl(fd, cmd, &lock) ? errno : 0;
    if (result || !stays)
        _exit(result);
    for (;;)
        pause();
}

// Exit code, 1000 + signal, or -1 if it does not end in time.
int end_of(pid_t pid, int timeout_ms = 10000)
{
    for (int waited = 0; waited < timeout_ms; waited += 10) {
        int status;
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
        usleep(10000);
    }
    return -1;
}

void device(Run &run)
{
    Daemon d;
    char buffer[256] = {};
    EXPECT_IS(read(d.fd(), buffer, 64), -1);
    EXPECT_IS(errno, EAGAIN);
    EXPECT_IS(read(d.fd(), buffer, 63), -1);
    EXPECT_IS(errno, EINVAL);
    for (std::size_t size : {0, 63, 65, 128}) {
        EXPECT_IS(write(d.fd(), buffer, size), -1);
        EXPECT_IS(errno, EINVAL);
    }
    EXPECT_IS(write(d.fd(), buffer, 64), -1);
    EXPECT_IS(errno, EINVAL);
    dlm_plock_info info = {};
    info.version[0] = 1;
    info.version[1] = 3;
    EXPECT_IS(write(d.fd(), &info, 64), -1);
    EXPECT_IS(errno, EINVAL);
    info.version[1] = 2;
    info.optype = DLM_PLOCK_OP_LOCK;
    info.fsid = 0x1234;
    EXPECT_IS(write(d.fd(), &info, 64), 64);
    info.version[1] = 0;
    EXPECT_IS(write(d.fd(), &info, 64), 64);
    EXPECT_IS(write(d.fd(), no_address(), 64), -1);
    EXPECT_IS(errno, EFAULT);
    pollfd p = {d.fd(), POLLIN, 0};
    EXPECT_IS(poll(&p, 1, 0), 0);
    Daemon second;
    EXPECT_THAT(second.fd() >= 0);
}

void granted_and_closed(Run &run, const std::string &path)
{
    Daemon d;
    pid_t pid = locker(path, F_SETLK, F_WRLCK, 10, 10, true);
    auto op = d.next();
    EXPECT_THAT(op);
    if (!op)
        return;
    EXPECT_IS(op->version[0], 1u);
    EXPECT_IS(op->version[1], 2u);
    EXPECT_IS(static_cast<int>(op->optype), DLM_PLOCK_OP_LOCK);
    EXPECT_IS(static_cast<int>(op->ex), 1);
    EXPECT_IS(static_cast<int>(op->wait), 0);
    EXPECT_IS(static_cast<int>(op->flags), 0);
    EXPECT_IS(op->pid, static_cast<unsigned>(pid));
    EXPECT_IS(op->nodeid, 0);
    EXPECT_IS(op->start, 10u);
    EXPECT_IS(op->end, 19u);
    EXPECT_THAT(op->owner && op->fsid && op->number);
    EXPECT_IS(d.answer(*op, 0), 64);
    // The VFS knows of it.
    bool listed = false;
    for (int i = 0; i < 200 && !listed; i++, usleep(10000)) {
        std::ifstream in("/proc/locks");
        for (std::string line; std::getline(in, line);)
            listed |= line.find("POSIX") != std::string::npos &&
                      line.find(" " + std::to_string(pid) + " ") != std::string::npos;
    }
    EXPECT_THAT(listed);
    kill(pid, SIGKILL);
    EXPECT_IS(end_of(pid), 1000 + SIGKILL);
    auto closed = d.next();
    EXPECT_THAT(closed);
    if (!closed)
        return;
    EXPECT_IS(static_cast<int>(closed->optype), DLM_PLOCK_OP_UNLOCK);
    EXPECT_IS(static_cast<int>(closed->flags), DLM_PLOCK_FL_CLOSE);
    EXPECT_IS(closed->owner, op->owner);
    EXPECT_IS(closed->start, 0u);
    EXPECT_IS(closed->end, to_the_end);
    EXPECT_THAT(d.silent());
}

void results(Run &run, const std::string &path)
{
    Daemon d;
    for (int error : {EAGAIN, EIO, ENOSYS}) {
        pid_t pid = locker(path, F_SETLK, F_WRLCK, 0, 0);
        auto op = d.next();
        EXPECT_THAT(op && op->end == to_the_end);
        if (op)
            d.answer(*op, -error);
        EXPECT_IS(end_of(pid), error);
    }
    // Nothing is held, nothing is asked.
    pid_t pid = locker(path, F_SETLK, F_UNLCK, 0, 0);
    EXPECT_IS(end_of(pid), 0);
    EXPECT_THAT(d.silent());
}

void who_holds_it(Run &run, const std::string &path)
{
    Daemon d;
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(path.c_str(), O_RDWR | O_CREAT, 0644);
        struct flock lock = {};
        lock.l_type = F_WRLCK;
        if (fcntl(fd, F_GETLK, &lock))
            _exit(errno);
        _exit(lock.l_type == F_RDLCK && lock.l_start == 5 && lock.l_len == 3 && lock.l_pid == -77
                  ? 0
                  : 200);
    }
    auto op = d.next();
    EXPECT_THAT(op && op->optype == DLM_PLOCK_OP_GET);
    if (op) {
        op->rv = 1;
        op->ex = 0;
        op->start = 5;
        op->end = 7;
        op->pid = 77;
        op->nodeid = 99;
        EXPECT_IS(write(d.fd(), &*op, 64), 64);
    }
    EXPECT_IS(end_of(pid), 0);
    for (int rv : {0, -ENOENT}) {
        pid = locker(path, F_GETLK, F_WRLCK, 0, 0);
        op = d.next();
        EXPECT_THAT(op);
        if (op)
            d.answer(*op, rv);
        EXPECT_IS(end_of(pid), 0);
    }
}

void killed_while_waiting(Run &run, const std::string &path)
{
    Daemon d;
    pid_t pid = locker(path, F_SETLKW, F_WRLCK, 100, 1);
    auto op = d.next();
    EXPECT_THAT(op && op->wait == 1);
    if (!op)
        return;
    kill(pid, SIGALRM);
    EXPECT_IS(end_of(pid, 300), -1);
    kill(pid, SIGKILL);
    EXPECT_IS(end_of(pid), 1000 + SIGKILL);
    auto cleanup = d.next();
    EXPECT_THAT(cleanup);
    if (!cleanup)
        return;
    EXPECT_IS(static_cast<int>(cleanup->optype), DLM_PLOCK_OP_UNLOCK);
    EXPECT_IS(static_cast<int>(cleanup->flags), DLM_PLOCK_FL_CLOSE);
    EXPECT_IS(cleanup->owner, op->owner);
    EXPECT_IS(cleanup->number, op->number);
    EXPECT_IS(cleanup->start, 0u);
    EXPECT_IS(cleanup->end, to_the_end);
    // An answer that comes too late is taken without a word.
    EXPECT_IS(d.answer(*op, 0), 64);
    EXPECT_THAT(d.silent());
}

// Who waits is answered in any order, the others in theirs.
void order_of_answers(Run &run, const std::string &path)
{
    Daemon d;
    pid_t first = locker(path, F_SETLKW, F_WRLCK, 0, 1);
    auto a = d.next();
    pid_t second = locker(path, F_SETLKW, F_WRLCK, 0, 1);
    auto b = d.next();
    EXPECT_THAT(a && b);
    if (!a || !b)
        return;
    d.answer(*b, -EIO);
    EXPECT_IS(end_of(second), EIO);
    EXPECT_IS(end_of(first, 200), -1);
    d.answer(*a, -EAGAIN);
    EXPECT_IS(end_of(first), EAGAIN);

    first = locker(path, F_SETLK, F_WRLCK, 0, 1);
    a = d.next();
    second = locker(path, F_SETLK, F_WRLCK, 0, 1);
    b = d.next();
    EXPECT_THAT(a && b);
    if (!a || !b)
        return;
    d.answer(*a, -EAGAIN);
    EXPECT_IS(end_of(first), EAGAIN);
    d.answer(*b, -EIO);
    EXPECT_IS(end_of(second), EIO);
}

// Ours only, from here on.

// An answer that is no result would be taken by the VFS for "ask again" or handed to the program.
void results_that_are_none(Run &run, const std::string &path)
{
    Daemon d;
    for (int rv : {1, 2, 100000, -100000}) {
        for (int call : {F_SETLK, F_SETLKW}) {
            pid_t pid = locker(path, call, F_WRLCK, 0, 0);
            auto op = d.next();
            EXPECT_THAT(op);
            if (op)
                d.answer(*op, rv);
            EXPECT_IS(end_of(pid), EIO);
        }
    }
    EXPECT_THAT(d.silent());
}

// W16.

void killed_while_asking(Run &run, const std::string &path)
{
    Daemon d;
    pid_t pid = locker(path, F_SETLK, F_WRLCK, 7, 3);
    auto op = d.next();
    EXPECT_THAT(op);
    if (!op)
        return;
    kill(pid, SIGKILL);
    EXPECT_IS(end_of(pid), 1000 + SIGKILL);
    // Granted to nobody: taken back.
    d.answer(*op, 0);
    auto cleanup = d.next();
    EXPECT_THAT(cleanup && cleanup->flags == DLM_PLOCK_FL_CLOSE && cleanup->owner == op->owner);
    EXPECT_IS(cleanup ? cleanup->start : 0, 7u);
    EXPECT_IS(cleanup ? cleanup->end : 0, 9u);
    // Refused to nobody: nothing to do.
    pid = locker(path, F_SETLK, F_WRLCK, 7, 3);
    op = d.next();
    kill(pid, SIGKILL);
    EXPECT_IS(end_of(pid), 1000 + SIGKILL);
    if (op)
        d.answer(*op, -EAGAIN);
    EXPECT_THAT(d.silent());
}

void daemon_comes_back(Run &run, const std::string &path)
{
    pid_t pid;
    {
        Daemon d;
        pid = locker(path, F_SETLKW, F_RDLCK, 0, 1);
        EXPECT_THAT(d.next());
    }
    EXPECT_IS(end_of(pid, 300), -1);
    Daemon d;
    auto op = d.next();
    EXPECT_THAT(op && op->pid == static_cast<unsigned>(pid) && op->ex == 0);
    if (op)
        d.answer(*op, -EAGAIN);
    EXPECT_IS(end_of(pid), EAGAIN);
}

void daemon_stays_away(Run &run, const std::string &path)
{
    const char *patience = "/sys/module/dlm/parameters/plock_patience_secs";
    std::ofstream(patience) << 1 << std::flush;
    pid_t pid = locker(path, F_SETLKW, F_WRLCK, 0, 1);
    EXPECT_IS(end_of(pid, 5000), EIO);
    pid = locker(path, F_SETLK, F_WRLCK, 0, 1);
    EXPECT_IS(end_of(pid, 5000), EIO);
    std::ofstream(patience) << 60 << std::flush;
    Daemon d;
    EXPECT_THAT(d.silent());
}

}  // namespace

int plock_device(Run &run)
{
    run.scenario = "plock device";
    device(run);
    return run.failures ? 1 : 0;
}

int plocks(Run &run, const std::string &path)
{
    run.scenario = "plocks";
    granted_and_closed(run, path);
    results(run, path);
    who_holds_it(run, path);
    killed_while_waiting(run, path);
    order_of_answers(run, path);
    if (!run.stock) {
        results_that_are_none(run, path);
        killed_while_asking(run, path);
        daemon_comes_back(run, path);
        daemon_stays_away(run, path);
    }
    return run.failures ? 1 : 0;
}

}  // namespace dlm::user
