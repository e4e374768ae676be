// SPDX-License-Identifier: GPL-2.0-or-later
#include "agent_client.h"

#include <algorithm>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "../agent/protocol.h"

namespace dlm::guest {

struct AgentLine {
    std::mutex mutex;
    std::condition_variable changed;
    UniqueFd fd, wake;
    bool stop = false, ready = false, gone = false;
    std::uint32_t next_id = 1;
    std::size_t under_way = 0;  // bytes written that the agent has not read yet
    std::string to_guest, from_guest;
    std::map<std::uint32_t, CommandResult> commands;

    void send(std::uint32_t id, FrameType type, std::string_view data);
    void loop();
    void parse();
    void finish_all(const std::string &why);
};

void AgentLine::send(std::uint32_t id, FrameType type, std::string_view data)
{
    append_frame(to_guest, id, type, data);
    std::uint64_t one = 1;
    if (::write(wake.get(), &one, sizeof(one)) < 0)
        return;
}

void AgentLine::loop()
{
    for (;;) {
        pollfd fds[2] = {{fd.get(), POLLIN, 0}, {wake.get(), POLLIN, 0}};
        {
            std::lock_guard hold(mutex);
            if (stop)
                return;
            if (ready && !to_guest.empty() && under_way < agent_window)
                fds[0].events |= POLLOUT;
        }
        poll(fds, 2, -1);
        std::uint64_t count;
        while (::read(wake.get(), &count, sizeof(count)) > 0) {
        }
        std::lock_guard hold(mutex);
        if (fds[0].revents & POLLOUT) {
            ssize_t put = ::send(fd.get(), to_guest.data(),
                                 std::min(to_guest.size(), agent_window - under_way),
                                 MSG_NOSIGNAL | MSG_DONTWAIT);
            if (put > 0) {
                to_guest.erase(0, static_cast<std::size_t>(put));
                under_way += static_cast<std::size_t>(put);
            }
        }
        if (!(fds[0].revents & (POLLIN | POLLHUP | POLLERR)))
            continue;
        char buf[65536];
        ssize_t got = ::recv(fd.get(), buf, sizeof(buf), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return finish_all("the machine is gone");
        if (got > 0)
            from_guest.append(buf, static_cast<std::size_t>(got));
        parse();
    }
}

void AgentLine::parse()
{
    if (!ready) {
        auto at = from_guest.find(agent_greeting);
        if (at == std::string::npos)
            return;
        from_guest.erase(0, at + agent_greeting.size());
        ready = true;
        changed.notify_all();
    }
    FrameHeader header;
    std::size_t used = 0;
    std::string_view all(from_guest);
    while (parse_frame_header(all.substr(used), header)) {
        if (header.len > frame_data_max)
            return finish_all("the agent's line is out of step");
        if (all.size() - used < frame_header_len + header.len)
            break;
        std::string_view data = all.substr(used + frame_header_len, header.len);
        used += frame_header_len + header.len;
        if (header.type == FrameType::credit && data.size() == 4) {
            under_way -= std::min<std::size_t>(under_way, get_le32(data.data()));
            continue;
        }
        auto it = commands.find(header.id);
        if (it == commands.end() || it->second.finished)
            continue;
        if (header.type == FrameType::out) {
            it->second.out.append(data);
        } else if (header.type == FrameType::err) {
            it->second.err.append(data);
        } else if (header.type == FrameType::exit && data.size() == 4) {
            it->second.exit_code = static_cast<int>(get_le32(data.data()));
            it->second.finished = true;
            changed.notify_all();
        }
    }
    from_guest.erase(0, used);
}

void AgentLine::finish_all(const std::string &why)
{
    gone = true;
    for (auto &[id, result] : commands)
        if (!result.finished && result.failure.empty())
            result.failure = why;
    changed.notify_all();
}

Outcome CommandResult::outcome(const std::string &what) const
{
    if (ok())
        return guest::ok();
    Outcome bad = fail();
    bad << what << ": ";
    if (finished)
        bad << "exit code " << exit_code;
    else
        bad << failure;
    return bad << "\nstdout: " << out << "\nstderr: " << err;
}

void Command::write(const std::string &data) const
{
    std::lock_guard hold(line_->mutex);
    for (std::size_t at = 0; at < data.size(); at += frame_data_max / 2)
        line_->send(id_, FrameType::input, std::string_view(data).substr(at, frame_data_max / 2));
}

void Command::close_stdin() const
{
    std::lock_guard hold(line_->mutex);
    line_->send(id_, FrameType::input_end, "");
}

void Command::signal(int number) const
{
    const char data = static_cast<char>(number);
    std::lock_guard hold(line_->mutex);
    line_->send(id_, FrameType::signal, std::string_view(&data, 1));
}

bool Command::running() const
{
    if (!line_)
        return false;
    std::lock_guard hold(line_->mutex);
    const CommandResult &result = line_->commands[id_];
    return !result.finished && result.failure.empty();
}

std::string Command::out_so_far(std::size_t from) const
{
    std::lock_guard hold(line_->mutex);
    const std::string &out = line_->commands[id_].out;
    return from < out.size() ? out.substr(from) : "";
}

CommandResult Command::wait(Milliseconds deadline) const
{
    if (!line_)
        return CommandResult{false, -1, "", "", "no command was started: the machine is off"};
    std::unique_lock hold(line_->mutex);
    CommandResult &result = line_->commands[id_];
    bool over = line_->changed.wait_for(hold, deadline,
                                        [&] { return result.finished || !result.failure.empty(); });
    if (over)
        return result;
    CommandResult late = result;
    late.failure = "no end within " + std::to_string(deadline.count()) + " ms";
    const char kill = SIGKILL;
    line_->send(id_, FrameType::signal, std::string_view(&kill, 1));
    return late;
}

AgentClient::AgentClient(UniqueFd fd) : line_(std::make_shared<AgentLine>())
{
    line_->fd = std::move(fd);
    line_->wake.reset(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    thread_ = std::thread([line = line_] { line->loop(); });
}

AgentClient::~AgentClient()
{
    {
        std::lock_guard hold(line_->mutex);
        line_->stop = true;
        line_->finish_all("the machine was switched off");
        std::uint64_t one = 1;
        if (::write(line_->wake.get(), &one, sizeof(one)) < 0)
            line_->fd.reset();
    }
    thread_.join();
}

Outcome AgentClient::wait_ready(Milliseconds deadline)
{
    std::unique_lock hold(line_->mutex);
    bool over =
        line_->changed.wait_for(hold, deadline, [&] { return line_->ready || line_->gone; });
    if (line_->ready)
        return ok();
    return fail() << (over ? "the machine ended before its agent answered"
                           : "the agent did not answer in time");
}

bool AgentClient::gone() const
{
    std::lock_guard hold(line_->mutex);
    return line_->gone;
}

Command AgentClient::start(const std::string &script, const std::string &input, bool keep_open)
{
    std::uint32_t id;
    {
        std::lock_guard hold(line_->mutex);
        id = line_->next_id++;
        CommandResult &result = line_->commands[id];
        if (line_->gone)
            result.failure = "the machine is gone";
        line_->send(id, FrameType::run, script);
    }
    Command command(line_, id);
    if (!input.empty())
        command.write(input);
    if (!keep_open)
        command.close_stdin();
    return command;
}

}  // namespace dlm::guest
