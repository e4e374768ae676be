// SPDX-License-Identifier: GPL-2.0-or-later
// lockdump, sublocks and waiters.
#include "cli/lock_commands.h"

#include <cerrno>

#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/lock_text.h"
#include "cli/sublock_tree.h"
#include "lib/config_tree.h"
#include "lib/debug_files.h"

namespace dlm::cli {

using nlohmann::json;

static int no_table(const base::Error &error)
{
    return complain(error, error.code() == ENOENT ? exit_unknown_lockspace : exit_failure);
}

int lockdump(const Context &context, const std::string &lockspace, const LockFilter &filter)
{
    auto table = lib::read_locks(context.files, lockspace);
    if (!table)
        return no_table(table.error());
    std::erase_if(table->locks, [&](const lib::LockRecord &lock) {
        return (filter.resource && lock.name != *filter.resource) ||
               (filter.blocked_only && lock.status == 2);
    });
    sort_locks(table->locks);
    auto self = lib::ConfigTree(context.files).local_node();
    json list = json::array();
    for (const auto &lock : table->locks) {
        if (context.json)
            list.push_back(lock_json(lock, self));
        else
            print("{}", lock_line(lock, self));
    }
    if (context.json)
        print_json(json{{"lockspace", lockspace}, {"locks", list}});
    note_malformed(table->malformed, "the kernel's file");
    return exit_fine;
}

int sublocks(const Context &context, const std::string &lockspace)
{
    auto table = lib::read_sublocks(context.files, lockspace);
    if (!table && table.error().code() != EOPNOTSUPP)
        return no_table(table.error());
    if (!table) {
        // None, since there can be none, is the right answer.
        complain(table.error());
        table = lib::SublockTable();
    }
    auto locks = lib::read_locks(context.files, lockspace);
    if (!locks)
        return no_table(locks.error());
    const auto trees = sublock_trees(*table, *locks);
    if (context.json)
        print_json(json{{"lockspace", lockspace}, {"trees", trees_json(trees)}});
    else
        print("{}", trees_text(trees));
    note_malformed(table->malformed, "the kernel's file");
    return exit_fine;
}

int waiters(const Context &context, const std::string &lockspace)
{
    auto table = lib::read_waiters(context.files, lockspace);
    if (!table)
        return no_table(table.error());
    json list = json::array();
    for (const auto &waiter : table->waiters) {
        if (context.json)
            list.push_back(waiter_json(waiter));
        else
            print("{}", waiter_line(waiter));
    }
    if (context.json)
        print_json(json{{"lockspace", lockspace}, {"waiters", list}});
    note_malformed(table->malformed, "the kernel's file");
    return exit_fine;
}

}  // namespace dlm::cli
