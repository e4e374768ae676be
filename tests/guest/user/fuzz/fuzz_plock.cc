// SPDX-License-Identifier: GPL-2.0-or-later
//
// /dev/dlm_plock: answers to requests that are there, mutated, before each is answered as it should
// be; who asks are threads of a process that locks a file of a cluster file system for ever.
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzzer.h"

struct file;
struct file_lock;
#include <linux/dlm_plock.h>

namespace dlm::user {
namespace {

constexpr unsigned lockers = 3;

// Errors of the calls are what the daemon says; that they end is all that counts here.
[[noreturn]] void lock_for_ever(const std::string &file, unsigned seed)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::mt19937 random(seed);
    const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    for (;;) {
        struct flock lock = {};
        static const short types[] = {F_RDLCK, F_WRLCK, F_UNLCK};
        static const int calls[] = {F_SETLK, F_SETLKW, F_GETLK};
        const int call = calls[random() % 3];
        lock.l_type = types[random() % (call == F_GETLK ? 2 : 3)];
        lock.l_start = static_cast<off_t>(random() % 50);
        lock.l_len = static_cast<off_t>(random() % 50);
        fcntl(fd, call, &lock);
    }
}

class PlockFuzzer {
public:
    explicit PlockFuzzer(Fuzzer &f) : f_(f), fd_(open("/dev/dlm_plock", O_RDWR | O_CLOEXEC))
    {
        f_.note_call("open", fd_);
    }
    ~PlockFuzzer() { ::close(fd_); }
    PlockFuzzer(const PlockFuzzer &) = delete;
    PlockFuzzer &operator=(const PlockFuzzer &) = delete;

    void run()
    {
        while (!f_.done()) {
            for (unsigned n = f_.below(8); n; n--)
                write_mutated();
            if (f_.one_in(8))
                read_badly();
            if (read_one())
                answered_ += answer();
        }
    }

    // Until nobody asks any more.
    void answer_all()
    {
        pollfd p = {fd_, POLLIN, 0};
        while (poll(&p, 1, 500) == 1 && read_one())
            answer();
    }

    int answered() const { return answered_; }

private:
    bool read_one()
    {
        pollfd p = {fd_, POLLIN, 0};
        poll(&p, 1, 20);
        const ssize_t got = read(fd_, &last_, sizeof(last_));
        f_.note_call("plock read", got);
        return got == sizeof(last_);
    }

    bool answer()
    {
        dlm_plock_info info = last_;
        static const int results[] = {0, 0, 0, -EAGAIN, -EIO, -ENOENT};
        info.rv = results[f_.below(6)];
        // With the close flag nobody waits.
        f_.note("plock write", put(fd_, bytes_of(info)));
        return !(info.flags & DLM_PLOCK_FL_CLOSE);
    }

    static Bytes bytes_of(const dlm_plock_info &info)
    {
        Bytes bytes(sizeof(info));
        std::memcpy(bytes.data(), &info, sizeof(info));
        return bytes;
    }

    void write_mutated()
    {
        Bytes bytes = bytes_of(last_);
        f_.mutate(bytes, 130);
        if (f_.one_in(50)) {
            f_.note_call("plock bad write", write(fd_, no_address(), sizeof(last_)));
            return;
        }
        f_.note(operation(bytes), put(fd_, bytes));
    }

    static const char *operation(const Bytes &bytes)
    {
        if (bytes.size() != sizeof(dlm_plock_info))
            return "plock size";
        std::uint32_t version[2];
        std::memcpy(version, bytes.data(), sizeof(version));
        return version[0] != 1 || version[1] > 2 ? "plock version" : "plock write";
    }

    void read_badly()
    {
        char buffer[64];
        if (f_.below(2))
            f_.note_call("plock size", read(fd_, buffer, f_.below(64)));
        else
            f_.note_call("plock bad read", read(fd_, no_address(), sizeof(last_)));
    }

    Fuzzer &f_;
    int fd_;
    int answered_ = 0;
    dlm_plock_info last_ = {{1, 2, 0}, DLM_PLOCK_OP_LOCK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
};

}  // namespace

void fuzz_plock(Fuzzer &f, const std::string &file)
{
    Run &run = f.run();
    if (f.nobody())
        f.drop_privileges();
    std::vector<pid_t> asking;
    for (unsigned i = 0; i < lockers; i++) {
        std::cout.flush();
        const pid_t pid = fork();
        if (pid == 0)
            lock_for_ever(file, i);
        asking.push_back(pid);
    }
    PlockFuzzer fuzzer(f);
    fuzzer.run();
    for (pid_t pid : asking)
        kill(pid, SIGKILL);
    fuzzer.answer_all();
    // Nobody who asked hangs.
    for (pid_t pid : asking) {
        int waited = 0;
        while (waitpid(pid, nullptr, WNOHANG) != pid && waited++ < 1000)
            usleep(10000);
        EXPECT_THAT(waited < 1000);
    }
    fuzzer.answer_all();
    EXPECT_THAT(fuzzer.answered() > f.count() / 50);
    EXPECT_THAT(f.seen("plock size", EINVAL) > 0 && f.seen("plock version", EINVAL) > 0);
    EXPECT_THAT(f.seen("plock read", EAGAIN) + f.seen("plock bad read", EFAULT) > 0);
}

}  // namespace dlm::user
