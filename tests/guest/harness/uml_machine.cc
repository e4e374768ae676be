// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine that is a user-mode Linux kernel: an ordinary process group of the host. The console
// is its stdout, the agent's line its second tty, the network a socket pair per card.
#include <csignal>

#include "environment.h"
#include "machine.h"

namespace dlm::guest {
namespace {

constexpr int agent_fd = 6;
constexpr int first_network_fd = 10;
constexpr unsigned default_memory_mb = 384;

class UmlMachine : public Machine {
public:
    using Machine::Machine;

    Outcome start(MachineWiring wiring) override
    {
        const auto &env = Environment::get();
        if (Outcome there = env.require({"DLM_UML_LINUX"}); !there)
            return there;
        const unsigned memory_mb = spec_.memory_mb ? spec_.memory_mb : default_memory_mb;
        HostProcess::Spec process;
        process.argv = {env.value("DLM_UML_LINUX"),
                        "mem=" + std::to_string(memory_mb) + "M",
                        "initrd=" + spec_.initrd,
                        "rdinit=/init",
                        "node=" + std::to_string(spec_.node),
                        "con=null",
                        "con0=null,fd:1",
                        "con1=fd:" + std::to_string(agent_fd),
                        "quiet",
                        "loglevel=5",
                        "log_buf_len=4M",
                        "panic=-1",
                        "slab_nomerge",
                        "random.trust_cpu=on"};
        for (std::size_t i = 0; i < wiring.networks.size(); i++) {
            const std::string n = std::to_string(i);
            const int fd = first_network_fd + static_cast<int>(i);
            process.argv.push_back("vec" + n + ":transport=fd,fd=" + std::to_string(fd) +
                                   ",vec=0,mac=52:54:00:77:0" + n + ":0" +
                                   std::to_string(spec_.node));
            process.descriptors.emplace_back(wiring.networks[i].get(), fd);
        }
        for (std::size_t i = 0; i < spec_.shared_disks.size(); i++)
            process.argv.push_back("ubd" + std::string(1, static_cast<char>('a' + i)) +
                                   "c=" + spec_.shared_disks[i]);
        if (!spec_.kernel_arguments.empty())
            process.argv.push_back(spec_.kernel_arguments);
        process.descriptors.emplace_back(wiring.agent.get(), agent_fd);
        process.extra_environment = {"TMPDIR=/dev/shm"};
        process.stdout_path = new_console();
        return process_.start(process);
    }

    Outcome pause() override
    {
        process_.signal(SIGSTOP);
        return ok();
    }

    Outcome resume() override
    {
        process_.signal(SIGCONT);
        return ok();
    }
};

}  // namespace

std::unique_ptr<Machine> make_uml_machine(MachineSpec spec)
{
    return std::make_unique<UmlMachine>(std::move(spec));
}

}  // namespace dlm::guest
