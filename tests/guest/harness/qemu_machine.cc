// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine that is a QEMU process with the distribution's kernel. Every line to it is one end of
// a socket pair handed over by number: agent (virtio-serial), monitor, one per network card.
#include "accelerator.h"
#include "environment.h"
#include "machine.h"
#include "qmp.h"

namespace dlm::guest {
namespace {

constexpr int agent_fd = 6;
constexpr int monitor_fd = 7;
constexpr int first_network_fd = 10;
constexpr unsigned default_memory_mb = 640;
constexpr Seconds setup_deadline{60};

constexpr char kernel_arguments[] =
    "console=ttyS0 quiet loglevel=5 log_buf_len=4M panic=-1 net.ifnames=0 ipv6.disable=1 "
    "mitigations=off slab_nomerge slub_debug=FZPU pci=noacpi tsc=reliable no_timer_check "
    "nowatchdog audit=0 apparmor=0 random.trust_cpu=on rcupdate.rcu_cpu_stall_timeout=60";

class QemuMachine : public Machine {
public:
    using Machine::Machine;

    Outcome start(MachineWiring wiring) override
    {
        const auto &env = Environment::get();
        if (Outcome there =
                env.require({"DLM_GUEST_VMLINUX", "DLM_GUEST_MODS_SQFS", "DLM_GUEST_BASE_CPIO"});
            !there)
            return there;
        auto [ours, theirs] = socket_pair(SOCK_STREAM);
        HostProcess::Spec process;
        process.argv = arguments(wiring);
        process.descriptors = {{wiring.agent.get(), agent_fd}, {theirs.get(), monitor_fd}};
        for (std::size_t i = 0; i < wiring.networks.size(); i++)
            process.descriptors.emplace_back(wiring.networks[i].get(),
                                             first_network_fd + static_cast<int>(i));
        process.stdout_path = spec_.run_dir + "/n" + std::to_string(spec_.node) + ".qemu";
        if (Outcome started = process_.start(process); !started)
            return started;
        theirs.reset();
        wiring.agent.reset();
        wiring.networks.clear();
        monitor_ = std::make_unique<Qmp>(std::move(ours));
        Outcome set_up = monitor_->connect(setup_deadline);
        if (!set_up)
            set_up << " (see " << process.stdout_path << ")";
        return set_up;
    }

    Outcome pause() override { return monitor_->execute("stop"); }
    Outcome resume() override { return monitor_->execute("cont"); }

private:
    std::vector<std::string> arguments(const MachineWiring &wiring);
    std::unique_ptr<Qmp> monitor_;
};

std::vector<std::string> QemuMachine::arguments(const MachineWiring &wiring)
{
    const auto &env = Environment::get();
    const std::string node = std::to_string(spec_.node);
    const unsigned memory_mb = spec_.memory_mb ? spec_.memory_mb : default_memory_mb;
    std::vector<std::string> all = {"qemu-system-x86_64",    "-name",    "n" + node, "-nodefaults",
                                    "-no-user-config",       "-display", "none",     "-M",
                                    "pc,vmport=off,hpet=off"};
    auto add = [&all](std::initializer_list<std::string> more) { all.insert(all.end(), more); };
    for (const auto &argument : accelerator_arguments())
        all.push_back(argument);
    add({"-smp", std::to_string(spec_.cpus), "-m", std::to_string(memory_mb), "-no-reboot", "-rtc",
         "base=utc,clock=host", "-kernel", env.value("DLM_GUEST_VMLINUX"), "-initrd", spec_.initrd,
         "-append",
         std::string(kernel_arguments) + " node=" + node +
             (spec_.kernel_arguments.empty() ? "" : " " + spec_.kernel_arguments)});
    add({"-chardev", "socket,id=qmp,fd=" + std::to_string(monitor_fd), "-mon",
         "chardev=qmp,mode=control", "-chardev", "file,id=con,path=" + new_console(), "-serial",
         "chardev:con", "-object", "rng-random,id=rng,filename=/dev/urandom", "-device",
         "virtio-rng-pci,rng=rng", "-device", "virtio-serial-pci", "-chardev",
         "socket,id=agent,fd=" + std::to_string(agent_fd), "-device",
         "virtserialport,chardev=agent,name=agent"});
    for (std::size_t i = 0; i < wiring.networks.size(); i++) {
        const std::string n = std::to_string(i);
        add({"-netdev",
             "dgram,id=net" + n + ",local.type=fd,local.str=" +
                 std::to_string(first_network_fd + static_cast<int>(i)),
             "-device",
             "virtio-net-pci,netdev=net" + n + ",id=nic" + n + ",mac=52:54:00:77:0" + n + ":0" +
                 node + ",romfile="});
    }
    int number = 0;
    for (const auto &file : {spec_.root_disk, env.value("DLM_GUEST_MODS_SQFS")}) {
        const std::string id = "ro" + std::to_string(number++);
        add({"-drive",
             "if=none,id=" + id + ",file=" + file + ",format=raw,readonly=on,file.locking=off",
             "-device", "virtio-blk-pci,drive=" + id});
    }
    for (std::size_t i = 0; i < spec_.shared_disks.size(); i++) {
        const std::string id = "shared" + std::to_string(i);
        add({"-drive",
             "if=none,id=" + id + ",file=" + spec_.shared_disks[i] +
                 ",format=raw,cache=none,aio=threads,file.locking=off,discard=unmap",
             "-device",
             "virtio-blk-pci,drive=" + id + ",serial=" + id +
                 ",share-rw=on,logical_block_size=4096,physical_block_size=4096"});
    }
    return all;
}

}  // namespace

std::unique_ptr<Machine> make_qemu_machine(MachineSpec spec)
{
    return std::make_unique<QemuMachine>(std::move(spec));
}

}  // namespace dlm::guest
