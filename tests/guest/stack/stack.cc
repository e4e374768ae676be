// SPDX-License-Identifier: GPL-2.0-or-later
#include "stack.h"

#include "harness/environment.h"

namespace dlm::guest {
namespace {

constexpr Seconds stack_deadline{180};
constexpr char source_dir[] = DLM_STACK_SOURCE_DIR "/";

std::string words(const std::vector<int> &numbers)
{
    std::string text;
    for (int number : numbers)
        text += (text.empty() ? "" : " ") + std::to_string(number);
    return text;
}

}  // namespace

ClusterSpec Stack::spec(int nodes)
{
    ClusterSpec spec = ClusterSpec::from_options(nodes);
    const Environment &env = Environment::get();
    for (NodeSpec &node : spec.nodes)
        node.userland = Userland::stack;
    for (const char *name : {"guest-stack", "fence_host"})
        spec.install(name, std::string(source_dir) + name);
    spec.install("guest-libdlm", env.user_program("stack/guest_libdlm"));
    spec.install("guest-file-lock", env.user_program("stack/guest_file_lock"));
    // Beside the distribution's own.
    spec.install("our-dlm-tool", env.user_program("../../tools/cli/dlm_tool"));
    return spec;
}

std::string Stack::script(Node &node, const std::string &command)
{
    return "NODE=" + std::to_string(node.id()) + "; . guest-stack; " + command;
}

Outcome Stack::explain(Outcome failed, Node &node)
{
    return failed << "\n" << node.read(script(node, "what_is_wrong"));
}

Outcome Stack::prepare(Node &node)
{
    if (Outcome loaded = node.load_dlm(); !loaded)
        return loaded;
    if (Outcome relay = fencer_.listen_to(node); !relay)
        return relay;
    return node.sh(
        script(node, "start_udev && configure " + std::to_string(cluster_.size()) + " && corosync"),
        stack_deadline);
}

Outcome Stack::wait_quorate(Node &node, int nodes)
{
    Outcome quorate =
        node.sh(script(node, "until_ok 170 quorate_with " + std::to_string(nodes)), stack_deadline);
    return quorate ? quorate : explain(quorate, node);
}

Outcome Stack::wait_nodes(Node &node, int nodes)
{
    const std::string wanted = std::to_string(nodes);
    Outcome seen = wait_until(
        node.name() + ": " + wanted + " nodes in corosync's membership",
        [&] { return node.read(script(node, "nodes_seen")) == wanted; }, stack_deadline,
        Milliseconds(300));
    return seen ? seen : explain(seen, node);
}

Outcome Stack::start_daemon(Node &node)
{
    Outcome started = node.sh(script(node, "start_daemon"), stack_deadline);
    return started ? started : explain(started, node);
}

Outcome Stack::start()
{
    if (Outcome prepared = cluster_.each([this](Node &node) { return prepare(node); }); !prepared)
        return prepared;
    const int all = static_cast<int>(cluster_.running_ids().size());
    Outcome quorate = cluster_.each([&](Node &node) { return wait_quorate(node, all); });
    if (!quorate)
        return quorate;
    return cluster_.each([this](Node &node) { return start_daemon(node); });
}

Outcome Stack::come_back(int id)
{
    Node &node = cluster_.node(id);
    if (Outcome booted = node.boot(); !booted)
        return booted;
    if (Outcome prepared = prepare(node); !prepared)
        return prepared;
    const int all = static_cast<int>(cluster_.running_ids().size());
    if (Outcome quorate = wait_quorate(node, all); !quorate)
        return quorate;
    return start_daemon(node);
}

Outcome Stack::stop()
{
    for (int id : cluster_.running_ids()) {
        Node &node = cluster_.node(id);
        Outcome stopped = node.sh(script(node, "end dlm_controld && end corosync"), stack_deadline);
        if (!stopped)
            return explain(stopped, node);
    }
    return cluster_.each([](Node &node) { return node.unload_dlm(); });
}

Outcome Stack::wait_members(const std::string &ls, const std::vector<int> &members)
{
    for (int id : members) {
        Node &node = cluster_.node(id);
        Outcome seen =
            node.sh(script(node, "until_ok 170 has_members " + ls + " '" + words(members) + "'"),
                    stack_deadline);
        if (!seen)
            return explain(seen, node);
    }
    return ok();
}

Outcome Stack::wait_fenced(int victim, int times)
{
    return wait_until(
        "n" + std::to_string(victim) + " to be fenced",
        [&] { return fencer_.count(victim) >= times; }, stack_deadline);
}

Outcome Stack::join(const std::string &ls, const std::vector<int> &nodes,
                    const std::vector<int> &members)
{
    Outcome joined = cluster_.each(
        nodes, [&](Node &node) { return node.sh("dlm_tool join " + ls, stack_deadline); });
    return joined ? wait_members(ls, members) : explain(joined, cluster_.node(nodes.front()));
}

Outcome Stack::leave_in_turn(const std::string &ls, const std::vector<int> &nodes)
{
    for (int id : nodes) {
        Node &node = cluster_.node(id);
        if (Outcome left = node.sh("dlm_tool leave " + ls, leave_deadline); !left)
            return explain(left, node);
    }
    return ok();
}

}  // namespace dlm::guest
