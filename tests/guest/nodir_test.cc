// SPDX-License-Identifier: GPL-2.0-or-later
//
// Lockspaces without directory: the master of a resource is the node that its name hashes to, and
// each change of members sends every lock to its new master. The client and recovery suites run in
// this mode too (CMakeLists.txt); here is what holds in this mode only, and who may share it.
#include "client_lib/client_suite.h"
#include "client_lib/mastery.h"
#include "harness/environment.h"

#include <algorithm>
#include <set>
#include <sstream>

namespace dlm::client {
namespace {

using guest::Directory;
using guest::Milliseconds;
using guest::Module;
using guest::Outcome;

// A line of the debug file "_locks".
struct Line {
    int counterpart = 0;  // of a master copy the owner's node, else the master's, 0 this node
    bool master_copy = false;
    int granted = 0;
    int master = 0;  // 0 this node
    std::string name;
};

std::vector<Line> read_locks(guest::Node &node, const std::string &space)
{
    std::istringstream in(node.read("cat /sys/kernel/debug/dlm/" + space + "_locks"));
    std::vector<Line> lines;
    std::string text;
    std::getline(in, text);  // the heading
    while (std::getline(in, text)) {
        std::istringstream words(text);
        std::string id, remid, pid, xid, exflags, flags, queue, requested, time, length;
        Line line;
        words >> id >> line.counterpart >> remid >> pid >> xid >> exflags >> flags >> queue >>
            line.granted >> requested >> time >> line.master >> length >> line.name;
        line.name = line.name.substr(1, line.name.size() - 2);
        line.master_copy = std::stoul(flags, nullptr, 16) & 0x10000;
        lines.push_back(line);
    }
    return lines;
}

class NodirTest : public ClientSuite {
protected:
    void SetUp() override
    {
        guest::run_options().directory = Directory::none_by_sysfs;
        ClientSuite::SetUp();
    }

    std::vector<int> nodes_with(Module module)
    {
        std::vector<int> ids;
        for (int id : {1, 2, 3})
            if (node(id).module() == module)
                ids.push_back(id);
        return ids;
    }

    // Each lock is known where it is held and, if that is another node, at the hash node.
    void expect_masters_by_name(const std::string &space, std::size_t resources)
    {
        const std::vector<int> members = cluster().members();
        for (int id : members) {
            std::size_t own = 0, copies = 0, mastered = 0;
            for (const Line &line : read_locks(node(id), space)) {
                const int master = hash_node(line.name, members);
                EXPECT_EQ(line.master, master == id ? 0 : master)
                    << node(id).name() << ", " << line.name;
                own += !line.master_copy;
                copies += line.master_copy;
                mastered += !line.master_copy && master == id;
            }
            EXPECT_EQ(own, resources) << node(id).name();
            EXPECT_EQ(copies, mastered * (members.size() - 1)) << node(id).name();
        }
    }

    // Creates on all these nodes at once, of which some cannot end well: what they returned, by
    // node. Who has seen no difference before the others were gone is started alone, as a control
    // plane does it. attribute: nodes whose sysfs attribute is set.
    std::map<int, int> create_unequal(const std::string &space, const std::vector<int> &ids,
                                      const std::string &flags, const std::vector<int> &attribute)
    {
        const std::string directory = "/sys/kernel/dlm/" + space;
        std::map<int, guest::Command> creating;
        for (int id : ids)
            creating[id] = node(id).start(one_shot("create " + space + flags));
        for (int id : ids)
            EXPECT_TRUE(guest::wait_until(node(id).name() + ": " + directory, [&] {
                return bool(node(id).sh("test -d " + directory));
            }));
        for (int id : attribute)
            EXPECT_TRUE(node(id).sh("echo 1 > " + directory + "/nodir"));
        EXPECT_TRUE(cluster().control().set_members_and_start(space, ids, ids));
        const auto ended = [&](int id) {
            // Answers the join, and the leave that follows its failure.
            node(id).run("echo 0 > " + directory + "/event_done");
            return !creating[id].running();
        };
        const auto under_way = [&] {
            std::vector<int> some;
            for (int id : ids)
                if (!ended(id))
                    some.push_back(id);
            return some;
        };
        // A member whose create has failed may take its time to part from its peers; it is none
        // any more when its directory has gone.
        const auto members = [&] {
            std::vector<int> some = under_way();
            std::erase_if(some, [&](int id) { return !node(id).sh("test -d " + directory); });
            return some;
        };
        EXPECT_TRUE(guest::wait_until("one node to refuse",
                                      [&] { return under_way().size() < ids.size(); }));
        std::vector<int> started = ids;
        EXPECT_TRUE(guest::wait_until("the others", [&] {
            // Whoever sees the difference as well does so soon.
            if (guest::wait_until(
                    "all", [&] { return under_way().empty(); }, guest::Seconds(3)))
                return true;
            const std::vector<int> left = members();
            if (left.empty() || left == started)
                return false;
            started = left;
            EXPECT_TRUE(cluster().control().stop(space, left));
            EXPECT_TRUE(cluster().control().set_members_and_start(space, left, left));
            return false;
        }));
        std::map<int, int> results;
        for (int id : ids) {
            results[id] = Answer(creating[id].wait().out).ret();
        }
        for (int id : ids) {
            if (!results[id]) {
                guest::Command leaving = node(id).start(one_shot("release " + space));
                EXPECT_TRUE(guest::wait_until(node(id).name() + ": end of release", [&] {
                    node(id).run("echo 0 > " + directory + "/event_done");
                    return !leaving.running();
                }));
                EXPECT_TRUE(
                    node(id).sh("p=/sys/kernel/debug/dlm_client/command; exec 3<>$p; "
                                "echo forget_space " +
                                space + " >&3"));
            }
            EXPECT_FALSE(node(id).sh("test -d " + directory)) << "left over on " << id;
            EXPECT_TRUE(node(id).sh(". dlm-recipe; ls_drop " + space));
        }
        return results;
    }
};

// A stock node would compare the flag and go on using its directory.
TEST_F(NodirTest, creation_flag_is_followed_and_shared_only_with_who_follows_it)
{
    guest::run_options().directory = Directory::used;
    if (nodes_with(Module::stock).empty()) {
        SpaceOptions options;
        options.flags = "nodir";
        ASSERT_TRUE(cluster().join("flagged", {1, 2, 3}, options));
        for (int id : {1, 2, 3}) {
            EXPECT_EQ(node(id).read("cat /sys/kernel/dlm/flagged/nodir"), "1");
            for (int i = 0; i < 12; i++) {
                const std::string name = "r" + std::to_string(i);
                ASSERT_TRUE(client(id).lock_wait(name, name, Mode::CR).granted());
            }
        }
        expect_masters_by_name("flagged", 12);
        ASSERT_TRUE(cluster().leave(2));
        return;
    }
    for (int id : {1, 2, 3})
        node(id).expect_log("flagged|cluster name");
    std::set<Module> alone;
    int said = 0;
    for (const auto &[id, ret] : create_unequal("flagged", {1, 2, 3}, " flags=nodir", {})) {
        EXPECT_TRUE(ret == 0 || ret == -EPROTO) << node(id).name() << ": " << ret;
        if (ret == 0)
            alone.insert(node(id).module());
        said += std::stoi("0" + node(id).read("dmesg | grep -c 'does not follow the flag NODIR'"));
    }
    EXPECT_LE(alone.size(), 1u) << "both kinds of module in one lockspace";
    EXPECT_LE(said, static_cast<int>(nodes_with(Module::ours).size())) << "each says once why";
}

// Only our nodes can find out; with a stock one the mode is the administrator's word.
TEST_F(NodirTest, members_of_both_modes_are_refused)
{
    const std::vector<int> ours = nodes_with(Module::ours);
    if (ours.size() < 2)
        GTEST_SKIP() << "one node of ours has nobody to compare with";
    guest::run_options().directory = Directory::used;
    for (int id : ours)
        node(id).expect_log("unequal|cluster name");
    const auto results = create_unequal("unequal", ours, "", {ours.front()});
    EXPECT_TRUE(std::any_of(results.begin(), results.end(),
                            [](const auto &one) { return one.second == -EPROTO; }));
}

TEST_F(NodirTest, names_have_their_masters_through_a_power_cut_and_return)
{
    constexpr int resources = 24;
    ASSERT_TRUE(cluster().join("hashed", {1, 2, 3}));
    for (int i = 0; i < resources; i++) {
        const std::string name = "r" + std::to_string(i);
        for (int turn = 0; turn < 3; turn++) {
            const int id = (i + turn) % 3 + 1;
            const Mode mode = turn == 0 ? Mode::PR : turn == 1 ? Mode::CR : Mode::NL;
            ASSERT_TRUE(client(id).lock_wait(name, name, mode).granted());
        }
    }
    expect_masters_by_name("hashed", resources);
    for (int victim : {3, 1, 2}) {
        ASSERT_TRUE(cluster().kill(victim));
        expect_masters_by_name("hashed", resources);
        ASSERT_TRUE(cluster().revive(victim));
        ASSERT_TRUE(cluster().join_one(victim));
        Client &back = client(victim);
        for (int i = 0; i < resources; i++) {
            const std::string name = "r" + std::to_string(i);
            // Whoever lives holds what it held; the returned one gets its part again.
            const int turn = (victim - 1 - i % 3 + 3) % 3;
            EXPECT_EQ(back.ask(name, turn == 0 ? Mode::EX : Mode::CW), -EAGAIN) << name;
            const Mode mode = turn == 0 ? Mode::PR : turn == 1 ? Mode::CR : Mode::NL;
            ASSERT_TRUE(back.lock_wait(name, name, mode).granted()) << name;
        }
        expect_masters_by_name("hashed", resources);
    }
    ASSERT_TRUE(cluster().leave(2));
}

// Nobody joins or goes, and yet every lock is sent to its master again.
TEST_F(NodirTest, stop_and_start_loses_no_lock_no_waiter_and_no_value)
{
    ASSERT_TRUE(cluster().join("again", {1, 2, 3}));
    std::map<std::string, Answer> calls;
    for (int i = 0; i < 9; i++) {
        const int holder = i % 3 + 1, waiter = (i + 1) % 3 + 1;
        const std::string name = "r" + std::to_string(i);
        ASSERT_TRUE(client(holder).lock_wait(name, name, Mode::EX, "vb").granted());
        client(holder).command("lvb again " + name + " value=v" + std::to_string(i));
        ASSERT_TRUE(client(holder).convert_wait(name, Mode::PW, "vb").granted());
        calls[name] = client(waiter).lock("w" + name, name, Mode::PR, "vb");
        ASSERT_EQ(calls[name].ret(), 0);
    }
    for (int round = 0; round < 3; round++) {
        ASSERT_TRUE(cluster().control().stop("again", {1, 2, 3}));
        ASSERT_TRUE(cluster().control().set_members_and_start("again", {1, 2, 3}, {1, 2, 3}));
        ASSERT_TRUE(cluster().control().wait_recovered("again", {1, 2, 3}));
    }
    for (int i = 0; i < 9; i++) {
        const int holder = i % 3 + 1, waiter = (i + 1) % 3 + 1, third = (i + 2) % 3 + 1;
        const std::string name = "r" + std::to_string(i);
        EXPECT_EQ(client(third).ask(name, Mode::CW), -EAGAIN) << name;
        EXPECT_EQ(client(holder).unlock_wait(name).status, eunlock);
        Completion granted = client(waiter).wait("w" + name, calls[name]);
        EXPECT_TRUE(granted.granted()) << name << ": " << granted;
        EXPECT_EQ(granted.lvb, "v" + std::to_string(i));
        EXPECT_EQ(granted.flags, 0u) << name;
    }
    ASSERT_TRUE(cluster().leave(2));
}

// A member goes that neither held nor mastered the resource, but the name gets another master.
TEST_F(NodirTest, value_moves_with_its_readers_to_another_master)
{
    ASSERT_TRUE(cluster().join("values", {1, 2, 3}));
    const auto moving = [](int from, int to) {
        for (int i = 0;; i++) {
            std::string name = "m" + std::to_string(i);
            if (hash_node(name, {1, 2, 3}) == from && hash_node(name, {1, 2}) == to)
                return name;
        }
    };
    for (int from : {1, 2}) {
        const int to = 3 - from;
        const std::string name = moving(from, to), lock = "at" + std::to_string(from);
        ASSERT_TRUE(client(from).lock_wait(lock, name, Mode::EX, "vb").granted());
        client(from).command("lvb values " + lock + " value=good");
        ASSERT_TRUE(client(from).convert_wait(lock, Mode::PR, "vb").granted());
    }
    ASSERT_TRUE(cluster().kill(3));
    for (int from : {1, 2}) {
        const int to = 3 - from;
        const std::string name = moving(from, to), lock = "at" + std::to_string(from);
        Completion read = client(to).lock_wait(lock, name, Mode::CR, "vb");
        EXPECT_TRUE(read.granted()) << read;
        // A stock node that learns of a resource from a lock that is sent to it takes no value.
        if (node(to).module() == Module::stock)
            continue;
        EXPECT_EQ(read.lvb, "good") << name;
        EXPECT_EQ(read.flags, 0u) << "PR with VALBLK knows the value";
    }
    expect_masters_by_name("values", 2);
    ASSERT_TRUE(cluster().revive(3));
    ASSERT_TRUE(cluster().join_one(3));
    for (int from : {1, 2})
        EXPECT_EQ(client(3).ask(moving(from, 3 - from), Mode::CW), -EAGAIN);
    ASSERT_TRUE(cluster().leave(2));
}

}  // namespace
}  // namespace dlm::client
