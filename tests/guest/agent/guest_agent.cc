// SPDX-License-Identifier: GPL-2.0-or-later
//
// The command agent: runs shell commands in a guest for the harness on the host.
//
// Started by the guest's init with the device of the line as argument, normally as PID 1, so it
// also reaps orphans. One thread, one poll loop; a command is over when its shell has died, not
// when its pipes are closed, since a background child may hold them open for ever. Commands in
// state D never hold the loop up: nothing here waits for a process.
#include "protocol.h"
#include "uevents.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace dlm::guest {
namespace {

constexpr std::size_t line_backlog_max = 1u << 20;  // stop reading the pipes beyond this
constexpr int drain_ms = 20;                        // after the shell's death

struct Job {
    pid_t pid = -1;
    int in = -1, out = -1, err = -1;
    std::string pending_in;
    bool close_in = false;
    bool dead = false;
    int exit_code = 0;
    long finish_at_ms = 0;
};

long now_ms()
{
    timespec ts{};
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000L + ts.tv_nsec / 1000000;
}

void close_fd(int &fd)
{
    if (fd >= 0)
        close(fd);
    fd = -1;
}

class Agent {
public:
    Agent(int line, int signals) : line_(line), signals_(signals) { to_host_ = agent_greeting; }

    void loop()
    {
        for (;;) {
            poll_once();
            finish_dead_jobs();
        }
    }

private:
    void poll_once();
    void read_line();
    void write_line();
    void handle(const FrameHeader &header, std::string_view data);
    void start(std::uint32_t id, std::string_view script);
    void feed(Job &job);
    void drain(std::uint32_t id, int &fd, FrameType type);
    void reap();
    void finish_dead_jobs();

    int line_, signals_;
    std::string from_host_, to_host_;
    std::map<std::uint32_t, Job> jobs_;
};

void Agent::poll_once()
{
    struct Source {
        std::uint32_t id;
        int which;  // 0 stdin, 1 stdout, 2 stderr
    };
    std::vector<pollfd> fds;
    std::vector<Source> sources;
    short line_events = POLLIN;
    if (!to_host_.empty())
        line_events |= POLLOUT;
    fds.push_back({line_, line_events, 0});
    fds.push_back({signals_, POLLIN, 0});
    int timeout = -1;
    for (auto &[id, job] : jobs_) {
        if (job.in >= 0 && !job.pending_in.empty()) {
            fds.push_back({job.in, POLLOUT, 0});
            sources.push_back({id, 0});
        }
        if (to_host_.size() < line_backlog_max) {
            if (job.out >= 0) {
                fds.push_back({job.out, POLLIN, 0});
                sources.push_back({id, 1});
            }
            if (job.err >= 0) {
                fds.push_back({job.err, POLLIN, 0});
                sources.push_back({id, 2});
            }
        }
        if (job.dead)
            timeout = drain_ms;
    }
    if (poll(fds.data(), fds.size(), timeout) < 0)
        return;
    if (fds[0].revents & POLLOUT)
        write_line();
    if (fds[0].revents & POLLIN)
        read_line();
    else if (fds[0].revents & (POLLHUP | POLLERR))
        usleep(50000);  // the host's end is not there; poll would return at once for ever
    if (fds[1].revents & POLLIN)
        reap();
    for (std::size_t i = 0; i < sources.size(); i++) {
        if (!fds[i + 2].revents)
            continue;
        auto it = jobs_.find(sources[i].id);
        if (it == jobs_.end())
            continue;
        if (sources[i].which == 0)
            feed(it->second);
        else if (sources[i].which == 1)
            drain(it->first, it->second.out, FrameType::out);
        else
            drain(it->first, it->second.err, FrameType::err);
    }
}

void Agent::read_line()
{
    char buf[4096];
    ssize_t got = read(line_, buf, sizeof(buf));
    if (got <= 0)
        return;
    from_host_.append(buf, static_cast<std::size_t>(got));
    char credit[4];
    put_le32(credit, static_cast<std::uint32_t>(got));
    append_frame(to_host_, 0, FrameType::credit, std::string_view(credit, sizeof(credit)));
    FrameHeader header;
    while (parse_frame_header(from_host_, header)) {
        if (header.len > frame_data_max) {  // the stream is out of step: nothing can be saved
            std::fprintf(stderr, "guest-agent: bad frame\n");
            from_host_.clear();
            return;
        }
        if (from_host_.size() < frame_header_len + header.len)
            return;
        handle(header, std::string_view(from_host_).substr(frame_header_len, header.len));
        from_host_.erase(0, frame_header_len + header.len);
    }
}

void Agent::write_line()
{
    ssize_t put = write(line_, to_host_.data(), to_host_.size() < 4096 ? to_host_.size() : 4096);
    if (put > 0)
        to_host_.erase(0, static_cast<std::size_t>(put));
}

void Agent::handle(const FrameHeader &header, std::string_view data)
{
    if (header.type == FrameType::run)
        return start(header.id, data);
    auto it = jobs_.find(header.id);
    if (it == jobs_.end())
        return;  // it has ended meanwhile
    Job &job = it->second;
    switch (header.type) {
    case FrameType::input:
        job.pending_in.append(data);
        feed(job);
        break;
    case FrameType::input_end:
        job.close_in = true;
        feed(job);
        break;
    case FrameType::signal:
        if (!data.empty() && job.pid > 0)
            // It may not lead a group yet.
            if (kill(-job.pid, data[0]) && errno == ESRCH)
                kill(job.pid, data[0]);
        break;
    default: break;
    }
}

void Agent::start(std::uint32_t id, std::string_view script)
{
    int in[2], out[2], err[2];
    std::string text(script);
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) {
        char code[4];
        put_le32(code, 255);
        append_frame(to_host_, id, FrameType::err, "guest-agent: no pipe\n");
        append_frame(to_host_, id, FrameType::exit, std::string_view(code, 4));
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, nullptr);
        dup2(in[0], 0);
        dup2(out[1], 1);
        dup2(err[1], 2);
        execl("/bin/bash", "bash", "-c", text.c_str(), nullptr);
        execl("/bin/sh", "sh", "-c", text.c_str(), nullptr);
        execl("/bin/busybox", "sh", "-c", text.c_str(), nullptr);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    Job job;
    job.pid = pid;
    job.in = in[1];
    job.out = out[0];
    job.err = err[0];
    for (int fd : {job.in, job.out, job.err})
        fcntl(fd, F_SETFL, O_NONBLOCK);
    if (pid < 0) {
        job.dead = true;
        job.exit_code = 255;
        job.finish_at_ms = now_ms();
    }
    jobs_[id] = job;
}

void Agent::feed(Job &job)
{
    while (job.in >= 0 && !job.pending_in.empty()) {
        ssize_t put = write(job.in, job.pending_in.data(), job.pending_in.size());
        if (put < 0 && errno == EAGAIN)
            return;
        if (put < 0)
            job.pending_in.clear();  // nobody reads it any more
        else
            job.pending_in.erase(0, static_cast<std::size_t>(put));
    }
    if (job.close_in)
        close_fd(job.in);
}

void Agent::drain(std::uint32_t id, int &fd, FrameType type)
{
    char buf[16384];
    ssize_t got = read(fd, buf, sizeof(buf));
    if (got > 0)
        append_frame(to_host_, id, type, std::string_view(buf, static_cast<std::size_t>(got)));
    else if (got == 0 || errno != EAGAIN)
        close_fd(fd);
}

void Agent::reap()
{
    signalfd_siginfo info;
    while (read(signals_, &info, sizeof(info)) > 0) {
    }
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        for (auto &[id, job] : jobs_) {
            if (job.pid != pid || job.dead)
                continue;
            job.dead = true;
            job.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
            job.finish_at_ms = now_ms() + drain_ms;
        }
    }
}

void Agent::finish_dead_jobs()
{
    for (auto it = jobs_.begin(); it != jobs_.end();) {
        Job &job = it->second;
        bool silent = job.out < 0 && job.err < 0;
        if (!job.dead || (!silent && now_ms() < job.finish_at_ms)) {
            ++it;
            continue;
        }
        for (int round = 0; round < 64 && job.out >= 0; round++) {
            std::size_t before = to_host_.size();
            drain(it->first, job.out, FrameType::out);
            if (to_host_.size() == before)
                break;
        }
        for (int round = 0; round < 64 && job.err >= 0; round++) {
            std::size_t before = to_host_.size();
            drain(it->first, job.err, FrameType::err);
            if (to_host_.size() == before)
                break;
        }
        close_fd(job.in);
        close_fd(job.out);
        close_fd(job.err);
        char code[4];
        put_le32(code, static_cast<std::uint32_t>(job.exit_code));
        append_frame(to_host_, it->first, FrameType::exit, std::string_view(code, 4));
        it = jobs_.erase(it);
    }
}

int open_line(const char *path)
{
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    termios raw{};
    if (fd >= 0 && tcgetattr(fd, &raw) == 0) {
        cfmakeraw(&raw);
        tcsetattr(fd, TCSANOW, &raw);
    }
    return fd;
}

}  // namespace
}  // namespace dlm::guest

int main(int argc, char **argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: guest-agent DEVICE | --uevents\n");
        return 2;
    }
    if (std::string(argv[1]) == "--uevents")
        return dlm::guest::print_uevents();
    signal(SIGPIPE, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    int signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    int line = dlm::guest::open_line(argv[1]);
    if (line < 0 || signals < 0) {
        std::perror("guest-agent");
        return 1;
    }
    dlm::guest::Agent(line, signals).loop();
}
