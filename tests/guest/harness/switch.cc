// SPDX-License-Identifier: GPL-2.0-or-later
#include "switch.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "cpio.h"

namespace dlm::guest {
namespace {

constexpr std::size_t queue_max = 8192;
constexpr int socket_buffer = 4 << 20;
constexpr auto never = Clock::time_point::max();
constexpr int retry_ms = 1;  // a receiver's socket was full

bool has_tcp_port(const std::string &frame, std::uint16_t port)
{
    const auto *b = reinterpret_cast<const unsigned char *>(frame.data());
    if (frame.size() < 34 || b[12] != 0x08 || b[13] != 0x00 || b[23] != 6)
        return false;
    std::size_t header = 14 + (b[14] & 15u) * 4;
    if (frame.size() < header + 4)
        return false;
    auto at = [&](std::size_t i) { return static_cast<std::uint16_t>(b[i] << 8 | b[i + 1]); };
    return at(header) == port || at(header + 2) == port;
}

void put32(std::string &to, std::uint32_t value)
{
    char bytes[4];
    std::memcpy(bytes, &value, 4);
    to.append(bytes, 4);
}

}  // namespace

Switch::Switch() : wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    thread_ = std::thread([this] { loop(); });
}

Switch::~Switch()
{
    {
        std::lock_guard hold(mutex_);
        stop_ = true;
    }
    wake();
    thread_.join();
}

void Switch::wake()
{
    std::uint64_t one = 1;
    if (write(wake_.get(), &one, sizeof(one)) < 0)
        return;  // a full counter wakes as well
}

UniqueFd Switch::attach(int node)
{
    auto [ours, theirs] = socket_pair(SOCK_DGRAM);
    for (int fd : {ours.get(), theirs.get()}) {
        setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &socket_buffer, sizeof(socket_buffer));
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &socket_buffer, sizeof(socket_buffer));
    }
    fcntl(ours.get(), F_SETFL, O_NONBLOCK);
    {
        std::lock_guard hold(mutex_);
        Port &port = ports_[node];
        port.fd = std::move(ours);
        port.queue.clear();
    }
    wake();
    return std::move(theirs);
}

void Switch::detach(int node)
{
    std::lock_guard hold(mutex_);
    ports_.erase(node);
    wake();
}

void Switch::cut(int a, int b)
{
    cut_direction(a, b);
    cut_direction(b, a);
}

void Switch::cut_direction(int from, int to)
{
    std::lock_guard hold(mutex_);
    rules_[{from, to}].cut = true;
}

void Switch::heal(int a, int b)
{
    std::lock_guard hold(mutex_);
    for (auto pair : {std::pair(a, b), std::pair(b, a)}) {
        Rule &rule = rules_[pair];
        Counters kept = rule.counters;
        rule = Rule{};
        rule.counters = kept;
    }
}

void Switch::isolate(int node)
{
    std::lock_guard hold(mutex_);
    isolated_.push_back(node);
}

void Switch::rejoin(int node)
{
    std::lock_guard hold(mutex_);
    std::erase(isolated_, node);
}

void Switch::heal_all()
{
    std::lock_guard hold(mutex_);
    isolated_.clear();
    for (auto &[pair, rule] : rules_) {
        Counters kept = rule.counters;
        rule = Rule{};
        rule.counters = kept;
    }
}

void Switch::hold_all()
{
    std::lock_guard hold(mutex_);
    held_ = true;
}

void Switch::release_all()
{
    std::lock_guard hold(mutex_);
    held_ = false;
    for (auto &[node, port] : ports_)
        for (Waiting &waiting : port.queue)
            if (waiting.due == never)
                waiting.due = Clock::now();
    wake();
}

void Switch::set_loss(int from, int to, double share)
{
    std::lock_guard hold(mutex_);
    rules_[{from, to}].loss = share;
}

void Switch::set_delay(int from, int to, Milliseconds delay)
{
    std::lock_guard hold(mutex_);
    rules_[{from, to}].delay = delay;
}

void Switch::set_filter(int from, int to, Filter filter)
{
    std::lock_guard hold(mutex_);
    rules_[{from, to}].filter = std::move(filter);
}

void Switch::cut_tcp_port(int a, int b, std::uint16_t port)
{
    auto filter = [port](const std::string &frame) { return has_tcp_port(frame, port); };
    set_filter(a, b, filter);
    set_filter(b, a, filter);
}

Switch::Counters Switch::counters(int from, int to) const
{
    std::lock_guard hold(mutex_);
    auto it = rules_.find({from, to});
    return it == rules_.end() ? Counters{} : it->second.counters;
}

void Switch::start_capture()
{
    std::lock_guard hold(mutex_);
    captured_.clear();
    capturing_ = true;
}

std::vector<std::string> Switch::stop_capture()
{
    std::lock_guard hold(mutex_);
    capturing_ = false;
    return std::move(captured_);
}

Outcome Switch::write_pcap(const std::string &path, const std::vector<std::string> &frames)
{
    std::string file;
    put32(file, 0xa1b2c3d4);
    put32(file, 2 | 4 << 16);
    put32(file, 0);
    put32(file, 0);
    put32(file, 65535);
    put32(file, 1);  // Ethernet
    for (std::size_t i = 0; i < frames.size(); i++) {
        put32(file, 0);  // no times are kept: the number of the frame in microseconds
        put32(file, static_cast<std::uint32_t>(i));
        put32(file, static_cast<std::uint32_t>(frames[i].size()));
        put32(file, static_cast<std::uint32_t>(frames[i].size()));
        file += frames[i];
    }
    return write_host_file(path, file);
}

void Switch::inject(int to, const std::string &frame)
{
    {
        std::lock_guard hold(mutex_);
        auto it = ports_.find(to);
        if (it != ports_.end())
            it->second.queue.push_back({Clock::now(), frame});
    }
    wake();
}

void Switch::loop()
{
    for (;;) {
        std::vector<pollfd> fds{{wake_.get(), POLLIN, 0}};
        std::vector<int> nodes;
        int timeout;
        {
            std::lock_guard hold(mutex_);
            if (stop_)
                return;
            for (auto &[node, port] : ports_) {
                fds.push_back({port.fd.get(), POLLIN, 0});
                nodes.push_back(node);
            }
            timeout = next_timeout_ms();
        }
        poll(fds.data(), fds.size(), timeout);
        std::uint64_t count;
        while (read(wake_.get(), &count, sizeof(count)) > 0) {
        }
        std::lock_guard hold(mutex_);
        for (std::size_t i = 0; i < nodes.size(); i++)
            if (fds[i + 1].revents & POLLIN)
                receive(nodes[i], fds[i + 1].fd);
        for (auto &[node, port] : ports_)
            flush(port);
    }
}

int Switch::next_timeout_ms() const
{
    auto soonest = never;
    for (const auto &[node, port] : ports_)
        for (const auto &waiting : port.queue)
            soonest = std::min(soonest, waiting.due);
    if (soonest == never)
        return -1;
    auto left = std::chrono::duration_cast<Milliseconds>(soonest - Clock::now()).count();
    return std::max(retry_ms, static_cast<int>(left));
}

void Switch::receive(int node, int fd)
{
    auto it = ports_.find(node);
    if (it == ports_.end() || it->second.fd.get() != fd)
        return;  // pulled or plugged anew since the poll
    char buf[65536];
    for (int burst = 0; burst < 256; burst++) {
        ssize_t got = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);
        if (got < 14)
            return;
        std::string frame(buf, static_cast<std::size_t>(got));
        if (capturing_)
            captured_.push_back(frame);
        if (frame[0] & 1) {
            for (auto &[other, port] : ports_)
                if (other != node)
                    forward(node, other, frame);
        } else {
            forward(node, static_cast<unsigned char>(frame[5]), frame);
        }
    }
}

bool Switch::lost(double share)
{
    if (share <= 0)
        return false;
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return static_cast<double>(random_ >> 11) / 9007199254740992.0 < share;
}

void Switch::forward(int from, int to, const std::string &frame)
{
    auto it = ports_.find(to);
    if (it == ports_.end())
        return;
    Rule &rule = rules_[{from, to}];
    auto out = [this](int node) {
        return std::find(isolated_.begin(), isolated_.end(), node) != isolated_.end();
    };
    if (rule.cut || out(from) || out(to) || lost(rule.loss) ||
        (rule.filter && rule.filter(frame))) {
        rule.counters.cut++;
        return;
    }
    if (it->second.queue.size() >= queue_max) {
        rule.counters.overrun++;
        return;
    }
    it->second.queue.push_back({held_ ? never : Clock::now() + rule.delay, frame});
    rule.counters.forwarded++;
}

void Switch::flush(Port &port)
{
    const auto now = Clock::now();
    // A delayed frame holds up only what came later with a later due time.
    for (auto it = port.queue.begin(); it != port.queue.end();) {
        if (it->due > now) {
            ++it;
            continue;
        }
        ssize_t put =
            send(port.fd.get(), it->frame.data(), it->frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && (errno == EAGAIN || errno == ENOBUFS))
            return;
        it = port.queue.erase(it);  // sent, or nobody is at the other end
    }
}

}  // namespace dlm::guest
