// SPDX-License-Identifier: GPL-2.0-or-later
//
// Sublocks through the exported API: who meets whom, what a parent's unlock may and does, and that
// they are ordinary locks to every other node. In a mixed cluster the kernel's own module is the
// second node, which ignores parent_lkid: it meets the others on a child's resource by its name on
// the wire, and is made to master it. Then the master loses its power.
#include "client_lib/client_suite.h"

#include <algorithm>

#include "platform/dlm_platform.h"
extern "C" {
#include "cluster/family.h"
}

namespace dlm::client {
namespace {

using List = std::vector<std::string>;

// What a node that knows nothing of sublocks calls it: "hex:..".
std::string wire_name(const std::string &root, const std::string &name)
{
    u8 bytes[DLM_FAMILY_NAME_LEN];
    dlm_family_name(bytes, reinterpret_cast<const u8 *>(root.data()), root.size(), 2,
                    reinterpret_cast<const u8 *>(name.data()), name.size());
    std::string hex = "hex:";
    for (const u8 byte : bytes) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    return hex;
}

class SublocksTest : public ClientSuite {
protected:
    bool ours(int id) { return node(id).module() == guest::Module::ours; }

    // The child @name of the lock @parent, with its completion.
    Completion child(int id, const std::string &label, const std::string &parent,
                     const std::string &name, Mode mode, const std::string &flags = "")
    {
        return client(id).lock_wait(label, name, mode, flags, "parent=" + id_of(id, parent));
    }
    Answer child_call(int id, const std::string &label, const std::string &parent,
                      const std::string &name, Mode mode)
    {
        return client(id).lock(label, name, mode, "", "parent=" + id_of(id, parent));
    }
    std::string id_of(int id, const std::string &label)
    {
        return client(id).command("show " + cluster().space() + " " + label).word("own");
    }
    // Masters the resource of a child of "root" from now on.
    void become_master(int id, const std::string &label, const std::string &name)
    {
        if (ours(id)) {
            ASSERT_TRUE(child(id, label, "root", name, Mode::NL).granted());
        } else {
            ASSERT_TRUE(client(id).lock_wait(label, wire_name("root", name), Mode::NL).granted());
        }
    }
    // All completions since the last look, "lock=STATUS" in their order.
    List casts(int id)
    {
        List all;
        for (const Event &event : client(id).events())
            if (event.kind == EventKind::cast)
                all.push_back(event.lock + "=" + status_name(event.status));
        return all;
    }
};

TEST_F(SublocksTest, P01_P02_children_of_one_resource_meet_and_hold_their_parents)
{
    ASSERT_TRUE(cluster().join("meet", {1, 2, 3}));
    ASSERT_TRUE(client(1).lock_wait("1", "root", Mode::CR).granted());
    ASSERT_TRUE(client(3).lock_wait("3", "root", Mode::CR).granted());
    EXPECT_TRUE(child(1, "2", "1", "x", Mode::EX).granted());
    EXPECT_EQ(child(3, "4", "3", "x", Mode::EX, "noq").status, -EAGAIN);
    EXPECT_TRUE(client(3).lock_wait("5", "x", Mode::EX, "noq").granted()) << "a root of that name";
    EXPECT_EQ(client(1).unlock("1").ret(), -ENOTEMPTY);
    EXPECT_EQ(client(1).cancel("1").ret(), 0);
    EXPECT_TRUE(client(1).convert_wait("1", Mode::PR).granted());
    EXPECT_EQ(client(3).unlock_wait("3").status, eunlock) << "its only child was refused";
    EXPECT_EQ(client(1).unlock_wait("2").status, eunlock);
    EXPECT_EQ(client(1).unlock_wait("1").status, eunlock);
    EXPECT_EQ(client(3).unlock_wait("5").status, eunlock);
    ASSERT_TRUE(cluster().leave());
}

TEST_F(SublocksTest, P03_a_forced_unlock_takes_the_tree_along)
{
    ASSERT_TRUE(cluster().join("tree", {1, 2, 3}));
    Client &c = client(1);
    ASSERT_TRUE(c.lock_wait("root", "root", Mode::EX, "vb").granted());
    int nr = 0;
    for (const char *a : {"a", "b", "c", "d"}) {
        ASSERT_TRUE(child(1, a, "root", a, Mode::PR).granted());
        for (const char *b : {"1", "2", "3", "4"}) {
            ASSERT_TRUE(child(1, std::string(a) + b, a, b, Mode::EX).granted());
            nr++;
        }
    }
    EXPECT_EQ(node(1).read("grep -c '\"root\"/\"[a-d]\"/\"[1-4]\" [0-9a-f]* [0-9a-f]* 3$' "
                           "/sys/kernel/debug/dlm/tree_sublocks"),
              std::to_string(nr));
    ASSERT_TRUE(c.settle());
    c.skip_events();
    ASSERT_EQ(c.unlock("root", "F").ret(), 0);
    ASSERT_EQ(c.command("wait tree root over=1 timeout_ms=60000").ret(), 0);
    const List all = casts(1);
    ASSERT_EQ(all.size(), 21u);
    EXPECT_EQ(all.back(), "root=EUNLOCK");
    auto place = [&](const std::string &lock) {
        return std::find(all.begin(), all.end(), lock + "=EUNLOCK") - all.begin();
    };
    for (const char *a : {"a", "b", "c", "d"})
        for (const char *b : {"1", "2", "3", "4"})
            EXPECT_LT(place(std::string(a) + b), place(a)) << a << b;
    EXPECT_EQ(client(3).ask("root", Mode::EX), 0);
    ASSERT_TRUE(cluster().leave());
}

TEST_F(SublocksTest, P05_bad_parents)
{
    ASSERT_TRUE(cluster().join("bad", {1, 2, 3}));
    Client &c = client(1);
    EXPECT_EQ(c.lock("x", "x", Mode::NL, "", "parent=0x7ffffff1").ret(), -ENOENT);
    ASSERT_TRUE(client(3).lock_wait("h", "root", Mode::EX).granted());
    ASSERT_EQ(c.lock("w", "root", Mode::PR).ret(), 0);
    EXPECT_EQ(child_call(1, "x", "w", "x", Mode::NL).ret(), -EBUSY) << "it waits";
    // Of the locks of node 3 on resources of node 1, the latter has copies; none may be a parent.
    ASSERT_TRUE(c.lock_wait("m", "mine", Mode::NL).granted());
    ASSERT_TRUE(client(3).lock_wait("o", "mine", Mode::NL).granted());
    ASSERT_TRUE(c.lock_wait("p", "pers", Mode::NL).granted());
    EXPECT_EQ(client(1).lock("x", "x", Mode::NL, "pers", "parent=" + id_of(1, "p")).ret(), -EINVAL);
    const std::string copies =
        node(1).read("awk '$2 == 3 && /mine/ {print $1}' /sys/kernel/debug/dlm/bad_locks");
    ASSERT_FALSE(copies.empty());
    EXPECT_EQ(c.lock("x", "x", Mode::NL, "", "parent=0x" + copies).ret(), -ENOENT);
    // A name that only sublocks may have.
    EXPECT_EQ(c.lock("x", wire_name("root", "x"), Mode::NL).ret(), -EINVAL);
    std::string last = "p";
    for (int depth = 2; depth <= 16; depth++) {
        const std::string next = "d" + std::to_string(depth);
        ASSERT_TRUE(child(1, next, last, "same", Mode::EX).granted()) << depth;
        last = next;
    }
    EXPECT_EQ(child_call(1, "x", last, "same", Mode::EX).ret(), -EINVAL);
    EXPECT_EQ(c.unlock_wait("p", "F").status, eunlock);
    // Switched off, the argument is ignored.
    ASSERT_TRUE(node(1).sh("echo 0 > /sys/kernel/dlm/bad/sublocks"));
    ASSERT_TRUE(c.lock_wait("x", "plain", Mode::EX, "", "parent=0x7ffffff1").granted());
    EXPECT_EQ(client(3).ask("plain", Mode::EX), -EAGAIN);
    ASSERT_TRUE(node(1).sh("echo 1 > /sys/kernel/dlm/bad/sublocks"));
    ASSERT_TRUE(cluster().leave(2));
}

// P04: the unlock of the child is under way to its master.
TEST_F(SublocksTest, P04_until_the_child_has_gone)
{
    ASSERT_TRUE(cluster().join("late", {1, 2, 3}));
    ASSERT_TRUE(client(3).lock_wait("3", "root", Mode::NL).granted());
    ASSERT_TRUE(child(3, "4", "3", "x", Mode::NL).granted()) << "node 3 masters it";
    ASSERT_TRUE(client(1).lock_wait("1", "root", Mode::NL).granted());
    ASSERT_TRUE(child(1, "2", "1", "x", Mode::EX).granted());
    cluster().cluster().cut(1, 3);
    ASSERT_EQ(client(1).unlock("2").ret(), 0);
    EXPECT_EQ(client(1).unlock("1").ret(), -ENOTEMPTY);
    cluster().cluster().heal(1, 3);
    EXPECT_EQ(client(1).command("wait late 2 over=1 timeout_ms=60000").ret(), 0);
    EXPECT_EQ(client(1).unlock_wait("1").status, eunlock);
    EXPECT_EQ(client(3).unlock_wait("4").status, eunlock);
    EXPECT_EQ(client(3).unlock_wait("3").status, eunlock);
    ASSERT_TRUE(cluster().leave());
}

// P01 to P04 and P06 in a lockspace of two nodes, where the other one is master of all and then
// loses its power.
TEST_F(SublocksTest, P06_of_two_nodes_the_master_dies)
{
    ASSERT_TRUE(cluster().join("pair", {1, 2}));
    Client &c = client(1);
    ASSERT_TRUE(client(2).lock_wait("root", "root", Mode::NL).granted());
    become_master(2, "m", "x");
    ASSERT_TRUE(c.lock_wait("1", "root", Mode::CR).granted());
    ASSERT_TRUE(c.lock_wait("3", "root", Mode::CR).granted());
    ASSERT_TRUE(child(1, "2", "1", "x", Mode::EX).granted());
    EXPECT_EQ(child(1, "4", "3", "x", Mode::EX, "noq").status, -EAGAIN);
    EXPECT_TRUE(c.lock_wait("5", "x", Mode::EX, "noq").granted()) << "a root of that name";
    EXPECT_EQ(c.unlock("1").ret(), -ENOTEMPTY);
    cluster().cluster().cut(1, 2);
    ASSERT_EQ(c.unlock("2").ret(), 0);
    EXPECT_EQ(c.unlock("1").ret(), -ENOTEMPTY) << "the child is still being unlocked";
    cluster().cluster().heal(1, 2);
    EXPECT_EQ(c.command("wait pair 2 over=1 timeout_ms=60000").ret(), 0);
    ASSERT_TRUE(child(1, "2", "1", "x", Mode::EX).granted());
    ASSERT_TRUE(c.settle());

    ASSERT_TRUE(cluster().kill(2));
    EXPECT_EQ(child(1, "4", "3", "x", Mode::EX, "noq").status, -EAGAIN) << "still held";
    EXPECT_EQ(c.unlock("1").ret(), -ENOTEMPTY);
    c.skip_events();
    ASSERT_EQ(c.unlock("1", "F").ret(), 0);
    ASSERT_EQ(c.command("wait pair 1 over=1 timeout_ms=60000").ret(), 0);
    EXPECT_EQ(casts(1), (List{"2=EUNLOCK", "1=EUNLOCK"}));
    ASSERT_TRUE(child(1, "4", "3", "x", Mode::EX, "noq").granted());

    ASSERT_TRUE(cluster().revive(2));
    ASSERT_TRUE(cluster().join_one(2));
    if (ours(2)) {
        ASSERT_TRUE(client(2).lock_wait("root", "root", Mode::NL).granted());
        EXPECT_EQ(child(2, "m", "root", "x", Mode::PR, "noq").status, -EAGAIN);
    } else {
        EXPECT_EQ(client(2).ask(wire_name("root", "x"), Mode::PR), -EAGAIN);
    }
    EXPECT_EQ(client(2).ask("x", Mode::PR), -EAGAIN);
    ASSERT_TRUE(cluster().leave(2));
}

class SublocksRecovery : public SublocksTest, public testing::WithParamInterface<int> {};

// P06: masters of the children are spread over the victim and a survivor; some of the survivors'
// new masters, too, may be the kernel's own module, which refuses a lock whose message names a
// parent.
TEST_P(SublocksRecovery, P06_children_outlive_the_master)
{
    const int victim = GetParam();
    const int survivor = victim == 2 ? 3 : 2;
    ASSERT_TRUE(cluster().join("master", {1, 2, 3}));
    for (int id : {1, 2, 3})
        ASSERT_TRUE(client(id).lock_wait("root", "root", Mode::CR).granted());
    constexpr int names = 8;
    std::map<int, Answer> waiting;
    for (int i = 0; i < names; i++) {
        const std::string name = "child" + std::to_string(i);
        become_master(i % 2 ? victim : survivor, "m" + name, name);
        ASSERT_TRUE(child(1, name, "root", name, Mode::EX).granted());
        if (ours(survivor)) {
            waiting[i] = child_call(survivor, "w" + name, "root", name, Mode::PR);
            ASSERT_EQ(waiting[i].ret(), 0);
        } else {
            waiting[i] = client(survivor).lock("w" + name, wire_name("root", name), Mode::PR);
            ASSERT_EQ(waiting[i].ret(), 0);
        }
    }
    ASSERT_TRUE(client(1).settle());
    ASSERT_TRUE(cluster().kill(victim));
    EXPECT_EQ(client(1).unlock("root").ret(), -ENOTEMPTY);
    for (int i = 0; i < names; i++) {
        const std::string name = "child" + std::to_string(i);
        EXPECT_EQ(child(1, "try" + name, "root", name, Mode::EX, "noq").status, -EAGAIN)
            << "still held, by our own other lock";
        EXPECT_EQ(client(1).unlock_wait(name).status, eunlock);
        EXPECT_TRUE(client(survivor).wait("w" + name, waiting[i]).granted()) << name;
    }
    EXPECT_EQ(client(1).unlock_wait("root").status, eunlock);
    ASSERT_TRUE(cluster().revive(victim));
    ASSERT_TRUE(cluster().join_one(victim));
    ASSERT_TRUE(cluster().leave(2));
}

INSTANTIATE_TEST_SUITE_P(Victim, SublocksRecovery, testing::Values(2, 3),
                         [](const auto &info) { return "n" + std::to_string(info.param); });

}  // namespace
}  // namespace dlm::client
