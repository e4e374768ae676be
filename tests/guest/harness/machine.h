// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a machine can be asked for, whatever it is made of: QEMU (the distribution's kernel) or
// user-mode Linux (debug kernel, native speed). A machine knows nothing of what runs in it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host_process.h"
#include "outcome.h"
#include "unique_fd.h"

namespace dlm::guest {

struct MachineSpec {
    int node = 0;
    std::string run_dir;
    std::string initrd;
    unsigned memory_mb = 0;  // 0: the kind's default
    unsigned cpus = 1;       // QEMU only
    std::vector<std::string> shared_disks;
    std::string root_disk;  // QEMU only
    std::string kernel_arguments;
};

// Machine's ends of its cables, one per network, and of the agent's line.
struct MachineWiring {
    std::vector<UniqueFd> networks;
    UniqueFd agent;
};

class Machine {
public:
    explicit Machine(MachineSpec spec) : spec_(std::move(spec)) {}
    virtual ~Machine() = default;

    virtual Outcome start(MachineWiring wiring) = 0;
    virtual Outcome pause() = 0;
    virtual Outcome resume() = 0;
    // As if the plug was pulled: nothing is flushed. The machine can be started again.
    void power_cut() { process_.kill(); }
    bool running() { return process_.running(); }
    bool wait_off(Milliseconds deadline) { return process_.wait_exit(deadline); }

    // One console file per boot; the newest last.
    const std::vector<std::string> &consoles() const { return consoles_; }

protected:
    std::string new_console();

    MachineSpec spec_;
    HostProcess process_;

private:
    std::vector<std::string> consoles_;
};

std::unique_ptr<Machine> make_uml_machine(MachineSpec spec);
std::unique_ptr<Machine> make_qemu_machine(MachineSpec spec);

}  // namespace dlm::guest
