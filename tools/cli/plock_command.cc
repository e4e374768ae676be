// SPDX-License-Identifier: GPL-2.0-or-later
// plocks. The kernel hands these locks to the control daemon, and knows none of them.
#include "cli/plock_command.h"

#include <cerrno>

#include "cli/daemon_client.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/plock_text.h"
#include "lib/lockspace_attributes.h"
#include "lib/posix_locks.h"

namespace dlm::cli {

using nlohmann::json;

static int unknown(const std::string &lockspace)
{
    return complain(base::Error(fmt::format("dlm_controld knows no lockspace \"{}\"", lockspace)),
                    exit_unknown_lockspace);
}

static int no_controld(const Context &context, const base::Error &error)
{
    if (!ask_daemon(context.socket, {{"cmd", "status"}}))
        return complain(error, exit_no_daemon);
    print_error(
        "dlm_tool: this node runs dlm_daemon, which has no POSIX locks: only dlm_controld "
        "has\n");
    return exit_no_daemon;
}

int plocks(const Context &context, const std::string &lockspace)
{
    auto text =
        lib::query_controld(context.controld_socket, lib::ControldQuery::dump_plocks, lockspace);
    if (!text && text.error().code() == ECONNREFUSED)
        return no_controld(context, text.error());
    if (!text && text.error().code() == ENOENT)
        return unknown(lockspace);
    if (!text)
        return complain(text.error());
    // A daemon that says nothing may know it or not.
    if (text->empty() && !lib::LockspaceAttributes(context.files, lockspace).exists())
        return unknown(lockspace);
    auto table = lib::parse_posix_locks(*text);
    sort_plocks(table);
    if (context.json) {
        json answer = plocks_json(table);
        answer["lockspace"] = lockspace;
        print_json(answer);
    } else {
        print("{}", plocks_text(table));
    }
    note_malformed(table.malformed, "dlm_controld's answer");
    return exit_fine;
}

}  // namespace dlm::cli
