// SPDX-License-Identifier: GPL-2.0-or-later
// Single steps of the search for deadlocks, on one node: what a step is given, and what it sends.
// The walks as a whole are detect_test.cc's.
#include "bench.hh"

extern "C" {
#include "cluster/detect.h"
}

namespace dlm::test {
namespace {

constexpr u32 kOrder = DLM_WIRE_SEARCH_ORDER;
constexpr u32 kConfirm = DLM_WIRE_SEARCH_CONFIRM;
constexpr u32 kNoVictim = DLM_WIRE_SEARCH_NO_VICTIM;

// A node that masters the resource, open.
struct Steps : Bench {
    Steps()
    {
        cl.gate = DLM_GATE_OPEN;
        res.master = 1;
    }
    // A link for the lock, as its owner appends it.
    dlm_search_link &link(const dlm_lkb &lkb)
    {
        const bool copy = lkb.state & DLM_LKB_MASTER_COPY;
        dlm_search_link &made = links(copy ? u32(lkb.holder) : 1, copy ? lkb.remid : lkb.id);
        made.rqmode = lkb.requested_mode;
        return made;
    }
    dlm_search_link &links(u32 nodeid, u32 lkid)
    {
        dlm_search_link &made = chain.links[chain.head.nr_links++];
        made.nodeid = nodeid;
        made.lkid = lkid;
        made.grmode = s8(IV);
        return made;
    }
    // "owner 2:1388 wait 1:65 ..." of all that was sent.
    std::string sent_steps()
    {
        static const char *const kNames[] = {"?", "master", "owner", "key", "wait", "victim"};
        std::string out;
        for (const SentSearch &s : std::exchange(searches, {}))
            out += (out.empty() ? "" : " ") + std::string(kNames[s.chain.head.step]) + " " +
                   std::to_string(s.to) + ":" + std::to_string(s.chain.head.lkid);
        return out;
    }
    std::string blockers(Lock &lock)
    {
        dlm_detect_blockers(&cl, &lock.lkb, &chain);
        return sent_steps();
    }
    std::string wait(Lock &lock)
    {
        dlm_detect_wait(&cl, &lock.lkb, &watch, &chain, now_us);
        return sent_steps();
    }
    std::string start(Lock &lock)
    {
        dlm_detect_start(&cl, &lock.lkb, &watch, &chain, 1, now_us);
        return sent_steps();
    }
    // An own lock that waits, with its watch.
    Lock &watched(dlm_queue queue = W, int granted = IV)
    {
        Lock &lock = own(queue, granted, queue == G ? IV : EX);
        dlm_watch_init(&watch, lock.lkb.id, 7);
        dlm_watch_begin(&watch, 500);
        return lock;
    }
    static std::string name(const char *step, const Lock &lock)
    {
        const bool copy = lock.lkb.state & DLM_LKB_MASTER_COPY;
        return std::string(step) + " " + std::to_string(copy ? lock.lkb.holder : 1) + ":" +
               std::to_string(copy ? lock.lkb.remid : lock.lkb.id);
    }

    dlm_chain chain{};
    dlm_watch watch{};
    u64 now_us = 9000;
};

/* ---- at the master ---- */

TEST(Blockers, holders_of_what_excludes_the_mode)
{
    Steps s;
    Steps::Lock &pr = s.copy(2, G, PR);
    s.own(G, NL);
    Steps::Lock &cr = s.own(G, CR);
    Steps::Lock &waiting = s.copy(3, W, IV, EX);
    s.link(waiting.lkb);
    EXPECT_EQ(s.blockers(waiting), s.name("owner", pr) + " " + s.name("owner", cr));
}

TEST(Blockers, who_stands_before_it)
{
    Steps s;
    Steps::Lock &first = s.own(C, NL, EX), &last = s.copy(2, C, NL, EX);
    Steps::Lock &one = s.copy(3, W, IV, EX), &two = s.own(W, IV, EX), &three = s.own(W, IV, EX);
    const std::pair<Steps::Lock *, std::string> kRows[] = {
        {&first, ""},
        {&last, s.name("wait", first)},
        {&one, s.name("wait", last)},
        {&two, s.name("wait", one)},
        {&three, s.name("wait", two)},
    };
    for (const auto &[lock, before] : kRows) {
        s.chain = {};
        s.link(lock->lkb);
        EXPECT_EQ(s.blockers(*lock), before);
    }
    s.chain = {};
    s.link(three.lkb);
    two.lkb.exflags = DLM_LKF_NODLCKBLK;
    EXPECT_EQ(s.blockers(three), "");
    two.lkb.exflags = 0;
    three.lkb.exflags = DLM_LKF_NOORDER;
    EXPECT_EQ(s.blockers(three), "");
}

TEST(Blockers, nobody_before_the_first_that_waits)
{
    Steps s;
    s.own(G, NL);
    Steps::Lock &waiting = s.own(W, IV, EX);
    s.link(waiting.lkb);
    EXPECT_EQ(s.blockers(waiting), "");
}

TEST(Blockers, only_of_the_wait_that_is_meant)
{
    struct Row {
        const char *what;
        void (*change)(Steps &s, Steps::Lock &waiting);
    };
    const Row kRows[] = {
        {"mastered elsewhere", [](Steps &s, Steps::Lock &) { s.res.master = 2; }},
        {"granted", [](Steps &s, Steps::Lock &l) { dlm_engine_move(&s.res, &l.lkb, G); }},
        {"being cancelled",
         [](Steps &, Steps::Lock &l) {
             static dlm_op op;
             l.lkb.op_cancel = &op;
         }},
        {"another node", [](Steps &s, Steps::Lock &) { s.chain.links[0].nodeid = 3; }},
        {"another lock", [](Steps &s, Steps::Lock &) { s.chain.links[0].lkid++; }},
    };
    for (const Row &row : kRows) {
        Steps s;
        s.own(G, PR);
        Steps::Lock &waiting = s.copy(2, W, IV, EX);
        s.link(waiting.lkb);
        EXPECT_NE(s.blockers(waiting), "");
        row.change(s, waiting);
        EXPECT_EQ(s.blockers(waiting), "") << row.what;
    }
}

TEST(Blockers, second_walk_ends_behind_the_last_link)
{
    Steps s;
    Steps::Lock &holder = s.own(G, PR), &waiting = s.copy(2, W, IV, EX);
    for (int i = 0; i < 2; i++) {
        dlm_search_link &link = s.link(waiting.lkb);
        link.holder = 1;
        link.blocker = holder.lkb.id;
    }
    s.chain.head.flags = kConfirm;
    s.chain.head.at = 1;
    EXPECT_EQ(s.blockers(waiting), s.name("owner", holder));
    s.chain.head.nr_links = 1;
    EXPECT_EQ(s.blockers(waiting), "");
}

TEST(Blockers, second_walk_goes_on_through_the_very_same)
{
    const auto walk = [](void (*change)(dlm_search_link & link)) {
        Steps s;
        Steps::Lock &holder = s.copy(3, G, PR), &waiting = s.copy(2, W, IV, EX);
        holder.lkb.since_us = 77;
        dlm_search_link &link = s.link(waiting.lkb);
        link.holder = 3;
        link.blocker = holder.lkb.remid;
        link.grant_us = 77;
        change(link);
        s.chain.head.flags = kConfirm;
        return s.blockers(waiting) == s.name("owner", holder);
    };
    EXPECT_TRUE(walk([](dlm_search_link &) {}));
    EXPECT_FALSE(walk([](dlm_search_link &link) { link.holder = 2; }));
    EXPECT_FALSE(walk([](dlm_search_link &link) { link.blocker++; }));
    EXPECT_FALSE(walk([](dlm_search_link &link) { link.grant_us++; }));
    EXPECT_FALSE(walk([](dlm_search_link &link) { link.flags |= kOrder; }));
}

TEST(Blockers, what_holds_back_those_behind_anyway_is_left_to_their_own_search)
{
    for (const int behind : {CR, EX}) {
        Steps s;
        Steps::Lock &holder = s.own(G, PR), &waiting = s.copy(2, W, IV, EX);
        Steps::Lock &last = s.copy(3, W, IV, behind);
        s.link(last.lkb).flags = kOrder;
        s.link(waiting.lkb);
        EXPECT_EQ(s.blockers(waiting), behind == CR ? s.name("owner", holder) : "");
    }
    // What it holds itself does not hold it back.
    Steps s;
    Steps::Lock &first = s.own(C, NL, EX), &second = s.own(C, PR, EX);
    s.link(second.lkb).flags = kOrder;
    s.link(first.lkb);
    EXPECT_EQ(s.blockers(first), s.name("owner", second));
}

/* ---- at the owner ---- */

TEST(Start, only_of_an_owner_that_waits)
{
    for (const dlm_queue queue : {W, C}) {
        Steps s;
        Steps::Lock &lock = s.watched(queue, queue == C ? NL : IV);
        EXPECT_EQ(s.start(lock), s.name("master", lock));
        s.watch.owner = 0;
        EXPECT_EQ(s.start(lock), "");
    }
    Steps s;
    EXPECT_EQ(s.start(s.watched(G, PR)), "");
}

TEST(Start, goes_to_a_master_that_is_known_and_knows_the_lock)
{
    const struct {
        int master;
        u32 remid;
        bool sent;
    } kRows[] = {{2, 9, true}, {2, 0, false}, {0, 9, false}};
    for (const auto &row : kRows) {
        Steps s;
        Steps::Lock &lock = s.watched();
        s.res.master = row.master;
        lock.lkb.remid = row.remid;
        EXPECT_EQ(s.start(lock), row.sent ? "master 2:9" : "");
    }
}

TEST(Wait, a_chain_that_is_full_goes_no_further)
{
    Steps s;
    Steps::Lock &lock = s.watched();
    for (u32 i = 0; i < DLM_WIRE_SEARCH_LINKS_MAX - 1; i++)
        s.links(1, 1);
    EXPECT_EQ(s.wait(lock), s.name("master", lock));
    s.watch.seen_round = 99;
    EXPECT_EQ(s.chain.head.nr_links, u32(DLM_WIRE_SEARCH_LINKS_MAX));
    EXPECT_EQ(s.wait(lock), "");
}

TEST(Wait, the_lowest_name_is_left_to_its_own_search)
{
    for (const u32 first : {50U, 100U, 150U}) {
        Steps s;
        Steps::Lock &lock = s.watched();
        ASSERT_EQ(lock.lkb.id, 100U);
        // With the same name it is a former wait of the lock, and no cycle comes back to that.
        s.links(1, first);
        EXPECT_EQ(s.wait(lock) != "", first == 50) << first;
    }
}

// The chain comes back to its first link: is what holds the first ones back in the way of the last?
TEST(Wait, the_end_of_the_chain_meets_its_beginning)
{
    struct Link {
        u32 flags;
        int rqmode, grmode;
    };
    const struct {
        std::vector<Link> links;
        Link beyond;  // what lies behind the chain
        bool closes;
    } kRows[] = {
        {{{0, EX, EX}, {0, EX, EX}}, {}, true},
        {{{0, EX, EX}, {kOrder, PR, IV}}, {}, false},
        {{{0, EX, PR}, {kOrder, PR, IV}}, {}, true},
        {{{0, EX, PR}, {kOrder, EX, IV}, {kOrder, PR, IV}}, {}, false},
        {{{kOrder, EX, IV}, {0, EX, EX}, {kOrder, PR, IV}}, {}, false},
        {{{kOrder, EX, EX}, {0, EX, CR}, {kOrder, PR, IV}}, {}, true},
        // Waiting behind each other all the way: nothing holds any of them back.
        {{{kOrder, EX, IV}, {kOrder, EX, IV}}, {0, IV, IV}, false},
        {{{kOrder, EX, IV}, {kOrder, EX, IV}}, {kOrder, IV, IV}, false},
    };
    int nr = 0;
    for (const auto &row : kRows) {
        Steps s;
        Steps::Lock &lock = s.watched();
        for (const Link &l : row.links) {
            dlm_search_link &link = s.links(1, lock.lkb.id);
            link.wait_us = s.watch.since_us;
            link.flags = l.flags;
            link.rqmode = s8(l.rqmode);
            link.grmode = s8(l.grmode);
        }
        for (u32 i = s.chain.head.nr_links; i < s.chain.head.nr_links + 2; i++) {
            s.chain.links[i].flags = i == s.chain.head.nr_links ? row.beyond.flags : 0;
            s.chain.links[i].grmode = s8(IV);
        }
        EXPECT_EQ(s.wait(lock) != "", row.closes) << "row " << nr;
        nr++;
    }
}

/* ---- the victim ---- */

TEST(Victim, the_youngest_then_the_highest_name)
{
    struct Link {
        u32 nodeid, lkid, waited_ms, flags;
    };
    const struct {
        std::vector<Link> links;
        u32 chosen_before;  // id on node 1, 0 none
        std::string victim;
    } kRows[] = {
        {{{1, 10, 5, 0}, {1, 20, 9, 0}}, 0, "victim 1:10"},
        {{{1, 10, 9, 0}, {1, 20, 5, 0}}, 0, "victim 1:20"},
        {{{1, 20, 5, 0}, {1, 10, 9, 0}}, 0, "victim 1:20"},
        {{{1, 20, 9, 0}, {1, 10, 5, 0}}, 0, "victim 1:10"},
        {{{1, 10, 5, 0}, {1, 20, 5, 0}}, 0, "victim 1:20"},
        {{{1, 20, 5, 0}, {1, 10, 5, 0}}, 0, "victim 1:20"},
        {{{2, 10, 5, 0}, {1, 20, 5, 0}}, 0, "victim 2:10"},
        {{{1, 10, 5, kNoVictim}, {1, 20, 9, 0}}, 0, "victim 1:20"},
        {{{1, 10, 5, kNoVictim}, {1, 20, 9, kNoVictim}}, 0, ""},
        // Who was chosen stays chosen, while it is in the chain and may be.
        {{{1, 10, 5, 0}, {1, 20, 9, 0}}, 20, "victim 1:20"},
        {{{1, 10, 5, 0}, {1, 20, 9, kNoVictim}}, 20, "victim 1:10"},
        {{{1, 10, 5, 0}, {1, 20, 9, 0}}, 30, "victim 1:10"},
    };
    int nr = 0;
    for (const auto &row : kRows) {
        Steps s;
        Steps::Lock &lock = s.watched();
        s.watch.id = row.links[0].lkid;
        s.cl.our_nodeid = int(row.links[0].nodeid);
        for (const Link &l : row.links) {
            dlm_search_link &link = s.links(l.nodeid, l.lkid);
            link.wait_us = s.watch.since_us;
            link.waited_ms = l.waited_ms;
            link.flags = l.flags;
        }
        // Behind the chain lies what an older one has left.
        s.chain.links[row.links.size()].nodeid = 1;
        s.chain.links[row.links.size()].lkid = 30;
        s.chain.head.flags = kConfirm;
        s.chain.head.at = s.chain.head.nr_links;
        if (row.chosen_before != 0)
            s.watch.victim = u64(1) << 32 | row.chosen_before;
        EXPECT_EQ(s.wait(lock), row.victim) << "row " << nr;
        nr++;
    }
}

TEST(Victim, is_the_wait_that_was_chosen)
{
    Steps s;
    Steps::Lock &lock = s.watched();
    for (int i = 0; i < 2; i++)
        s.link(lock.lkb).wait_us = s.watch.since_us;
    const auto is = [&] { return dlm_detect_is_victim(&s.cl, &lock.lkb, &s.watch, &s.chain); };
    s.chain.head.at = 1;
    EXPECT_TRUE(is());
    s.chain.head.nr_links = 1;
    EXPECT_FALSE(is()) << "behind the chain";
    s.chain.head.at = 0;
    s.watch.since_us++;
    EXPECT_FALSE(is()) << "another wait";
}

TEST(Print, one_line_of_who_waits_for_whom)
{
    Steps s;
    const char name[] = "a !\x7e\x7f\"\\\n";
    dlm_search_link &one = s.links(1, 0x2f);
    one.waited_ms = 30;
    one.rqmode = s8(EX);
    one.namelen = sizeof(name) - 1;
    memcpy(one.name, name, one.namelen);
    one.holder = 2;
    one.blocker = 0x3a;
    dlm_search_link &two = s.links(2, 0x3b);
    two.flags = kOrder;
    two.holder = 1;
    two.blocker = 0x10;
    char text[200];
    const int len = dlm_detect_print(&s.chain, text, sizeof(text));
    EXPECT_STREQ(text,
                 "1:2f waits 30 ms for EX on \"a\\x20!~\\x7f\\x22\\x5c\\x0a\" held by 2:3a; "
                 "2:3b waits 0 ms for NL on \"\" behind 1:10");
    EXPECT_EQ(len, int(strlen(text)));
}

TEST(Elsewhere, each_other_member_is_asked_once)
{
    Steps s;
    dlm_detect_elsewhere(&s.cl, &s.chain, DLM_OWNER_EVERYWHERE | 7);
    EXPECT_EQ(s.sent_steps(), "key 2:0 key 3:0");
    dlm_detect_elsewhere(&s.cl, &s.chain, 7);
    EXPECT_EQ(s.sent_steps(), "");
}

}  // namespace
}  // namespace dlm::test
