// SPDX-License-Identifier: GPL-2.0-or-later
//
// dlm_demo: three guests share one GFS2, every cluster lock of which goes through dlm.ko; the
// membership is driven by dlm_daemon. One guest loses its power while all write, the others go on,
// it comes back. One line for each step; exit code 0 only if every step did what it says.
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "harness/cluster.h"
#include "harness/environment.h"
#include "harness/gfs2.h"

namespace dlm::guest {
namespace {

const char *const config_head = "cluster: demo\nnodes:\n";

std::string daemon_config(int nodes)
{
    std::string text = config_head;
    for (int id = 1; id <= nodes; id++)
        text += "  - id: " + std::to_string(id) + "\n    addresses: [10.77.0." +
                std::to_string(id) + "]\n";
    return text;
}

ClusterSpec spec()
{
    ClusterSpec spec = ClusterSpec::from_options(3);
    const Environment &env = Environment::get();
    spec.install("dlm_daemon", env.user_program("../../tools/daemon/dlm_daemon"));
    spec.install("dlm_tool", env.user_program("../../tools/cli/dlm_tool"));
    return spec;
}

class Demo {
public:
    int run();

private:
    bool step(const std::string &text, const std::function<Outcome()> &action);
    void show(Node &node, const std::string &command);

    Outcome prepare(Node &node);
    Outcome make_file_system();
    Outcome mount(Node &node);
    Outcome write_files(Node &node);
    Outcome agree();
    Outcome start_writers();
    Outcome writers_progress();
    Outcome lose_node();
    Outcome bring_back();
    Outcome unmount_all();
    Outcome check_disk();

    long progress(int id);

    Cluster cluster_{spec()};
    std::vector<Command> writers_;
    Clock::time_point begin_ = Clock::now();
    static constexpr int victim_ = 3;
};

double seconds_since(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

bool Demo::step(const std::string &text, const std::function<Outcome()> &action)
{
    const auto start = Clock::now();
    std::printf("[%6.1f s] %s ...\n", seconds_since(begin_), text.c_str());
    const Outcome outcome = action();
    if (outcome) {
        std::printf("[%6.1f s]   done in %.1f s\n", seconds_since(begin_), seconds_since(start));
        return true;
    }
    std::printf("[%6.1f s]   FAILED: %s\n", seconds_since(begin_), outcome.message());
    cluster_.save_logs("demo");
    return false;
}

void Demo::show(Node &node, const std::string &command)
{
    const CommandResult result = node.run(command);
    std::printf("\n  %s# %s\n", node.name().c_str(), command.c_str());
    std::size_t at = 0;
    while (at < result.out.size()) {
        const std::size_t end = result.out.find('\n', at);
        std::printf("  %s\n", result.out.substr(at, end - at).c_str());
        if (end == std::string::npos)
            break;
        at = end + 1;
    }
    if (!result.err.empty())
        std::printf("  %s\n", result.err.c_str());
    std::printf("\n");
}

Outcome Demo::prepare(Node &node)
{
    if (Outcome loaded = node.load_dlm(); !loaded)
        return loaded;
    if (Outcome loaded = node.load_gfs2(); !loaded)
        return loaded;
    if (Outcome written =
            node.write_file("/etc/dlm/dlm_daemon.yaml", daemon_config(cluster_.size()));
        !written)
        return written;
    return node.sh("setsid dlm_daemon --node " + std::to_string(node.id()) +
                       " > /run/dlm_daemon.log 2>&1 < /dev/null & "
                       "i=0; until dlm_tool status > /dev/null 2>&1 || [ $? = 4 ]; do "
                       "i=$((i + 1)); [ $i -lt 100 ] || { cat /run/dlm_daemon.log; exit 1; }; "
                       "sleep 0.1; done",
                   Seconds(60));
}

Outcome Demo::make_file_system()
{
    const HostResult made =
        run_root_program({"mkfs.gfs2", "-O", "-q", "-p", "lock_dlm", "-t", "demo:shared", "-j", "3",
                          "-J", "16", cluster_.disk()});
    return made.ok() ? ok() : fail() << made.output;
}

Outcome Demo::mount(Node &node)
{
    return node.sh("mkdir -p /mnt/g && mount -t gfs2 -o noatime /dev/shared0 /mnt/g", Seconds(120));
}

// Files of its own and one directory for all, at the same time as the others.
Outcome Demo::write_files(Node &node)
{
    return node.sh(
        "mkdir -p /mnt/g/d && cd /mnt/g/d && for i in 0 1 2 3 4 5 6 7 8 9; do "
        "head -c 100000 /dev/urandom > $(hostname).$i || exit 1; "
        "cat * > /dev/null || exit 1; done; sync",
        Seconds(120));
}

Outcome Demo::agree()
{
    std::string first;
    for (int id : cluster_.running_ids()) {
        const CommandResult sums = cluster_.node(id).run("cd /mnt/g/d && md5sum *", Seconds(120));
        if (!sums.ok())
            return sums.outcome("md5sum");
        if (first.empty())
            first = sums.out;
        if (sums.out != first)
            return fail() << "nodes see different bytes";
    }
    std::printf("             %zu bytes of checksums, equal on every node\n", first.size());
    return first.empty() ? fail() << "no files" : ok();
}

// They rewrite files that exist: a cut then leaves no half-made inode (gfs2's own business).
Outcome Demo::start_writers()
{
    for (int id : cluster_.running_ids())
        if (Outcome made = cluster_.node(id).sh("cd /mnt/g/d && touch $(hostname).count && sync");
            !made)
            return made;
    for (int id : cluster_.running_ids())
        writers_.push_back(
            cluster_.node(id).start("cd /mnt/g/d; n=0; while [ ! -e /run/stop ]; do n=$((n + 1)); "
                                    "printf '%08d\\n' $n 1<> $(hostname).count; "
                                    "cat *.count > /dev/null; echo $n > /run/progress; done"));
    return wait_until("all writers", [&] {
        for (int id : cluster_.running_ids())
            if (progress(id) < 3)
                return false;
        return true;
    });
}

long Demo::progress(int id)
{
    return std::atol(cluster_.node(id).read("cat /run/progress 2>/dev/null").c_str());
}

Outcome Demo::writers_progress()
{
    std::vector<std::pair<int, long>> before;
    for (int id : cluster_.running_ids())
        before.emplace_back(id, progress(id));
    return wait_until("survivors write on", [&] {
        for (auto [id, count] : before)
            if (progress(id) < count + 5)
                return false;
        return true;
    });
}

Outcome Demo::lose_node()
{
    Node &one = cluster_.node(1);
    cluster_.node(victim_).power_cut();
    std::printf("             node %d has no power; node 1 is told that it is fenced\n", victim_);
    const auto start = Clock::now();
    if (Outcome told = one.sh(
            "dlm_tool node-dead " + std::to_string(victim_) + " --fenced --wait 60", Seconds(90));
        !told)
        return told;
    std::printf("             locks recovered %.2f s after that\n", seconds_since(start));
    if (Outcome on = writers_progress(); !on)
        return on;
    std::printf("             both survivors write again %.2f s after that (journal replayed)\n",
                seconds_since(start));
    return ok();
}

Outcome Demo::bring_back()
{
    Node &node = cluster_.node(victim_);
    if (Outcome booted = node.boot(); !booted)
        return booted;
    if (Outcome prepared = prepare(node); !prepared)
        return prepared;
    if (Outcome mounted = mount(node); !mounted)
        return mounted;
    return node.sh("cd /mnt/g/d && cat * > /dev/null && printf '%08d\\n' 7 1<> $(hostname).count",
                   Seconds(60));
}

Outcome Demo::unmount_all()
{
    for (int id : cluster_.running_ids())
        if (Outcome told = cluster_.node(id).sh(": > /run/stop"); !told)
            return told;
    for (Command &writer : writers_)
        if (writer.running())
            writer.wait(Seconds(60));
    return cluster_.each([](Node &node) { return node.sh("umount /mnt/g", Seconds(120)); });
}

Outcome Demo::check_disk()
{
    const HostResult checked = run_root_program({"fsck.gfs2", "-n", cluster_.disk()}, Seconds(120));
    // A cut leaves gfs2's own counters behind by what was not yet synced; nothing else may be.
    if (checked.ok() || checked.output.find("statfs file is wrong") != std::string::npos) {
        std::printf("             fsck.gfs2 -n: exit code %d%s\n", checked.exit_code,
                    checked.ok() ? "" : " (statfs counters, as after any power cut)");
        if (checked.output.find("but FSCK saw") == std::string::npos)
            return ok();
    }
    return fail() << checked.output;
}

int Demo::run()
{
    auto all = [&](Outcome (Demo::*what)(Node &)) {
        return [this, what] {
            return cluster_.each([this, what](Node &node) { return (this->*what)(node); });
        };
    };
    Node &one = cluster_.node(1);
    const bool good =
        step("three guests start", [&] { return cluster_.boot(); }) &&
        step("dlm.ko, gfs2.ko, dlm_daemon on each", all(&Demo::prepare)) &&
        step("mkfs.gfs2 -p lock_dlm -j 3 on the shared disk", [&] { return make_file_system(); }) &&
        step("mount on all three at once", all(&Demo::mount)) &&
        step("all write and read in one directory at once", all(&Demo::write_files)) &&
        step("checksums", [&] { return agree(); }) &&
        step("writers on every node", [&] { return start_writers(); });
    if (!good)
        return 1;
    show(one, "dlm_tool status");
    show(one, "dlm_tool ls");
    show(one, "dlm_tool lockdump shared | head -n 12");
    const bool recovered = step("power cut of node 3 while it writes", [&] { return lose_node(); });
    if (!recovered)
        return 1;
    show(one, "dlm_tool ls");
    const bool back = step("node 3 boots, joins and mounts again", [&] { return bring_back(); });
    if (!back)
        return 1;
    show(one, "dlm_tool ls");
    return step("unmount everywhere", [&] { return unmount_all(); }) &&
                   step("checksums of the disk: fsck.gfs2 -n", [&] { return check_disk(); }) &&
                   step("kernel logs are clean", [&] { return cluster_.check_logs(); })
               ? 0
               : 1;
}

}  // namespace
}  // namespace dlm::guest

int main(int argc, char **argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    dlm::guest::run_options().kind = "qemu";
    for (int i = 1; i < argc; i++) {
        const std::string argument = argv[i];
        if (argument == "--kind=uml" || argument == "--kind=qemu") {
            dlm::guest::run_options().kind = argument.substr(7);
        } else if (argument.rfind("--mix=", 0) == 0) {
            dlm::guest::run_options().mix = argument.substr(6);
        } else {
            std::printf("usage: dlm_demo [--kind=qemu|uml] [--mix=ours/stock/ours]\n");
            return 2;
        }
    }
    return dlm::guest::Demo().run();
}
