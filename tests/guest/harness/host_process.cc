// SPDX-License-Identifier: GPL-2.0-or-later
#include "host_process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>

extern char **environ;

namespace dlm::guest {
namespace {

// Descriptors are first moved above this, so that none lands on a number still to be copied.
constexpr int high_descriptor = 200;

// In the child between fork and exec: only calls that are safe there.
bool redirect(const char *path, int flags, int number)
{
    int fd = open(path, flags, 0644);
    if (fd < 0)
        return false;
    if (fd != number) {
        dup2(fd, number);
        close(fd);
    }
    return true;
}

std::vector<char *> pointers(std::vector<std::string> &strings)
{
    std::vector<char *> list;
    for (auto &text : strings)
        list.push_back(text.data());
    list.push_back(nullptr);
    return list;
}

}  // namespace

HostProcess::~HostProcess()
{
    kill();
}

Outcome HostProcess::start(const Spec &spec)
{
    if (running())
        return fail() << spec.argv[0] << " runs already";
    std::vector<std::string> arguments = spec.argv;
    std::vector<std::string> environment = spec.extra_environment;
    for (char **entry = environ; *entry; entry++)
        environment.emplace_back(*entry);
    auto argv = pointers(arguments);
    auto envp = pointers(environment);
    const char *out = spec.stdout_path.empty() ? "/dev/null" : spec.stdout_path.c_str();
    std::vector<int> moved(spec.descriptors.size());

    pid_t pid = fork();
    if (pid < 0)
        return fail() << "fork: " << std::strerror(errno);
    if (pid == 0) {
        setsid();
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        for (std::size_t i = 0; i < moved.size(); i++)
            moved[i] = fcntl(spec.descriptors[i].first, F_DUPFD_CLOEXEC, high_descriptor);
        bool good = redirect(spec.stdin_path.c_str(), O_RDONLY, 0) &&
                    redirect(out, O_WRONLY | O_CREAT | O_APPEND, 1);
        if (spec.stderr_path.empty())
            dup2(1, 2);
        else
            good = good && redirect(spec.stderr_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 2);
        for (std::size_t i = 0; i < moved.size(); i++)
            dup2(moved[i], spec.descriptors[i].second);
        if (good)
            execvpe(argv[0], argv.data(), envp.data());
        _exit(127);
    }
    pid_ = group_ = pid;
    status_ = 0;
    start_guardian();
    return ok();
}

void HostProcess::start_guardian()
{
    int line[2];
    if (pipe2(line, O_CLOEXEC))
        return;
    guardian_ = fork();
    if (guardian_ == 0) {
        setsid();
        dup2(line[0], 3);
        close_range(4, ~0u, 0);
        char word;
        ssize_t got;
        do {
            got = read(3, &word, 1);
        } while (got < 0 && errno == EINTR);
        if (got == 0)  // the harness is gone without a word
            ::kill(-group_, SIGKILL);
        _exit(0);
    }
    close(line[0]);
    guardian_line_.reset(line[1]);
}

void HostProcess::dismiss_guardian()
{
    if (guardian_ <= 0)
        return;
    if (write(guardian_line_.get(), "x", 1) < 0)
        ::kill(guardian_, SIGKILL);
    waitpid(guardian_, nullptr, 0);
    guardian_ = -1;
    guardian_line_.reset();
}

bool HostProcess::running()
{
    std::lock_guard hold(mutex_);
    return running_locked();
}

bool HostProcess::running_locked()
{
    if (pid_ <= 0)
        return false;
    pid_t got = waitpid(pid_, &status_, WNOHANG);
    if (got == 0)
        return true;
    pid_ = -1;
    return false;
}

void HostProcess::signal(int number)
{
    std::lock_guard hold(mutex_);
    if (running_locked())
        ::kill(pid_, number);
}

void HostProcess::kill()
{
    std::lock_guard hold(mutex_);
    if (group_ <= 0)
        return;
    ::kill(-group_, SIGKILL);
    if (pid_ > 0)
        waitpid(pid_, &status_, 0);
    pid_ = -1;
    // Other processes of the group are init's children: gone when the group has no member left.
    const auto end = Clock::now() + Seconds(10);
    while (::kill(-group_, 0) == 0 && Clock::now() < end)
        std::this_thread::sleep_for(Milliseconds(2));
    group_ = -1;
    dismiss_guardian();
}

bool HostProcess::wait_exit(Milliseconds deadline)
{
    const auto end = Clock::now() + deadline;
    while (running()) {
        if (Clock::now() > end)
            return false;
        std::this_thread::sleep_for(Milliseconds(10));
    }
    return true;
}

HostResult run_on_host(const std::vector<std::string> &argv, Milliseconds deadline)
{
    HostResult result;
    int line[2];
    if (pipe2(line, O_CLOEXEC))
        return result;
    UniqueFd from(line[0]), to(line[1]);
    HostProcess process;
    HostProcess::Spec spec;
    spec.argv = argv;
    spec.descriptors = {{to.get(), 1}, {to.get(), 2}};
    if (!process.start(spec))
        return result;
    to.reset();
    const auto end = Clock::now() + deadline;
    for (;;) {
        auto left = std::chrono::duration_cast<Milliseconds>(end - Clock::now()).count();
        pollfd wait{from.get(), POLLIN, 0};
        if (left <= 0 || poll(&wait, 1, static_cast<int>(left)) == 0) {
            result.timed_out = true;
            return result;
        }
        char buf[16384];
        ssize_t got = read(from.get(), buf, sizeof(buf));
        if (got <= 0)
            break;
        result.output.append(buf, static_cast<std::size_t>(got));
    }
    result.timed_out = !process.wait_exit(deadline);
    int status = process.exit_status();
    result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

}  // namespace dlm::guest
