// SPDX-License-Identifier: GPL-2.0-or-later
#include "file_locks.h"

namespace dlm::guest {

Outcome says(const Command &command, const std::string &line, Milliseconds deadline)
{
    const auto said = [&] { return command.out_so_far().find(line) != std::string::npos; };
    Outcome end = wait_until(
        "the line \"" + line + "\"", [&] { return !command.running() || said(); }, deadline);
    if (end && !said())
        return fail() << "no line \"" << line << "\"; "
                      << command.wait().outcome("the command").message();
    return end;
}

Command FileLocks::lock(int node, const std::string &how)
{
    return cluster_.node(node).start("cd " + directory_ + " && exec guest-file-lock " + how, "",
                                     true);
}

Outcome FileLocks::let_go(const Command &command)
{
    command.close_stdin();
    return command.wait().outcome();
}

Outcome FileLocks::waits(int node, const Command &command)
{
    if (Outcome asked = says(command, "asking\n"); !asked)
        return asked;
    const std::string sleeps = "grep -qs '^[0-9]* (guest-file-lock) [DS]' /proc/[0-9]*/stat";
    return wait_until("n" + std::to_string(node) + " to wait",
                      [&] { return cluster_.node(node).run(sleeps).ok(); });
}

int FileLocks::attempt(int node, const std::string &how)
{
    return cluster_.node(node)
        .run("cd " + directory_ + " && guest-file-lock " + how + " --try")
        .exit_code;
}

void FileLocks::exclusion(const std::string &exclusive, const std::string &shared, Killed how)
{
    SCOPED_TRACE(exclusive);
    Command holder = lock(1, exclusive);
    ASSERT_TRUE(says(holder, "locked"));
    for (int id : {1, 2, 3}) {
        EXPECT_TRUE(refused(id, exclusive)) << "n" << id;
        EXPECT_TRUE(refused(id, shared)) << "n" << id;
    }
    // One after the other: ocfs2 makes each lock at NL first and converts it then. That request
    // queues behind the conversion of another node, and waits for it where no signal can end it.
    Command killed = lock(2, exclusive);
    ASSERT_TRUE(waits(2, killed));
    ASSERT_TRUE(cluster_.node(2).sh("sleep 1"));
    Command waiter = lock(3, exclusive);
    ASSERT_TRUE(waits(3, waiter));
    killed.signal(9);
    if (how == Killed::dies_now) {
        EXPECT_EQ(killed.wait().exit_code, 128 + 9);
    }
    EXPECT_EQ(waiter.out_so_far(), "asking\n");
    ASSERT_TRUE(let_go(holder));
    ASSERT_TRUE(says(waiter, "locked"));
    ASSERT_TRUE(let_go(waiter));
    EXPECT_EQ(killed.wait().exit_code, 128 + 9);
    EXPECT_EQ(killed.out_so_far(), "asking\n");
    Command reader = lock(2, shared);
    ASSERT_TRUE(says(reader, "locked"));
    EXPECT_TRUE(possible(3, shared));
    EXPECT_TRUE(refused(3, exclusive));
    ASSERT_TRUE(let_go(reader));
    EXPECT_TRUE(possible(3, exclusive));
}

}  // namespace dlm::guest
