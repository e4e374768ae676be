// SPDX-License-Identifier: GPL-2.0-or-later
//
// Fixture of the suites that look at joins and leaves from both sides: as programs that make
// lockspaces, and as the daemon that hears of it.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "client_lib/client_suite.h"
#include "harness/environment.h"

namespace dlm::client {

using guest::Command;
using guest::CommandResult;
using guest::Module;
using guest::Node;
using guest::Seconds;
using guest::wait_until;

using Lines = std::vector<std::string>;

class HandshakeTest : public ClientSuite {
protected:
    void shape(guest::ClusterSpec &spec) override
    {
        spec.install("guest-user", guest::Environment::get().guest_program("guest_user"));
    }

    bool stock(int id = 1) { return node(id).module() == Module::stock; }
    guest::ManualControl &control() { return cluster().control(); }

    static std::string recipe(const std::string &what) { return ". dlm-recipe; " + what; }
    // What "guest-user" printed for a result.
    std::string user(int id, const std::string &words)
    {
        return node(id).run("guest-user " + words).out;
    }
    static std::string error(int number) { return "error " + std::to_string(number) + " "; }
    static bool says(const std::string &out, const std::string &words)
    {
        return out.rfind(words, 0) == 0;
    }

    // Uevents of the lock manager, a line each, fields separated by '|'.
    struct Uevents {
        Command command;
        explicit Uevents(Node &node) : command(node.start("exec guest-user uevents"))
        {
            EXPECT_TRUE(wait_until(
                "the listener", [&] { return command.out_so_far().rfind("listening", 0) == 0; }));
        }
        ~Uevents() { command.signal(9); }
        Lines of(const std::string &ls) const
        {
            Lines all;
            std::istringstream in(command.out_so_far());
            for (std::string line; std::getline(in, line);)
                if (line.find("|LOCKSPACE=" + ls + "|") != std::string::npos)
                    all.push_back(line.substr(0, line.find("|SEQNUM=")));
            return all;
        }
        bool seen(const std::string &ls, const std::string &action, int times = 1) const
        {
            int count = 0;
            for (const std::string &line : of(ls))
                count += line.rfind(action + "@", 0) == 0;
            return count >= times;
        }
    };

    // A join of user space that waits for the daemon.
    Command begin_create(Node &one, const Uevents &events, const std::string &ls,
                         const std::string &flags = "")
    {
        Command creating = one.start("exec guest-user create '" + ls + "' " + flags);
        EXPECT_TRUE(wait_until("the wish", [&] { return events.seen(ls, "online"); }));
        return creating;
    }

    // The only member of its lockspace leaves.
    void remove_alone(Node &one, const Uevents &events, const std::string &ls,
                      const std::string &path)
    {
        Command removing = one.start("exec guest-user remove '" + ls + "' 2");
        ASSERT_TRUE(wait_until("the wish", [&] { return events.seen(ls, "offline"); }));
        ASSERT_TRUE(one.sh("printf 0 > '/sys/kernel/dlm/" + path + "/event_done'"));
        EXPECT_TRUE(removing.wait().ok());
        ASSERT_TRUE(one.sh(recipe("ls_drop '" + path + "'")));
    }
};

}  // namespace dlm::client
