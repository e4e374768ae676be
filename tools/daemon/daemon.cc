// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon: start-up, events, requests of the administrator, and the end.
#include "daemon/daemon.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <random>
#include <sys/epoll.h>
#include <sys/file.h>
#include <systemd/sd-daemon.h>

#include "base/file_io.h"
#include "base/log.h"
#include "daemon/state_file.h"
#include "daemon/status.h"
#include "lib/lockspace_attributes.h"

namespace dlm::daemon {

using base::Error;
using base::Result;
using nlohmann::json;

static constexpr base::milliseconds check_period{5000};
static constexpr base::milliseconds farewell_period{100};

Daemon::Daemon(EventLoop &loop, Config config, int self, const lib::KernelFiles &files)
    : loop_(loop),
      config_(std::move(config)),
      self_(self),
      files_(files),
      kernel_(files_, config_, self_)
{
}

// --- start-up
// ----------------------------------------------------------------------------------------

Result<void> Daemon::open()
{
    auto boot = files_.load("/proc/sys/kernel/random/boot_id");
    if (!boot)
        return std::move(boot).error();
    boot_ = boot->substr(0, boot->find('\n'));
    if (auto alone = lock_instance(); !alone)
        return alone;
    // Everything that may fail comes before dlm-monitor: closing that again stops every lockspace.
    auto state = load_state(config_.state, boot_);
    if (!state)
        return std::move(state).error();
    if (auto known = compare_with_kernel(files_, *state); !known)
        return std::move(known).error();
    peers_ = std::make_unique<PeerNetwork>(loop_, config_, self_, *this);
    if (auto listening = open_uevents(); !listening)
        return listening;
    if (auto held = open_monitor(); !held)
        return held;
    if (auto restored = restore(); !restored)
        return restored;
    if (auto bound = peers_->open(); !bound)
        return bound;
    auto control =
        ControlSocket::open(loop_, config_.socket,
                            [this](const json &request, bool may) { return serve(request, may); });
    if (!control)
        return std::move(control).error();
    control_ = std::move(*control);
    auto checker = loop_.every(check_period, [this] { drop_vanished(); });
    if (!checker)
        return std::move(checker).error();
    checker_ = std::move(*checker);
    if (auto watched = watch_signals(); !watched)
        return watched;
    loop_.use_watchdog();
    sd_notify(0, "READY=1");
    work();
    return {};
}

Result<void> Daemon::lock_instance()
{
    auto fd = base::open_file(config_.state + ".lock", O_RDWR | O_CREAT, 0600);
    if (!fd)
        return std::move(fd).error();
    if (flock(fd->get(), LOCK_EX | LOCK_NB) < 0)
        return Error(fmt::format("another dlm_daemon runs with state file {}", config_.state),
                     EBUSY);
    instance_lock_ = std::move(*fd);
    return {};
}

Result<void> Daemon::open_monitor()
{
    // A tree below a prefix has no devices.
    if (files_.has_prefix())
        return {};
    auto monitor = lib::MonitorDevice::open(files_);
    if (!monitor)
        return std::move(monitor).error();
    monitor_ = std::move(*monitor);
    return {};
}

Result<void> Daemon::open_uevents()
{
    auto socket = files_.has_prefix() ? lib::UeventSocket::open_unix(files_.real_path("/uevents"))
                                      : lib::UeventSocket::open();
    if (!socket)
        return std::move(socket).error();
    auto source = loop_.io(socket->fd(), EPOLLIN, [this](uint32_t) { read_uevents(); });
    if (!source)
        return std::move(source).error();
    uevents_ = std::move(*socket);
    uevent_source_ = std::move(*source);
    return {};
}

// Read again: a lockspace may have gone between the check and the opening of dlm-monitor.
Result<void> Daemon::restore()
{
    auto state = load_state(config_.state, boot_);
    if (!state)
        return std::move(state).error();
    auto found = compare_with_kernel(files_, *state);
    if (!found)
        return std::move(found).error();
    auto ids = config_.node_ids();
    if (*state) {
        for (const auto &name : found->vanished)
            (*state)->lockspaces.erase(name);
        membership_ = std::make_unique<Membership>(self_, ids, **state);
        for (const auto &[name, part] : (*state)->lockspaces)
            spdlog::info("lockspace {}: adopted, waits for a new change", name);
    } else {
        membership_ = std::make_unique<Membership>(self_, boot_, ids);
    }
    std::vector<int> comms;
    for (const auto &[node, fact] : membership_->facts())
        if (fact.out != NodeFact::Out::dead)
            comms.push_back(node);
    if (auto configured = kernel_.configure(comms); !configured)
        return configured;
    for (const auto &name : found->vanished)
        if (auto gone = kernel_.forget(name); !gone)
            return gone;
    for (const auto &name : found->to_join)
        join(name);
    return {};
}

Result<void> Daemon::watch_signals()
{
    for (int signal : {SIGTERM, SIGINT}) {
        auto source = loop_.on_signal(signal, [this] { ask_to_end(false); });
        if (!source)
            return std::move(source).error();
        signals_.push_back(std::move(*source));
    }
    return {};
}

// --- the kernel
// ----------------------------------------------------------------------------------------

void Daemon::read_uevents()
{
    for (;;) {
        auto datagram = uevents_->receive();
        if (!datagram) {
            spdlog::warn("{}: looking at sysfs instead", datagram.error().message());
            return rescan();
        }
        if (datagram->empty())
            return;
        if (auto event = lib::parse_uevent(*datagram))
            handle_uevent(*event);
    }
}

void Daemon::handle_uevent(const lib::Uevent &event)
{
    switch (event.action) {
    case lib::Uevent::Action::online: join(event.lockspace); break;
    case lib::Uevent::Action::offline: leave(event.lockspace); break;
    case lib::Uevent::Action::remove:
        // It may be there again, made anew.
        if (!kernel_.exists(event.lockspace))
            membership_->kernel_gone(event.lockspace);
        break;
    case lib::Uevent::Action::add:
    case lib::Uevent::Action::other: break;
    }
    work();
}

static std::string random_token()
{
    std::random_device source;
    return fmt::format("{:08x}{:08x}", source(), source());
}

// A name that configfs cannot hold or that cannot travel as JSON.
static bool name_is_usable(const std::string &name)
{
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos)
        return false;
    return json(name).dump(-1, ' ', false, json::error_handler_t::ignore) ==
           json(name).dump(-1, ' ', false, json::error_handler_t::replace);
}

void Daemon::join(const std::string &name)
{
    if (!name_is_usable(name)) {
        spdlog::error("join of a lockspace refused: the name has '/' or is not UTF-8");
        if (auto told = kernel_.answer(name, -EINVAL); !told)
            spdlog::error("{}", told.error().message());
        return;
    }
    spdlog::info("lockspace {}: join asked for", name);
    membership_->kernel_join(name, random_token());
}

void Daemon::leave(const std::string &name)
{
    if (!membership_->lockspaces().contains(name)) {
        // Its join was refused, or it is not ours: nobody else will answer.
        if (auto told = kernel_.answer(name, 0); !told)
            spdlog::error("lockspace {}: {}", name, told.error().message());
        return;
    }
    spdlog::info("lockspace {}: leave asked for", name);
    membership_->kernel_leave(name);
}

void Daemon::drop_vanished()
{
    for (const auto &[name, part] : membership_->lockspaces())
        if (!kernel_.exists(name))
            membership_->kernel_gone(name);
    work();
}

// Uevents were lost: what sysfs shows is what counts.
void Daemon::rescan()
{
    drop_vanished();
    auto known = membership_->lockspaces();
    for (const auto &name : lib::LockspaceAttributes::all(files_)) {
        auto id = lib::LockspaceAttributes(files_, name).id();
        if (!known.contains(name) && id && *id == 0 && name_is_usable(name))
            join(name);
    }
    work();
}

// --- peers
// ---------------------------------------------------------------------------------------------

HelloAnswer Daemon::peer_hello(int node, const std::string &boot)
{
    auto answer = membership_->peer_hello(node, boot);
    work();
    return answer;
}

void Daemon::peer_up(int node)
{
    membership_->link_up(node);
    work();
}

void Daemon::peer_down(int node)
{
    membership_->link_down(node);
    work();
}

void Daemon::peer_message(int node, const Message &message)
{
    membership_->received(node, message);
    work();
}

std::string Daemon::own_instance()
{
    return membership_->instance();
}

void Daemon::peer_declared_us_dead(int node, const std::string &instance)
{
    spdlog::warn("node {} says that this node was declared dead", node);
    membership_->declared_dead(instance);
    work();
}

// --- the administrator
// -----------------------------------------------------------------------------------

json Daemon::serve(const json &request, bool may_change)
{
    auto command = request.find("cmd");
    if (command == request.end() || !command->is_string())
        return ControlSocket::failure("no \"cmd\" in the request");
    if (*command == "status")
        return status_of(*membership_, config_, files_,
                         [this](int node) { return peers_->problem(node); });
    if (!may_change)
        return ControlSocket::failure("only root may do this");
    if (*command == "node-dead")
        return serve_node(request, true);
    if (*command == "node-alive")
        return serve_node(request, false);
    if (*command == "shutdown")
        return serve_shutdown(request.value("force", json(false)) == true);
    return ControlSocket::failure(fmt::format("unknown command {}", command->dump()));
}

json Daemon::serve_node(const json &request, bool dead)
{
    auto field = request.find("node");
    if (field == request.end() || !field->is_number_integer() ||
        !config_.nodes.contains(field->get<int>()))
        return ControlSocket::failure("\"node\" is not the id of a configured node");
    int node = field->get<int>();
    if (node == self_)
        return ControlSocket::failure("a node cannot declare itself dead or alive");
    if (dead && request.value("fenced", json(false)) != true)
        return ControlSocket::failure(
            "a node may be declared dead only when it is fenced for certain");
    bool changed = dead ? membership_->node_dead(node) : membership_->node_alive(node);
    if (changed)
        spdlog::warn("node {}: declared {} by the administrator", node, dead ? "dead" : "alive");
    work();
    bool back = dead && changed && membership_->facts().at(node).in();
    if (back)
        spdlog::warn("node {}: that was its old instance; a new one waited and is in", node);
    return {{"ok", true}, {"changed", changed}, {"back", back}};
}

json Daemon::serve_shutdown(bool force)
{
    if (!force && !membership_->lockspaces().empty())
        return ControlSocket::failure("lockspaces exist: release them first, or use --force");
    ask_to_end(force);
    return {{"ok", true}};
}

void Daemon::ask_to_end(bool force)
{
    if (ending_)
        return;
    auto lockspaces = membership_->lockspaces();
    if (!lockspaces.empty() && !force) {
        spdlog::warn("not ending: {} lockspace(s) exist, {} first", lockspaces.size(),
                     lockspaces.begin()->first);
        sd_notify(0, "STATUS=asked to end, but lockspaces exist");
        return;
    }
    ending_ = true;
    sd_notify(0, "STOPPING=1");
    if (!lockspaces.empty()) {
        spdlog::warn("ending by force: the kernel stops {} lockspace(s)", lockspaces.size());
        loop_.exit(0);
        return;
    }
    peers_->quiesce(true);
    membership_->leave_cluster();
    work();
    // Give the last report a moment to leave; a node that does not get it waits for the
    // administrator.
    auto farewell = loop_.every(farewell_period, [this] { finish_end(); });
    if (farewell)
        farewell_ = std::move(*farewell);
    else
        loop_.exit(0);
}

void Daemon::finish_end()
{
    save();
    if (auto cleared = kernel_.clear(); !cleared)
        spdlog::warn("clearing configfs: {}", cleared.error().message());
    loop_.exit(0);
}

// --- effects
// ---------------------------------------------------------------------------------------------

void Daemon::work()
{
    // Handlers of effects bring in results, and those end here again: the outer call goes on with
    // them.
    if (working_ || !membership_)
        return;
    working_ = true;
    for (auto effects = membership_->take_effects(); !effects.empty();
         effects = membership_->take_effects())
        for (auto &effect : effects)
            std::visit([this](auto &typed) { run(typed); }, effect);
    working_ = false;
    peers_->quiesce(ending_ || membership_->zombie());
    tell_systemd();
}

void Daemon::tell_systemd()
{
    auto waits = waits_of(*membership_, [this](int node) { return peers_->problem(node); });
    std::string status = fmt::format("{} lockspaces", membership_->lockspaces().size());
    if (!waits.empty())
        status += "; " + waits.front();
    if (status == told_)
        return;
    told_ = status;
    sd_notifyf(0, "STATUS=%s", status.c_str());
}

void Daemon::save()
{
    if (auto saved = save_state(config_.state, membership_->saved_state()); !saved)
        spdlog::error("state file: {}", saved.error().message());
}

void Daemon::run(SaveState &)
{
    save();
}
void Daemon::run(SendMessage &effect)
{
    peers_->send(effect.node, effect.message);
}
void Daemon::run(CloseLink &effect)
{
    peers_->close_link(effect.node);
}

void Daemon::run(StopKernel &effect)
{
    auto stopped = kernel_.stop(effect.lockspace);
    if (stopped) {
        spdlog::info("lockspace {}: stopped (change {})", effect.lockspace, effect.change);
        membership_->stop_done(effect.lockspace, effect.change);
        return;
    }
    spdlog::error("lockspace {}: stop: {}", effect.lockspace, stopped.error().message());
    if (!kernel_.exists(effect.lockspace))
        membership_->kernel_gone(effect.lockspace);
    else
        membership_->stop_failed(effect.lockspace, effect.change, stopped.error().message());
}

static std::string member_text(const std::vector<MemberToStart> &members)
{
    std::string text;
    for (const auto &member : members)
        text += fmt::format(" {}{}", member.node, member.renewed ? " (renewed)" : "");
    return text;
}

void Daemon::run(StartKernel &effect)
{
    auto started = kernel_.start(effect);
    if (started) {
        spdlog::info("lockspace {}: started (change {}) with{}", effect.lockspace, effect.change,
                     member_text(effect.members));
        membership_->start_done(effect.lockspace, effect.change);
        return;
    }
    spdlog::error("lockspace {}: start: {}", effect.lockspace, started.error().message());
    if (!kernel_.exists(effect.lockspace))
        membership_->kernel_gone(effect.lockspace);
    else
        membership_->start_failed(effect.lockspace, effect.change, started.error().message());
}

void Daemon::run(FinishLeave &effect)
{
    if (auto gone = kernel_.forget(effect.lockspace); !gone)
        spdlog::error("lockspace {}: {}", effect.lockspace, gone.error().message());
    spdlog::info("lockspace {}: left", effect.lockspace);
    if (auto told = kernel_.answer(effect.lockspace, 0); !told)
        spdlog::error("lockspace {}: {}", effect.lockspace, told.error().message());
}

void Daemon::run(RefuseJoin &effect)
{
    if (auto gone = kernel_.forget(effect.lockspace); !gone)
        spdlog::error("lockspace {}: {}", effect.lockspace, gone.error().message());
    spdlog::error("lockspace {}: join refused", effect.lockspace);
    if (auto told = kernel_.answer(effect.lockspace, effect.code); !told)
        spdlog::error("lockspace {}: {}", effect.lockspace, told.error().message());
}

void Daemon::run(ForgetLockspace &effect)
{
    spdlog::info("lockspace {}: gone from the kernel", effect.lockspace);
    if (auto gone = kernel_.forget(effect.lockspace); !gone)
        spdlog::error("lockspace {}: {}", effect.lockspace, gone.error().message());
}

void Daemon::run(RemoveComm &effect)
{
    spdlog::info("node {}: removed from the kernel's nodes", effect.node);
    if (auto gone = kernel_.remove_comm(effect.node); !gone)
        spdlog::error("node {}: {}", effect.node, gone.error().message());
}

void Daemon::run(AddComm &effect)
{
    if (auto added = kernel_.add_comm(effect.node); !added)
        spdlog::error("node {}: {}", effect.node, added.error().message());
}

}  // namespace dlm::daemon
