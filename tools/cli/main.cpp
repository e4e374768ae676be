// SPDX-License-Identifier: GPL-2.0-or-later
// dlm_tool: looks at and steers the distributed lock manager of this node. One function per
// command.
#include <csignal>
#include <functional>
#include <utility>

#include <CLI/CLI.hpp>

#include "cli/exit_code.h"
#include "cli/lock_commands.h"
#include "cli/lockspace_commands.h"
#include "cli/node_commands.h"
#include "cli/output.h"
#include "cli/plock_command.h"
#include "cli/watch_command.h"

using namespace dlm::cli;

struct Arguments {
    std::string lockspace;
    std::optional<std::string> name;
    bool exclusive = false, force = false;
    LockFilter filter;
    NodeStatement node;
    WatchOptions watch;
};

int main(int argc, char **argv)
{
    Context context;
    Arguments args;
    std::string prefix;
    int code = exit_failure;

    // A reader that went away shows as an error of the write, whatever the caller's signal
    // settings.
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App app("Looks at and steers the distributed lock manager of this node.");
    app.set_version_flag("-V,--version", "dlm_tool 0.1");
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--socket", context.socket, "control socket of the daemon")
        ->capture_default_str();
    app.add_option("--prefix", prefix, "look for the kernel's trees below this folder");
    app.add_flag("--json", context.json, "print JSON");
    app.footer(
        "Exit codes: 0 fine, 1 failure or wrong usage, 2 no daemon, 3 unknown lockspace,\n"
        "4 something is waited for, 5 a lockspace is stopped.");

    auto command = [&](const char *name, const char *text, std::function<int()> run) {
        auto *sub = app.add_subcommand(name, text);
        sub->callback([&, run = std::move(run)] {
            context.files = dlm::lib::KernelFiles(prefix);
            code = run();
        });
        return sub;
    };
    auto with_lockspace = [&](CLI::App *sub) {
        sub->add_option("lockspace", args.lockspace, "name of the lockspace")->required();
        return sub;
    };

    command("ls", "lockspaces with members, recovery and state", [&] {
        return list_lockspaces(context, args.name);
    })->add_option("lockspace", args.name, "only this one");
    command("status", "daemon, nodes, and what is waited for", [&] { return status(context); });

    auto *dump = with_lockspace(command("lockdump", "who holds and who waits for what", [&] {
        return lockdump(context, args.lockspace, args.filter);
    }));
    dump->add_option("-r,--resource", args.filter.resource, "only the resource of this name");
    dump->add_flag("-b,--blocked", args.filter.blocked_only, "only what is not granted");
    with_lockspace(command("sublocks", "the trees of this node's locks that have parents",
                           [&] { return sublocks(context, args.lockspace); }));
    with_lockspace(command("waiters", "locks that wait for another node's reply",
                           [&] { return waiters(context, args.lockspace); }));

    with_lockspace(command("plocks", "POSIX locks of files, as dlm_controld knows them",
                           [&] { return plocks(context, args.lockspace); }));

    auto *events = command("watch", "locks that wait too long, and deadlocks, as they are found",
                           [&] { return watch(context, args.watch); });
    events->add_option("-n,--count", args.watch.count, "end after so many events");
    events->add_option("-t,--timeout", args.watch.timeout_s, "end after so many seconds");
    events->add_flag("--hello", args.watch.listener,
                     "be the kernel's one listener of late locks instead of one of many");

    with_lockspace(command("join", "create the lockspace on this node or join it", [&] {
        return join(context, args.lockspace, args.exclusive);
    }))->add_flag("-e,--exclusive", args.exclusive, "fail when this node has it already");
    with_lockspace(command("leave", "release the lockspace on this node", [&] {
        return leave(context, args.lockspace, args.force);
    }))->add_flag("-f,--force", args.force, "even when locks are held");

    auto with_node = [&](CLI::App *sub) {
        sub->add_option("node", args.node.node, "id of the node")->required();
        sub->add_option("--wait", args.node.wait_s, "wait so many seconds for the recovery")
            ->check(CLI::NonNegativeNumber);
        return sub;
    };
    with_node(command("node-dead", "say that a node is dead, on all nodes",
                      [&] {
                          args.node.dead = true;
                          return declare_node(context, args.node);
                      }))
        ->add_flag("--fenced", args.node.fenced, "it can no longer reach any shared storage")
        ->required();
    with_node(command("node-alive", "say that a dead node may come back without a reboot",
                      [&] { return declare_node(context, args.node); }));
    command("shutdown", "end the daemon", [&] {
        return shutdown_daemon(context, args.force);
    })->add_flag("-f,--force", args.force, "even when lockspaces exist: the kernel stops them");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &problem) {
        return app.exit(problem) ? exit_failure : exit_fine;
    }
    if (!output_complete()) {
        print_error("dlm_tool: the output could not be written\n");
        return exit_failure;
    }
    return code;
}
