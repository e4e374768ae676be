// SPDX-License-Identifier: GPL-2.0-or-later
// Links between daemons.
#include "daemon/peer_network.h"

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/log.h"

namespace dlm::daemon {

using base::Error;
using base::milliseconds;
using base::Result;
using base::unique_fd;
using lib::SocketAddress;

static constexpr milliseconds tick_period{500};
static constexpr milliseconds connect_limit{3000};
// Pings go out at every tick. Losing a link costs a reconnect and nothing else.
static constexpr milliseconds silence_limit{15000};

PeerNetwork::PeerNetwork(EventLoop &loop, const Config &config, int self, PeerListener &listener)
    : loop_(loop), config_(config), self_(self), listener_(listener)
{
    for (const auto &[node, entry] : config.nodes)
        if (node != self)
            problems_[node] = "never connected";
}

PeerNetwork::~PeerNetwork() = default;

Result<void> PeerNetwork::open()
{
    for (const auto &address : config_.nodes.at(self_).addresses)
        if (auto bound = listen_on(address); !bound)
            return bound;
    auto ticker = loop_.every(tick_period, [this] { tick(); });
    if (!ticker)
        return std::move(ticker).error();
    ticker_ = std::move(*ticker);
    tick();
    return {};
}

Result<void> PeerNetwork::listen_on(const SocketAddress &address)
{
    unique_fd fd(socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd)
        return Error::from_errno(errno, "socket");
    int on = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_storage where = address.with_port(config_.port);
    if (bind(fd.get(), reinterpret_cast<sockaddr *>(&where), address.length()) < 0 ||
        listen(fd.get(), 64) < 0)
        return Error::from_errno(
            errno, fmt::format("listening on {} port {}", address.text(), config_.port));
    int raw = fd.get();
    auto source = loop_.io(raw, EPOLLIN, [this, raw](uint32_t) { accept_one(raw); });
    if (!source)
        return std::move(source).error();
    listener_sources_.push_back(std::move(*source));
    listener_fds_.push_back(std::move(fd));
    return {};
}

std::optional<int> PeerNetwork::node_at(const SocketAddress &address) const
{
    for (const auto &[id, node] : config_.nodes)
        if (std::find(node.addresses.begin(), node.addresses.end(), address) !=
            node.addresses.end())
            return id;
    return std::nullopt;
}

void PeerNetwork::accept_one(int listener_fd)
{
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    unique_fd fd(accept4(listener_fd, reinterpret_cast<sockaddr *>(&from), &length,
                         SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd || quiesced_)
        return;
    SocketAddress address = SocketAddress::from(from);
    auto node = node_at(address);
    if (!node || *node <= self_) {
        auto now = base::Clock::now();
        if (now - stranger_noted_ > std::chrono::seconds(10)) {
            stranger_noted_ = now;
            spdlog::warn(
                "refused a connection from {}: not the address of a node that connects to us",
                address.text());
        }
        return;
    }
    if (auto connection = adopt(std::move(fd), false, *node))
        say_hello(**connection);
}

Result<PeerNetwork::Connection> PeerNetwork::adopt(unique_fd fd, bool connecting, int node)
{
    auto connection = PeerConnection::start(
        loop_, std::move(fd), connecting, node,
        {[this](PeerConnection &c) { say_hello(c); },
         [this](PeerConnection &c, const std::string &frame) { got_frame(c, frame); },
         [this](PeerConnection &c, const std::string &reason) { drop(c, reason); }});
    if (!connection)
        return connection;
    connections_.push_back(*connection);
    return connection;
}

Result<PeerNetwork::Connection> PeerNetwork::begin_connect(int node, const SocketAddress &to)
{
    unique_fd fd(socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd)
        return Error::from_errno(errno, "socket");
    // The peer knows us by our configured address.
    for (const auto &own : config_.nodes.at(self_).addresses) {
        if (own.family() != to.family())
            continue;
        sockaddr_storage from = own.with_port(0);
        if (bind(fd.get(), reinterpret_cast<sockaddr *>(&from), own.length()) == 0)
            break;
    }
    sockaddr_storage target = to.with_port(config_.port);
    if (connect(fd.get(), reinterpret_cast<sockaddr *>(&target), to.length()) < 0 &&
        errno != EINPROGRESS)
        return Error::from_errno(errno, to.text());
    return adopt(std::move(fd), true, node);
}

void PeerNetwork::connect_to(int node)
{
    const auto &addresses = config_.nodes.at(node).addresses;
    size_t turn = next_address_[node]++ % addresses.size();
    if (auto begun = begin_connect(node, addresses[turn]); !begun)
        note(node, begun.error().message());
}

void PeerNetwork::say_hello(PeerConnection &connection)
{
    connection.instance = listener_.own_instance();
    connection.send(Hello{1, self_, config_.cluster, config_.digest(), connection.instance});
}

void PeerNetwork::got_frame(PeerConnection &connection, const std::string &text)
{
    auto frame = decode_frame(text);
    if (!frame)
        return drop(connection, frame.error().message());
    if (auto *hello = std::get_if<Hello>(&*frame))
        return got_hello(connection, *hello);
    if (auto *refusal = std::get_if<Refusal>(&*frame)) {
        int node = connection.node();
        std::string instance = connection.instance;
        drop(connection, "refused by the peer: " + refusal->reason);
        if (refusal->declared_dead)
            listener_.peer_declared_us_dead(node, instance);
        return;
    }
    if (auto *message = std::get_if<Message>(&*frame)) {
        if (!connection.up)
            return drop(connection, "a message before the hello");
        listener_.peer_message(connection.node(), *message);
    }
}

std::string PeerNetwork::check_hello(const PeerConnection &connection, const Hello &hello) const
{
    if (connection.up)
        return "a second hello";
    if (hello.protocol != 1)
        return fmt::format("protocol {} is not known here", hello.protocol);
    if (hello.node != connection.node())
        return fmt::format("says it is node {}, but its address belongs to node {}", hello.node,
                           connection.node());
    if (hello.cluster != config_.cluster)
        return fmt::format("belongs to cluster \"{}\", not \"{}\"", hello.cluster, config_.cluster);
    if (hello.settings != config_.digest())
        return "its configuration differs (nodes, addresses, weights or lockspace options)";
    if (hello.boot.empty())
        return "gives no boot id";
    return "";
}

void PeerNetwork::got_hello(PeerConnection &connection, const Hello &hello)
{
    std::string wrong = check_hello(connection, hello);
    if (!wrong.empty())
        return refuse(connection, false, wrong);
    int node = connection.node();
    // An older connection of the node is dead, whether we noticed or not.
    for (const auto &other : std::vector(connections_))
        if (other.get() != &connection && other->node() == node)
            drop(*other, "replaced by a newer connection");
    switch (listener_.peer_hello(node, hello.boot)) {
    case HelloAnswer::accepted: break;
    case HelloAnswer::declared_dead:
        return refuse(connection, true, "this instance was declared dead; the node must reboot");
    case HelloAnswer::other_boot:
        return refuse(connection, false,
                      "has rebooted, but its previous instance was not declared dead");
    }
    connection.up = true;
    problems_.erase(node);
    spdlog::info("node {}: linked", node);
    listener_.peer_up(node);
}

void PeerNetwork::refuse(PeerConnection &connection, bool declared_dead, const std::string &reason)
{
    connection.send(Refusal{declared_dead, reason});
    drop(connection, reason);
}

void PeerNetwork::drop(PeerConnection &connection, const std::string &reason)
{
    auto place = std::find_if(connections_.begin(), connections_.end(),
                              [&](const Connection &c) { return c.get() == &connection; });
    if (place == connections_.end())
        return;
    Connection keep = *place;
    connections_.erase(place);
    closed_.push_back(keep);
    keep->close();
    note(keep->node(), reason);
    if (keep->up) {
        keep->up = false;
        spdlog::info("node {}: link lost: {}", keep->node(), reason);
        listener_.peer_down(keep->node());
    }
}

// One line per new problem: connects are tried twice a second.
void PeerNetwork::note(int node, const std::string &problem)
{
    if (problems_[node] == problem)
        return;
    problems_[node] = problem;
    spdlog::info("node {}: no link: {}", node, problem);
}

void PeerNetwork::send(int node, const Message &message)
{
    for (const auto &connection : connections_)
        if (connection->node() == node && connection->up)
            connection->send(message);
}

void PeerNetwork::close_link(int node)
{
    for (const auto &connection : std::vector(connections_))
        if (connection->node() == node)
            drop(*connection, "the node is not in the cluster");
}

bool PeerNetwork::flushed() const
{
    return std::all_of(connections_.begin(), connections_.end(),
                       [](const Connection &c) { return !c->up || c->flushed(); });
}

std::string PeerNetwork::problem(int node) const
{
    auto problem = problems_.find(node);
    return problem == problems_.end() ? "" : problem->second;
}

void PeerNetwork::tick()
{
    closed_.clear();
    for (const auto &connection : std::vector(connections_)) {
        if (connection->connecting() && connection->age() > connect_limit)
            drop(*connection, "no answer to connect");
        else if (!connection->connecting() && connection->silence() > silence_limit)
            drop(*connection, fmt::format("nothing heard for {} s", silence_limit.count() / 1000));
        else if (connection->up)
            connection->send(Ping{});
    }
    if (quiesced_)
        return;
    for (const auto &[node, entry] : config_.nodes) {
        bool busy = std::any_of(connections_.begin(), connections_.end(),
                                [node = node](const Connection &c) { return c->node() == node; });
        if (node < self_ && !busy)
            connect_to(node);
    }
}

}  // namespace dlm::daemon
