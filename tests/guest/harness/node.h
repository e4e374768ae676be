// SPDX-License-Identifier: GPL-2.0-or-later
//
// One node of a cluster: a machine, its agent, the modules that it loads, its logs.
// Made and owned by Cluster.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent_client.h"
#include "fault_log.h"
#include "machine.h"
#include "outcome.h"
#include "switch.h"

namespace dlm::guest {

enum class Kind { uml, qemu };
enum class Module { ours, stock };
// What is installed: what the lock manager's own tests need, or the distribution's stack on it too.
enum class Userland { small, stack };

// A file of the host, to be found in the guest under that path (below /usr/local or any
// directory that does not come from the image).
struct GuestFile {
    std::string guest_path;
    std::string host_path;
    unsigned mode = 0644;
};

struct NodeSpec {
    Module module = Module::ours;
    Userland userland = Userland::small;
    std::string root_disk;  // another root than that of the userland (QEMU only)
    unsigned memory_mb = 0;
    unsigned cpus = 1;
    std::vector<GuestFile> files;
    std::string kernel_arguments;

    // A program of the host's, as /usr/local/sbin/<name>.
    void install(const std::string &name, std::string host_path)
    {
        files.push_back({"usr/local/sbin/" + name, std::move(host_path), 0755});
    }
};

class Node {
public:
    Node(int id, Kind kind, NodeSpec spec, int networks, std::vector<std::string> disks,
         std::string run_dir, Switch &network, FaultLog &log);

    int id() const { return id_; }
    Kind kind() const { return kind_; }
    Module module() const { return spec_.module; }
    std::string name() const { return "n" + std::to_string(id_); }
    std::string address(int network = 0) const;

    // Life of the machine.
    Outcome boot();  // start and wait until the agent answers
    Outcome launch();
    Outcome wait_ready(Milliseconds deadline = boot_deadline);
    Outcome pause();
    Outcome resume();
    // These two also while another thread runs commands here: they fail then.
    void power_cut();
    bool running() { return machine_ && machine_->running(); }
    int boots() const { return boots_; }

    // Commands, run by sh in the guest.
    CommandResult run(const std::string &script, Milliseconds deadline = command_deadline,
                      const std::string &input = "");
    Outcome sh(const std::string &script, Milliseconds deadline = command_deadline);
    // Output without the last newline; empty when it fails.
    std::string read(const std::string &script);
    Command start(const std::string &script, const std::string &input = "", bool keep_open = false);
    Outcome write_file(const std::string &path, const std::string &content, unsigned mode = 0644);

    // Modules.
    Outcome load_dlm();
    Outcome load_client();
    Outcome load_gfs2();
    // Waits until the counters of all slab caches of the module read 0, then unloads what stands
    // on the module and the module; the log must stay silent.
    Outcome unload_dlm();
    std::map<std::string, long> slab_objects();  // caches dlm*, live objects

    // kmemleak (user-mode Linux; nothing to do elsewhere): clear after the modules are loaded,
    // report after the test.
    Outcome kmemleak_clear();
    Outcome kmemleak_check();

    // Logs. Each check looks at what came since the last one.
    Outcome check_logs();
    // A line that this test provokes: lines that match the regular expression are no finding
    // until the end of the next check.
    void expect_log(const std::string &regex) { expected_.push_back(regex); }
    Outcome dmesg(std::string &text);
    std::string console_text() const;
    void save_logs(const std::string &dir);

private:
    Outcome build_initrd();
    std::string state_text();

    int id_;
    Kind kind_;
    NodeSpec spec_;
    int networks_;
    std::string run_dir_;
    Switch &network_;
    FaultLog &log_;
    std::unique_ptr<Machine> machine_;
    std::unique_ptr<AgentClient> agent_;
    int boots_ = 0;
    bool paused_ = false;
    std::string last_dmesg_;
    std::size_t dmesg_seen_ = 0;                       // lines of this boot
    std::map<std::string, std::size_t> console_seen_;  // bytes of each console file
    std::vector<std::string> expected_;
};

}  // namespace dlm::guest
