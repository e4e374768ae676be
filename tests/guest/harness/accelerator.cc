// SPDX-License-Identifier: GPL-2.0-or-later
#include "accelerator.h"

#include <cstdio>

#include <unistd.h>

#include "cpio.h"
#include "environment.h"
#include "host_process.h"

namespace dlm::guest {
namespace {

constexpr Seconds probe_deadline{10};  // where KVM works it takes under 2 s

bool probe(const std::string &scratch)
{
    const auto &env = Environment::get();
    if (access("/dev/kvm", R_OK | W_OK))
        return false;
    if (!env.require({"DLM_GUEST_VMLINUX", "DLM_BUSYBOX_STATIC"}))
        return false;
    Cpio cpio;
    cpio.directory("dev");
    cpio.file("init",
              "#!/bin/busybox sh\n"
              "/bin/busybox echo HELLO-GUEST\n"
              "/bin/busybox poweroff -f\n",
              0755);
    const std::string initrd = scratch + ".cpio";
    bool made = cpio.host_file("bin/busybox", env.value("DLM_BUSYBOX_STATIC"), 0755) &&
                write_host_file(initrd, cpio.finish());
    if (!made)
        return false;
    HostResult result = run_on_host({"qemu-system-x86_64",
                                     "-accel",
                                     "kvm",
                                     "-cpu",
                                     "host",
                                     "-M",
                                     "pc",
                                     "-m",
                                     "256",
                                     "-display",
                                     "none",
                                     "-nodefaults",
                                     "-no-reboot",
                                     "-kernel",
                                     env.value("DLM_GUEST_VMLINUX"),
                                     "-initrd",
                                     initrd,
                                     "-append",
                                     "console=ttyS0 quiet panic=-1",
                                     "-serial",
                                     "stdio"},
                                    probe_deadline);
    unlink(initrd.c_str());
    return result.output.find("HELLO-GUEST") != std::string::npos;
}

}  // namespace

bool kvm_works()
{
    static const bool works = [] {
        std::string boot;
        if (!read_host_file("/proc/sys/kernel/random/boot_id", boot))
            boot = "unknown\n";
        boot.pop_back();
        const std::string cache = Environment::get().build_dir() + "/guest-kvm." + boot;
        std::string answer;
        if (read_host_file(cache, answer) && !answer.empty())
            return answer[0] == 'y';
        bool found = probe(cache);
        std::fprintf(stderr, "harness: KVM %s\n", found ? "works" : "does not work, using TCG");
        if (!write_host_file(cache, found ? "yes\n" : "no\n"))
            std::fprintf(stderr, "harness: the answer could not be kept in %s\n", cache.c_str());
        return found;
    }();
    return works;
}

std::vector<std::string> accelerator_arguments()
{
    if (kvm_works())
        return {"-accel", "kvm", "-cpu", "host"};
    return {"-accel", "tcg,thread=multi,tb-size=128", "-cpu", "max"};
}

}  // namespace dlm::guest
