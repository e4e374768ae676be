// SPDX-License-Identifier: GPL-2.0-or-later
// status, node-dead, node-alive, shutdown.
#include "cli/node_commands.h"

#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/daemon_client.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/status_text.h"

namespace dlm::cli {

using base::Error;
using nlohmann::json;

static int no_answer(const Error &error)
{
    return complain(error, is_daemon_absent(error) ? exit_no_daemon : exit_failure);
}

int status(const Context &context)
{
    auto reply = ask_daemon(context.socket, {{"cmd", "status"}});
    if (!reply)
        return no_answer(reply.error());
    if (context.json)
        print_json(*reply);
    else
        print("{}", status_text(*reply));
    return (*reply)["waits"].empty() ? exit_fine : exit_waiting;
}

// Recovery inside the kernel goes on after the daemon's part, so both are looked at.
static bool all_recovered(const json &status)
{
    for (const auto &space : status["lockspaces"]) {
        if (space["state"] != "started")
            return false;
        if (space["recovery"].is_object() && space["recovery"]["done"] != true)
            return false;
    }
    return status["waits"].empty() && status["pending"].empty();
}

static int wait_until_quiet(const Context &context, int wait_s)
{
    base::Deadline deadline(std::chrono::seconds{wait_s});
    for (;;) {
        auto reply = ask_daemon(context.socket, {{"cmd", "status"}});
        if (!reply)
            return no_answer(reply.error());
        if (all_recovered(*reply))
            return exit_fine;
        if (deadline.passed()) {
            for (const auto &wait : (*reply)["waits"])
                print_error("wait {}\n", wait.get<std::string>());
            return exit_waiting;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

int declare_node(const Context &context, const NodeStatement &statement)
{
    json request = {{"cmd", statement.dead ? "node-dead" : "node-alive"}, {"node", statement.node}};
    if (statement.dead)
        request["fenced"] = statement.fenced;
    auto reply = ask_daemon(context.socket, request);
    if (!reply)
        return no_answer(reply.error());
    const char *word = statement.dead ? "dead" : "alive";
    bool changed = reply->value("changed", false);
    bool back = reply->value("back", false);
    if (context.json)
        print_json(
            json{{"node", statement.node}, {"state", word}, {"changed", changed}, {"back", back}});
    else
        print("node {} {} {}{}\n", statement.node, changed ? "is now" : "was already", word,
              back ? "; a new instance of it waited and is in" : "");
    return statement.wait_s ? wait_until_quiet(context, statement.wait_s) : int(exit_fine);
}

int shutdown_daemon(const Context &context, bool force)
{
    auto reply = ask_daemon(context.socket, {{"cmd", "shutdown"}, {"force", force}});
    if (!reply)
        return no_answer(reply.error());
    if (context.json)
        print_json(*reply);
    return exit_fine;
}

}  // namespace dlm::cli
