// SPDX-License-Identifier: GPL-2.0-or-later
// Daemon: Membership with its surroundings. Brings in what happens (uevents, peers, the
// administrator), carries out the effects, in order, and keeps the state file.
#pragma once

#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "daemon/config.h"
#include "daemon/control_socket.h"
#include "daemon/event_loop.h"
#include "daemon/kernel_port.h"
#include "daemon/membership.h"
#include "daemon/peer_network.h"
#include "lib/control_device.h"
#include "lib/uevent.h"

namespace dlm::daemon {

class Daemon : public PeerListener {
public:
    Daemon(EventLoop &loop, Config config, int self, const lib::KernelFiles &files);

    // After it, the daemon serves until the loop ends.
    base::Result<void> open();

    // PeerListener
    HelloAnswer peer_hello(int node, const std::string &boot) override;
    void peer_up(int node) override;
    void peer_down(int node) override;
    void peer_message(int node, const Message &message) override;
    std::string own_instance() override;
    void peer_declared_us_dead(int node, const std::string &instance) override;

private:
    base::Result<void> lock_instance();
    base::Result<void> open_monitor();
    base::Result<void> open_uevents();
    base::Result<void> restore();
    base::Result<void> watch_signals();

    void read_uevents();
    void handle_uevent(const lib::Uevent &event);
    void join(const std::string &name);
    void leave(const std::string &name);
    void drop_vanished();
    void rescan();

    nlohmann::json serve(const nlohmann::json &request, bool may_change);
    nlohmann::json serve_node(const nlohmann::json &request, bool dead);
    nlohmann::json serve_shutdown(bool force);
    void ask_to_end(bool force);
    void finish_end();

    // Carries out effects until none is left.
    void work();
    void save();
    void tell_systemd();
    void run(SendMessage &effect);
    void run(CloseLink &effect);
    void run(StopKernel &effect);
    void run(StartKernel &effect);
    void run(FinishLeave &effect);
    void run(RefuseJoin &effect);
    void run(ForgetLockspace &effect);
    void run(RemoveComm &effect);
    void run(AddComm &effect);
    void run(SaveState &effect);

    EventLoop &loop_;
    const Config config_;
    const int self_;
    const lib::KernelFiles files_;
    const KernelPort kernel_;
    std::string boot_;
    std::unique_ptr<Membership> membership_;
    std::unique_ptr<PeerNetwork> peers_;
    base::unique_fd instance_lock_;
    std::optional<lib::MonitorDevice> monitor_;
    std::optional<lib::UeventSocket> uevents_;
    std::unique_ptr<IoSource> uevent_source_;
    std::unique_ptr<ControlSocket> control_;
    std::unique_ptr<TimerSource> checker_, farewell_;
    std::vector<std::unique_ptr<SignalSource>> signals_;
    bool working_ = false;
    bool ending_ = false;
    std::string told_;  // last status line for systemd
};

}  // namespace dlm::daemon
