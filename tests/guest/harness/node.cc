// SPDX-License-Identifier: GPL-2.0-or-later
#include "node.h"

#include <algorithm>
#include <sstream>

#include "cpio.h"
#include "environment.h"
#include "log_check.h"

namespace dlm::guest {
namespace {

constexpr Seconds dmesg_deadline{60};

const char *source_dir = DLM_SOURCE_DIR "/tests/guest/image/";

}  // namespace

Node::Node(int id, Kind kind, NodeSpec spec, int networks, std::vector<std::string> disks,
           std::string run_dir, Switch &network, FaultLog &log)
    : id_(id),
      kind_(kind),
      spec_(std::move(spec)),
      networks_(networks),
      run_dir_(std::move(run_dir)),
      network_(network),
      log_(log)
{
    MachineSpec machine;
    machine.node = id_;
    machine.run_dir = run_dir_;
    machine.initrd = run_dir_ + "/" + name() + ".cpio";
    machine.memory_mb = spec_.memory_mb;
    machine.cpus = spec_.cpus;
    machine.shared_disks = std::move(disks);
    machine.kernel_arguments = spec_.kernel_arguments;
    const std::string root =
        spec_.userland == Userland::stack ? "DLM_STACK_ROOT" : "DLM_GUEST_ROOT";
    machine.root_disk =
        spec_.root_disk.empty() ? Environment::get().value(root + "_SQFS") : spec_.root_disk;
    if (kind_ == Kind::uml) {
        machine.kernel_arguments += " dlm_root=" + Environment::get().value(root + "_DIR");
        machine_ = make_uml_machine(std::move(machine));
    } else {
        machine_ = make_qemu_machine(std::move(machine));
    }
}

std::string Node::address(int network) const
{
    return "10." + std::to_string(77 + network) + ".0." + std::to_string(id_);
}

Outcome Node::build_initrd()
{
    const auto &env = Environment::get();
    const bool uml = kind_ == Kind::uml;
    const std::string local = "payload/usr/local/sbin/";
    Cpio cpio;
    std::vector<GuestFile> files = {
        {local + "guest-agent", env.guest_program("guest_agent"), 0755},
        {local + "flock", env.guest_program("guest_flock"), 0755},
        {local + "guest-common", std::string(source_dir) + "guest-common", 0755},
        {local + "dlm-recipe", std::string(source_dir) + "recipe.sh", 0755},
    };
    if (uml) {
        files.push_back({"init", std::string(source_dir) + "init-uml", 0755});
        files.push_back({"bb/busybox", env.value("DLM_BUSYBOX_STATIC"), 0755});
        files.push_back({"payload/m/gfs2.ko", env.value("DLM_UML_GFS2_KO"), 0644});
        cpio.directory("payload/usr/local/bin");
    } else {
        files.push_back({local + "guest-init", std::string(source_dir) + "init-qemu", 0755});
    }
    if (spec_.module == Module::ours)
        files.push_back({"payload/m/dlm.ko", env.our_dlm_ko(uml), 0644});
    files.push_back({"payload/m/dlm_client.ko", env.client_ko(uml), 0644});
    for (const auto &file : spec_.files)
        files.push_back({"payload/" + file.guest_path, file.host_path, file.mode});
    for (const auto &file : files) {
        // A module that is not built yet is missed when it is to be loaded.
        const bool module = file.guest_path.starts_with("payload/m/");
        if (Outcome put = cpio.host_file(file.guest_path, file.host_path, file.mode);
            !put && !module)
            return put;
    }
    std::string base;
    if (!uml)
        if (Outcome read = read_host_file(env.value("DLM_GUEST_BASE_CPIO"), base); !read)
            return read;
    base.append((4 - base.size() % 4) % 4, '\0');
    return write_host_file(run_dir_ + "/" + name() + ".cpio", base + cpio.finish());
}

Outcome Node::launch()
{
    if (running())
        return fail() << name() << " runs already";
    const auto &env = Environment::get();
    if (Outcome there = env.require({"DLM_GUEST_ROOT_DIR", "DLM_BUSYBOX_STATIC"}); !there)
        return there;
    if (spec_.userland == Userland::stack)
        if (Outcome there = env.require({"DLM_STACK_ROOT_DIR"}); !there)
            return there;
    if (kind_ == Kind::uml && spec_.module == Module::stock)
        return fail() << "there is no stock module for user-mode Linux";
    if (Outcome made = build_initrd(); !made)
        return made;
    auto [ours, theirs] = socket_pair(SOCK_STREAM);
    MachineWiring wiring;
    wiring.agent = std::move(theirs);
    for (int i = 0; i < networks_; i++)
        wiring.networks.push_back(network_.attach(id_));
    dmesg_seen_ = 0;
    last_dmesg_.clear();
    paused_ = false;
    log_.add(name() + ": power on");
    if (Outcome started = machine_->start(std::move(wiring)); !started)
        return started;
    boots_++;
    agent_ = std::make_unique<AgentClient>(std::move(ours));
    return ok();
}

Outcome Node::wait_ready(Milliseconds deadline)
{
    if (!agent_)
        return fail() << name() << " was not started";
    Outcome ready = agent_->wait_ready(deadline);
    if (!ready)
        return ready << "; " << name() << ", console " << machine_->consoles().back() << ":\n"
                     << console_text();
    log_.add(name() + ": agent answers");
    return ready;
}

Outcome Node::boot()
{
    if (Outcome launched = launch(); !launched)
        return launched;
    return wait_ready();
}

void Node::power_cut()
{
    log_.add(name() + ": power cut");
    machine_->power_cut();
    network_.detach(id_);
}

Outcome Node::pause()
{
    log_.add(name() + ": pause");
    paused_ = true;
    return machine_->pause();
}

Outcome Node::resume()
{
    log_.add(name() + ": resume");
    paused_ = false;
    return machine_->resume();
}

CommandResult Node::run(const std::string &script, Milliseconds deadline, const std::string &input)
{
    return start(script, input).wait(deadline);
}

Outcome Node::sh(const std::string &script, Milliseconds deadline)
{
    return run(script, deadline).outcome(name() + ": " + script);
}

std::string Node::read(const std::string &script)
{
    CommandResult result = run(script);
    if (!result.ok())
        return "";
    while (!result.out.empty() && result.out.back() == '\n')
        result.out.pop_back();
    return result.out;
}

Command Node::start(const std::string &script, const std::string &input, bool keep_open)
{
    if (!agent_)
        return Command();
    return agent_->start(script, input, keep_open);
}

Outcome Node::write_file(const std::string &path, const std::string &content, unsigned mode)
{
    std::ostringstream script;
    script << "cat > '" << path << "' && chmod " << std::oct << mode << " '" << path << "'";
    return run(script.str(), command_deadline, content).outcome(name() + ": write " + path);
}

Outcome Node::load_dlm()
{
    // Without udev nobody makes the links that libdlm opens.
    const std::string links =
        " && mkdir -p /dev/misc && for d in dlm-control dlm-monitor "
        "dlm_plock; do ln -sfn /dev/$d /dev/misc/$d; done";
    const std::string load = spec_.module == Module::stock ? "modprobe dlm" : "insmod /m/dlm.ko";
    // Only the module from outside the kernel's tree carries the mark.
    const std::string right = spec_.module == Module::stock
                                  ? " && ! grep -q O /sys/module/dlm/taint"
                                  : " && grep -q O /sys/module/dlm/taint";
    return sh(load + links + right);
}

Outcome Node::load_client()
{
    return sh("insmod /m/dlm_client.ko");
}

Outcome Node::load_gfs2()
{
    return sh(kind_ == Kind::uml ? "insmod /m/gfs2.ko"
                                 : "modprobe crc32c_generic && modprobe gfs2");
}

std::map<std::string, long> Node::slab_objects()
{
    // What KASAN keeps in quarantine counts as live until the cache is shrunk.
    std::istringstream lines(
        read("for d in /sys/kernel/slab/dlm*; do [ -e $d/objects ] || continue;"
             " echo 1 > $d/shrink; echo ${d##*/} $(cat $d/objects); done"));
    std::map<std::string, long> counts;
    std::string cache, rest;
    for (long count; lines >> cache >> count; std::getline(lines, rest))
        counts[cache] = count;
    return counts;
}

Outcome Node::unload_dlm()
{
    if (Outcome users = sh("for m in gfs2 ocfs2 ocfs2_stack_user md_cluster dlm_client; do ! grep "
                           "-q \"^$m \" /proc/modules || "
                           "rmmod $m || exit 1; done");
        !users)
        return users;
    // Peers own memory as long as they are configured.
    if (Outcome bare = sh(". dlm-recipe && unconfigure"); !bare)
        return bare;
    std::string live;
    Outcome empty = wait_until(
        name() + ": all slab counters of dlm at 0",
        [&] {
            live.clear();
            for (const auto &[cache, count] : slab_objects())
                if (count != 0)
                    live += cache + "=" + std::to_string(count) + " ";
            return live.empty();
        },
        Seconds(30), Milliseconds(200));
    if (!empty)
        return empty << ": " << live;
    if (Outcome gone = sh("rmmod dlm"); !gone)
        return gone;
    return sh(
        "! ls -d /sys/kernel/slab/dlm* /sys/kernel/debug/dlm /sys/kernel/config/dlm "
        "/sys/kernel/dlm 2>/dev/null");
}

Outcome Node::kmemleak_clear()
{
    return kind_ == Kind::uml ? sh("echo clear > /sys/kernel/debug/kmemleak") : ok();
}

Outcome Node::kmemleak_check()
{
    if (kind_ != Kind::uml)
        return ok();
    // An object is reported only when it is 5 s old and two scans have not found it.
    CommandResult scan =
        run("cd /sys/kernel/debug && echo scan > kmemleak && sleep 5.5 && "
            "echo scan > kmemleak && cat kmemleak");
    if (!scan.ok())
        return scan.outcome(name() + ": kmemleak");
    if (scan.out.find("unreferenced object") != std::string::npos)
        return fail() << name() << ": kmemleak reports\n" << scan.out;
    return ok();
}

Outcome Node::dmesg(std::string &text)
{
    CommandResult result = run("dmesg -r", dmesg_deadline);
    if (!result.ok())
        return result.outcome(name() + ": dmesg");
    text = last_dmesg_ = result.out;
    return ok();
}

std::string Node::console_text() const
{
    std::string all, one;
    for (const auto &path : machine_->consoles())
        if (read_host_file(path, one))
            all += one;
    return all;
}

Outcome Node::check_logs()
{
    std::vector<std::string> findings;
    LogPolicy policy{kind_, spec_.module, expected_};
    if (running() && !paused_ && agent_ && !agent_->gone()) {
        std::string text;
        if (Outcome got = dmesg(text); !got)
            findings.push_back(name() + " does not give its dmesg: " + got.message());
        check_dmesg(policy, text, dmesg_seen_, findings);
    }
    for (const auto &path : machine_->consoles()) {
        std::string text;
        std::size_t &seen = console_seen_[path];
        if (!read_host_file(path, text) || text.size() <= seen)
            continue;
        check_console(policy, text.substr(seen), findings);
        seen = text.size();
    }
    expected_.clear();
    if (findings.empty())
        return ok();
    Outcome bad = fail() << name() << ": the kernel log is not clean:";
    for (const auto &line : findings)
        bad << "\n  " << line;
    return bad;
}

// What the lock manager shows of itself, and who is blocked; each file under its name.
std::string Node::state_text()
{
    return read(
        "for f in /sys/kernel/debug/dlm/* /sys/kernel/debug/dlm/comms/*/* "
        "/var/log/dlm_controld/* /var/log/corosync/*; do "
        "[ -f $f ] && [ -r $f ] || continue; case $f in */rawmsg) continue ;; esac; "
        "echo \"== $f\"; timeout 5 cat $f; done; "
        "for f in /sys/kernel/dlm/*/recover_*; do echo \"== $f $(cat $f)\"; done; "
        "! pidof dlm_controld > /dev/null || timeout 5 dlm_tool dump; "
        "echo w > /proc/sysrq-trigger; true");
}

void Node::save_logs(const std::string &dir)
{
    std::string text;
    const bool alive = running() && !paused_ && agent_ && !agent_->gone();
    if (alive && !write_host_file(dir + "/" + name() + ".state", state_text()))
        return;
    bool fresh = alive && dmesg(text);
    const std::string &kept = fresh ? text : last_dmesg_;
    if (!write_host_file(dir + "/" + name() + ".dmesg", kept))
        return;
    // The list of blocked tasks was asked for here: no finding of the next check.
    dmesg_seen_ = static_cast<std::size_t>(std::count(kept.begin(), kept.end(), '\n'));
    std::vector<std::string> files = machine_->consoles();
    files.push_back(run_dir_ + "/" + name() + ".qemu");
    for (const auto &path : files) {
        if (!read_host_file(path, text))
            continue;
        console_seen_[path] = text.size();
        if (!write_host_file(dir + path.substr(path.rfind('/')), text))
            return;
    }
}

}  // namespace dlm::guest
