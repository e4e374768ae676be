// SPDX-License-Identifier: GPL-2.0-or-later
// Sublocks (lock-semantics 17.1) between two nodes: P01 to P06 as far as a process can show them,
// and the names of their resources on the wire.
#include <gtest/gtest.h>

#include <string>

#include "cluster/nodes.hh"

namespace dlm::test {
namespace {

class Family : public testing::Test {
protected:
    int child(char node, char lock, char parent, std::string_view name, int mode, u32 flags = 0)
    {
        const int err = n_[node].request_child(lock, parent, name, mode, flags);
        n_.settle();
        return err;
    }
    std::string log() { return n_.take_log(); }

    Nodes n_{"AM"};
};

TEST_F(Family, P01_children_of_one_resource_meet_whatever_their_parents)
{
    n_['A'].set_resource('5', "x");
    n_.run("A1+CR; A3+CR");
    EXPECT_EQ(child('A', '2', '1', "x", DLM_LOCK_EX), 0);
    EXPECT_EQ(log(), "cA2=0");
    EXPECT_EQ(child('A', '4', '3', "x", DLM_LOCK_EX, DLM_LKF_NOQUEUE), 0);
    EXPECT_EQ(log(), "cA4=EAGAIN");
    EXPECT_EQ(n_.run("A5+EX(noq)"), "cA5=0") << "a root of that name is another resource";
    EXPECT_EQ(child('A', '6', '1', "y", DLM_LOCK_EX, DLM_LKF_NOQUEUE), 0);
    EXPECT_EQ(log(), "cA6=0") << "another name";
    EXPECT_EQ(child('A', '7', '2', "x", DLM_LOCK_EX, DLM_LKF_NOQUEUE), 0);
    EXPECT_EQ(log(), "cA7=0") << "one level below";
    n_.run("A7-; A6-; A5-; A2-; A3-; A1-");
}

TEST_F(Family, P01_children_of_two_nodes_meet)
{
    n_.run("A1+CR; M1+CR");
    EXPECT_EQ(child('A', '2', '1', "x", DLM_LOCK_EX), 0);
    EXPECT_EQ(child('M', '2', '1', "x", DLM_LOCK_PR), 0);
    EXPECT_EQ(log(), "cA2=0 bA2=PR");
    EXPECT_EQ(n_.run("A2-"), "cA2=EUNLOCK cM2=0");
    n_.run("M2-; M1-; A1-");
}

TEST_F(Family, P02_a_plain_unlock_waits_for_the_children)
{
    n_.run("A1+CR");
    child('A', '2', '1', "x", DLM_LOCK_EX);
    log();
    EXPECT_EQ(n_.run("A1-"), "A1-=ENOTEMPTY");
    EXPECT_EQ(n_.run("A1x"), "") << "a cancel has nothing to do with them";
    EXPECT_EQ(n_.run("A1>PR"), "cA1=0") << "nor has a conversion";
    EXPECT_EQ(n_.run("A2-; A1-"), "cA2=EUNLOCK cA1=EUNLOCK");
}

TEST_F(Family, P02_a_child_that_waits_counts_and_a_refused_one_does_not)
{
    n_.run("A1+CR; M1+CR");
    child('M', '2', '1', "x", DLM_LOCK_EX);
    child('A', '2', '1', "x", DLM_LOCK_EX);
    EXPECT_EQ(n_.run("A1-"), "A1-=ENOTEMPTY");
    EXPECT_EQ(n_.run("A2x; A1-"), "cA2=ECANCEL cA1=EUNLOCK");
    n_.run("A1+CR");
    child('A', '2', '1', "x", DLM_LOCK_EX, DLM_LKF_NOQUEUE);
    EXPECT_EQ(log(), "cA2=EAGAIN");
    EXPECT_EQ(n_.run("A1-; M2-; M1-"), "cA1=EUNLOCK cM2=EUNLOCK cM1=EUNLOCK");
}

TEST_F(Family, P03_a_forced_unlock_takes_the_tree_along_leaves_first)
{
    n_.run("A1+CR");
    child('A', '2', '1', "x", DLM_LOCK_EX);
    child('A', '3', '2', "y", DLM_LOCK_EX);
    child('A', '4', '1', "z", DLM_LOCK_PR);
    child('A', '5', '3', "deep", DLM_LOCK_NL);
    log();
    EXPECT_EQ(n_.run("A1-(F)"), "cA5=EUNLOCK cA3=EUNLOCK cA2=EUNLOCK cA4=EUNLOCK cA1=EUNLOCK");
    EXPECT_EQ(n_['A'].nr_locks(), 0U);
    EXPECT_EQ(n_['M'].nr_locks(), 0U);
}

TEST_F(Family, P03_the_tree_of_another_node_is_not_touched)
{
    n_.run("A1+CR; M1+CR");
    child('A', '2', '1', "x", DLM_LOCK_CR);
    child('M', '2', '1', "x", DLM_LOCK_CR);
    log();
    EXPECT_EQ(n_.run("A1-(F)"), "cA2=EUNLOCK cA1=EUNLOCK");
    EXPECT_EQ(n_.run("M1-"), "M1-=ENOTEMPTY");
    n_.run("M1-(F)");
}

TEST_F(Family, P03_while_it_waits_for_its_children_the_parent_is_being_unlocked)
{
    n_.run("M9+NL; A1+CR");
    child('M', '2', '9', "x", DLM_LOCK_NL);  // M masters the child's resource
    child('A', '2', '1', "x", DLM_LOCK_EX);
    log();
    EXPECT_EQ(n_.run("cut A; A1-(F)"), "");
    EXPECT_EQ(n_.run("A1-"), "A1-=EBUSY");
    EXPECT_EQ(n_.run("A1x"), "A1x=EINVAL");
    EXPECT_EQ(n_.run("A1-(F)"), "A1-(F)=EINVAL");
    EXPECT_EQ(n_.run("A1>NL"), "A1>NL=EBUSY");
    EXPECT_EQ(child('A', '3', '1', "z", DLM_LOCK_NL), -EBUSY);
    EXPECT_EQ(n_.run("heal A"), "cA2=EUNLOCK cA1=EUNLOCK");
    n_.run("M2-; M9-");
}

TEST_F(Family, P04_until_the_unlock_of_the_child_is_decided)
{
    n_.run("M9+NL; A1+CR");
    child('M', '2', '9', "x", DLM_LOCK_NL);
    child('A', '2', '1', "x", DLM_LOCK_EX);
    log();
    EXPECT_EQ(n_.run("cut A; A2-; A1-"), "A1-=ENOTEMPTY");
    EXPECT_EQ(n_.run("heal A"), "cA2=EUNLOCK");
    EXPECT_EQ(n_.run("A1-; M2-; M9-"), "cA1=EUNLOCK cM2=EUNLOCK cM9=EUNLOCK");
}

TEST_F(Family, P05_who_may_be_a_parent)
{
    EXPECT_EQ(child('A', '2', '1', "x", DLM_LOCK_NL), -ENOENT);
    n_.run("M1+EX; A1+PR");
    EXPECT_EQ(child('A', '2', '1', "x", DLM_LOCK_NL), -EBUSY) << "it waits";
    n_.run("M1>NL");
    EXPECT_EQ(child('A', '2', '1', "x", DLM_LOCK_NL), 0);
    EXPECT_EQ(child('A', '3', '1', "y", DLM_LOCK_NL, DLM_LKF_PERSISTENT), -EINVAL);

    // Kinds, and other nodes' locks.
    dlm_family f;
    dlm_family_init(&f, 1);
    const dlm_lkb &own = n_['A'].own('1')->lkb;
    const dlm_lkb &copy = n_['M'].copy_of(node_of('A'), '1')->lkb;
    EXPECT_EQ(dlm_family_admit(&own, &f, 0, 0), 0);
    EXPECT_EQ(dlm_family_admit(&own, &f, 0, DLM_IFL_USER), -ENOENT);
    EXPECT_EQ(dlm_family_admit(&copy, &f, 0, 0), -ENOENT);

    // A converting parent holds a mode.
    n_.run("M1>PR; A1>EX");
    EXPECT_EQ(child('A', '4', '1', "z", DLM_LOCK_NL), 0);
    n_.run("M1-; A1-(F)");
}

TEST_F(Family, P05_depth)
{
    n_.run("A1+NL");
    char last = '1';
    for (int depth = 2; depth <= DLM_FAMILY_DEPTH_MAX; depth++) {
        const char next = char('a' + depth);
        ASSERT_EQ(child('A', next, last, "same", DLM_LOCK_EX), 0) << depth;
        last = next;
    }
    EXPECT_EQ(child('A', 'z', last, "same", DLM_LOCK_EX), -EINVAL);
    n_.run("A1-(F)");
    EXPECT_EQ(n_['A'].nr_locks(), 0U);
}

// P-9, made by hand: coreutils' sha256sum has the digests.
TEST(FamilyName, bytes)
{
    const u8 digest_of_r[] = {0x45, 0x43, 0x49, 0xe4, 0x22, 0xf0, 0x52, 0x97, 0x19, 0x1e, 0xad};
    u8 name[DLM_FAMILY_NAME_LEN];
    dlm_family_name(name, reinterpret_cast<const u8 *>("r"), 1, 2,
                    reinterpret_cast<const u8 *>("ab"), 2);
    const std::string text(reinterpret_cast<char *>(name), sizeof(name));
    EXPECT_EQ(text.substr(0, 8), std::string("\0SUB\1\2\2\0", 8));
    EXPECT_EQ(memcmp(name + 8, digest_of_r, sizeof(digest_of_r)), 0);
    EXPECT_EQ(text.substr(40), "ab" + std::string(22, '\0'));
    EXPECT_TRUE(dlm_family_name_reserved(name, sizeof(name)));
    EXPECT_FALSE(dlm_family_name_reserved(name, sizeof(name) - 1));
    name[4] = 2;
    EXPECT_FALSE(dlm_family_name_reserved(name, sizeof(name))) << "another version";
}

TEST(FamilyName, long_names_differ_in_their_digest)
{
    u8 one[DLM_FAMILY_NAME_LEN], two[DLM_FAMILY_NAME_LEN];
    const std::string a(25, 'n'), b = std::string(24, 'n') + 'm';
    auto make = [](u8 *out, const std::string &name) {
        dlm_family_name(out, reinterpret_cast<const u8 *>("r"), 1, 2,
                        reinterpret_cast<const u8 *>(name.data()), name.size());
    };
    make(one, a);
    make(two, b);
    EXPECT_EQ(memcmp(one, two, 48), 0);
    EXPECT_NE(memcmp(one + 48, two + 48, 16), 0);
    make(two, std::string(64, 'n'));
    EXPECT_NE(memcmp(one, two, 48), 0) << "the length is in the name";
}

TEST(FamilyName, what_the_parent_called_the_child)
{
    for (const size_t len : {0U, 1U, 23U, 24U, 25U, 64U}) {
        const std::string name(len, 'n');
        u8 wire[DLM_FAMILY_NAME_LEN];
        size_t own_len = 99;
        bool whole = false;
        dlm_family_name(wire, reinterpret_cast<const u8 *>("r"), 1, 2,
                        reinterpret_cast<const u8 *>(name.data()), len);
        const u8 *own = dlm_family_own_name(wire, &own_len, &whole);
        EXPECT_EQ(whole, len <= 24) << len;
        ASSERT_EQ(own_len, whole ? len : 8) << "of a longer one its beginning";
        EXPECT_EQ(memcmp(own, name.data(), own_len), 0) << len;
    }
}

}  // namespace
}  // namespace dlm::test
