// SPDX-License-Identifier: GPL-2.0-or-later
//
// A node loses its power: what the survivors are told and in which order, what becomes of locks,
// waiters and values, and what the returned node finds. The victim is once the second and once
// the third node, so that in a mixed cluster both kinds of module die.
#include "client_lib/client_suite.h"
#include "harness/environment.h"

#include <algorithm>

namespace dlm::client {
namespace {

using guest::Outcome;

class RecoveryTest : public ClientSuite, public testing::WithParamInterface<int> {
protected:
    int victim() const { return GetParam(); }
    std::vector<int> survivors() const
    {
        std::vector<int> ids = {1, 2, 3};
        ids.erase(std::find(ids.begin(), ids.end(), victim()));
        return ids;
    }

    // The newest "done" of a node.
    Event last_done(int id)
    {
        Event done;
        for (const Event &event : client(id).events())
            if (event.kind == EventKind::done)
                done = event;
        return done;
    }
};

std::string slot_of(const Event &done, int node)
{
    const std::string slots = "," + done.words.at("slots");
    const std::string key = "," + std::to_string(node) + ":";
    const auto at = slots.find(key);
    if (at == std::string::npos)
        return "";
    const auto from = at + key.size();
    return slots.substr(from, slots.find(',', from) - from);
}

struct Recovery {
    std::vector<Event> prep, slot, done;
};

Recovery recovery_of(const std::vector<Event> &events)
{
    Recovery r;
    for (const Event &event : events) {
        if (event.kind == EventKind::prep)
            r.prep.push_back(event);
        else if (event.kind == EventKind::slot)
            r.slot.push_back(event);
        else if (event.kind == EventKind::done)
            r.done.push_back(event);
    }
    return r;
}

TEST_P(RecoveryTest, callbacks_come_once_in_order_and_name_the_slot)
{
    ASSERT_TRUE(cluster().join("slots", {1, 2, 3}));
    std::map<int, Event> before;
    for (int id : {1, 2, 3})
        before[id] = last_done(id);
    for (int id : {1, 2, 3}) {
        ASSERT_TRUE(before[id].words.count("slots")) << node(id).name() << " had no recover_done";
        EXPECT_EQ(before[id].words["slots"], before[1].words["slots"]);
        EXPECT_EQ(before[id].words["gen"], before[1].words["gen"]);
        EXPECT_EQ(before[id].words["our_slot"], slot_of(before[1], id));
    }
    ASSERT_TRUE(cluster().kill(victim()));
    std::map<int, Event> after;
    for (int id : survivors()) {
        ASSERT_EQ(client(id).command("space_wait slots done=2 timeout_ms=60000").ret(), 0);
        Recovery r = recovery_of(client(id).events());
        ASSERT_EQ(r.prep.size(), 1u) << node(id).name();
        ASSERT_EQ(r.slot.size(), 1u) << node(id).name();
        ASSERT_EQ(r.done.size(), 1u) << node(id).name();
        EXPECT_LT(r.prep[0].seq, r.slot[0].seq);
        EXPECT_LT(r.slot[0].seq, r.done[0].seq);
        EXPECT_EQ(r.slot[0].words["nodeid"], std::to_string(victim()));
        EXPECT_EQ(r.slot[0].words["slot"], slot_of(before[1], victim()));
        after[id] = r.done[0];
    }
    const int first = survivors().front();
    for (int id : survivors()) {
        EXPECT_EQ(after[id].words["slots"], after[first].words["slots"]);
        EXPECT_EQ(after[id].words["gen"], after[first].words["gen"]);
        EXPECT_EQ(slot_of(after[id], id), slot_of(before[1], id)) << "a member keeps its slot";
        EXPECT_EQ(slot_of(after[id], victim()), "");
        EXPECT_GT(std::stoul(after[id].words["gen"]), std::stoul(before[id].words["gen"]));
    }
    ASSERT_TRUE(cluster().revive(victim()));
    ASSERT_TRUE(cluster().join_one(victim()));
    ASSERT_EQ(client(victim()).command("space_wait slots done=1 timeout_ms=60000").ret(), 0);
    Recovery back = recovery_of(client(victim()).events());
    EXPECT_TRUE(back.prep.empty()) << "no recover_prep for a join";
    EXPECT_TRUE(back.slot.empty());
    ASSERT_EQ(back.done.size(), 1u);
    // The lowest free slot is the one that it left.
    EXPECT_EQ(back.done[0].words["our_slot"], slot_of(before[1], victim()));
    for (int id : survivors()) {
        ASSERT_EQ(client(id).command("space_wait slots done=3 timeout_ms=60000").ret(), 0);
        Recovery r = recovery_of(client(id).events());
        EXPECT_EQ(r.prep.size(), 1u);
        EXPECT_TRUE(r.slot.empty());
        ASSERT_EQ(r.done.size(), 1u);
        EXPECT_EQ(r.done[0].words["slots"], back.done[0].words["slots"]);
        EXPECT_EQ(r.done[0].words["gen"], back.done[0].words["gen"]);
    }
    ASSERT_TRUE(cluster().leave());
}

// A lock of a survivor that must outlive the recovery.
struct Kept {
    int node;
    std::string id, name;
    Mode mode;
};

// One resource for each mode and place of the master, held by a survivor.
class Holdings {
public:
    Holdings(ClientCluster &cluster, int victim, std::vector<int> survivors)
        : cluster_(cluster), victim_(victim), survivors_(std::move(survivors))
    {
    }

    // Half of the resources are mastered by the victim: it took an NL lock first.
    Outcome take()
    {
        for (int id : survivors_) {
            for (Mode mode : {Mode::NL, Mode::CR, Mode::CW, Mode::PR, Mode::PW, Mode::EX}) {
                for (bool remote : {false, true})
                    if (Outcome taken = take_one(id, mode, remote); !taken)
                        return taken;
            }
        }
        return guest::ok();
    }

    // Refused to every other node of the list, in a mode that conflicts.
    void ask(const std::vector<int> &nodes)
    {
        for (int asker : nodes) {
            std::vector<std::pair<std::string, Mode>> questions;
            for (const Kept &kept : kept_)
                if (kept.node != asker && conflicting(kept.mode) != Mode::IV)
                    questions.emplace_back(kept.name, conflicting(kept.mode));
            const auto answers = cluster_[asker].ask(questions);
            for (std::size_t i = 0; i < questions.size(); i++)
                EXPECT_EQ(answers[i], -EAGAIN)
                    << "n" << asker << " asks " << mode_name(questions[i].second) << " on "
                    << questions[i].first;
        }
    }

    // They are what they were: a conversion down from them works, and then all is free.
    void give_back()
    {
        for (const Kept &kept : kept_) {
            EXPECT_TRUE(cluster_[kept.node].convert_wait(kept.id, Mode::NL).granted()) << kept.name;
            EXPECT_EQ(cluster_[kept.node].unlock_wait(kept.id).status, eunlock) << kept.name;
        }
        for (const Kept &kept : kept_)
            EXPECT_EQ(cluster_[survivors_.back()].ask(kept.name, Mode::EX), 0) << kept.name;
    }

private:
    Outcome take_one(int id, Mode mode, bool remote)
    {
        const std::string name =
            cluster_.name_at(remote ? victim_ : id,
                             (remote ? "far" : "near") + std::to_string(id) + mode_name(mode));
        if (remote && !cluster_[victim_].lock_wait(name, name, Mode::NL).granted())
            return guest::fail() << "the victim does not get " << name;
        if (!cluster_[id].lock_wait(name, name, mode).granted())
            return guest::fail() << "n" << id << " does not get " << name;
        kept_.push_back({id, name, name, mode});
        return guest::ok();
    }

    ClientCluster &cluster_;
    int victim_;
    std::vector<int> survivors_;
    std::vector<Kept> kept_;
};

TEST_P(RecoveryTest, survivors_keep_every_lock_and_the_dead_keep_none)
{
    ASSERT_TRUE(cluster().join("keep", {1, 2, 3}));
    Holdings holdings(cluster(), victim(), survivors());
    ASSERT_TRUE(holdings.take());
    // Locks of the victim: mastered by itself, and by each survivor.
    std::vector<std::pair<std::string, Mode>> dead;
    for (int master : {1, 2, 3}) {
        for (Mode mode : {Mode::CR, Mode::PW, Mode::EX}) {
            const std::string name =
                cluster().name_at(master, "dead" + std::to_string(master) + mode_name(mode));
            if (master != victim()) {
                ASSERT_TRUE(client(master).lock_wait(name, name, Mode::NL).granted());
            }
            ASSERT_TRUE(client(victim()).lock_wait(name, name, mode).granted());
            dead.emplace_back(name, Mode::EX);
        }
    }
    holdings.ask({1, 2, 3});
    ASSERT_TRUE(cluster().kill(victim()));
    holdings.ask(survivors());
    for (int id : survivors())
        for (int answer : client(id).ask(dead))
            EXPECT_EQ(answer, 0) << "a lock of the dead is not free for n" << id;
    ASSERT_TRUE(cluster().revive(victim()));
    ASSERT_TRUE(cluster().join_one(victim()));
    holdings.ask({1, 2, 3});
    for (int answer : client(victim()).ask(dead))
        EXPECT_EQ(answer, 0) << "not free for the node that came back";
    holdings.give_back();
    ASSERT_TRUE(cluster().leave(2));
}

// 15.6: nothing that follows from the removal is heard before prep and slot have been.
void expect_after_slot(const std::vector<Event> &events, const std::string &lock)
{
    Recovery r = recovery_of(events);
    ASSERT_EQ(r.slot.size(), 1u);
    bool seen = false;
    for (const Event &event : events) {
        if (event.kind != EventKind::cast || event.lock != lock || event.status != 0)
            continue;
        seen = true;
        EXPECT_GT(event.seq, r.slot[0].seq) << lock << " was granted before recover_slot";
    }
    EXPECT_TRUE(seen) << lock << " was not granted";
}

TEST_P(RecoveryTest, queue_behind_the_dead_is_granted_after_the_slot_callback)
{
    ASSERT_TRUE(cluster().join("queue", {1, 2, 3}));
    const int a = survivors()[0];
    const int b = survivors()[1];
    std::map<std::string, Answer> calls;
    // Mastered by the victim, which holds EX: both survivors wait.
    const std::string far0 = cluster().name_at(victim(), "far0");
    for (int i = 0; i < 6; i++) {
        const std::string lock = "far" + std::to_string(i);
        const std::string name = i ? cluster().name_at(victim(), lock) : far0;
        ASSERT_TRUE(client(victim()).lock_wait(lock, name, Mode::EX).granted());
        for (int id : {a, b}) {
            calls[lock + std::to_string(id)] = client(id).lock(lock, name, Mode::PR);
            ASSERT_EQ(calls[lock + std::to_string(id)].ret(), 0);
        }
    }
    // Mastered by a survivor, the victim holds EX with a value, without one, and the other waits.
    for (const char *lock : {"vb", "plain"}) {
        const std::string flags = lock == std::string("vb") ? "vb" : "";
        const std::string name = cluster().name_at(a, lock, survivors());
        ASSERT_TRUE(client(a).lock_wait("base", name, Mode::EX, "vb").granted());
        client(a).command("lvb queue base value=good");
        ASSERT_TRUE(client(a).convert_wait("base", Mode::NL, "vb").granted());
        ASSERT_TRUE(client(victim()).lock_wait(lock, name, Mode::EX, flags).granted());
        calls[lock] = client(b).lock(lock, name, Mode::PR, "vb");
        ASSERT_EQ(calls[lock].ret(), 0);
        ASSERT_EQ(client(a)
                      .command("lock queue keep_" + std::string(lock) +
                               " mode=NL flags=exp,vb name=" + name)
                      .ret(),
                  0);
        EXPECT_EQ(client(a).unlock_wait("base").status, eunlock);
    }
    // Operations that are under way to the victim when it dies: an unlock, a cancel, a request.
    ASSERT_TRUE(client(b).settle());
    for (int id : {a, b})
        client(id).skip_events();
    ASSERT_TRUE(cluster().kill(victim()));
    for (int i = 0; i < 6; i++) {
        const std::string name = "far" + std::to_string(i);
        for (int id : {a, b}) {
            Completion granted = client(id).wait(name, calls[name + std::to_string(id)]);
            EXPECT_TRUE(granted.granted()) << name << " of n" << id << ": " << granted;
        }
    }
    Completion with_value = client(b).wait("vb", calls["vb"]);
    EXPECT_TRUE(with_value.granted()) << with_value;
    EXPECT_EQ(with_value.flags, value_invalid) << "the dead held EX with VALBLK";
    EXPECT_EQ(with_value.lvb, "good");
    Completion without = client(b).wait("plain", calls["plain"]);
    EXPECT_TRUE(without.granted()) << without;
    // Without a directory, stock takes each resource for one that has moved, and its value for
    // lost.
    const bool moved = guest::run_options().directory != guest::Directory::used &&
                       node(a).module() == guest::Module::stock;
    EXPECT_EQ(without.flags, moved ? value_invalid : 0u) << "the dead could not have written";
    EXPECT_EQ(without.lvb, "good");
    for (int id : {a, b}) {
        const auto events = client(id).events();
        for (int i = 0; i < 6; i++)
            expect_after_slot(events, "far" + std::to_string(i));
        if (id == b) {
            expect_after_slot(events, "vb");
            expect_after_slot(events, "plain");
        }
    }
    ASSERT_TRUE(cluster().revive(victim()));
    ASSERT_TRUE(cluster().join_one(victim()));
    EXPECT_EQ(client(victim()).ask(far0, Mode::EX), -EAGAIN);
    EXPECT_EQ(client(victim()).ask(far0, Mode::PR), 0);
    ASSERT_TRUE(cluster().leave(2));
}

// What was asked of the dead master and not answered ends as the rules say.
TEST_P(RecoveryTest, operations_under_way_to_a_dead_master_end_once)
{
    ASSERT_TRUE(cluster().join("ways", {1, 2, 3}));
    const int a = survivors()[0];
    Client &c = client(a);
    const char *names[] = {"unlock", "up", "down", "cancel", "force_request", "force_convert"};
    std::map<std::string, std::string> at;  // the resource of each lock
    for (const char *name : names) {
        at[name] = cluster().name_at(victim(), name);
        ASSERT_TRUE(client(victim()).lock_wait(name, at[name], Mode::NL).granted());
    }
    ASSERT_TRUE(c.lock_wait("unlock", at["unlock"], Mode::EX).granted());
    ASSERT_TRUE(c.lock_wait("up", at["up"], Mode::NL).granted());
    ASSERT_TRUE(c.lock_wait("down", at["down"], Mode::EX).granted());
    ASSERT_TRUE(c.lock_wait("force_convert", at["force_convert"], Mode::NL).granted());
    ASSERT_TRUE(client(victim()).convert_wait("cancel", Mode::EX).granted());
    ASSERT_EQ(c.lock("cancel", at["cancel"], Mode::PR).ret(), 0);
    ASSERT_TRUE(c.settle());
    // From here on nothing is skipped: an operation that is still at the directory may end at once.
    c.skip_events();
    cluster().cluster().cut(a, victim());
    EXPECT_EQ(c.unlock("unlock").ret(), 0);
    EXPECT_EQ(c.convert("up", Mode::PR).ret(), 0);
    EXPECT_EQ(c.unlock("up").ret(), -EBUSY);
    Completion down = c.convert_wait("down", Mode::NL);
    EXPECT_TRUE(down.granted()) << "a down conversion needs no answer: " << down;
    EXPECT_EQ(c.cancel("cancel").ret(), 0);
    EXPECT_EQ(c.lock("force_request", at["force_request"], Mode::PR).ret(), 0);
    EXPECT_EQ(c.unlock("force_request", "F").ret(), 0);
    EXPECT_EQ(c.convert("force_convert", Mode::PR).ret(), 0);
    EXPECT_EQ(c.unlock("force_convert", "F").ret(), 0);
    ASSERT_TRUE(cluster().kill(victim()));
    cluster().cluster().heal(a, victim());
    ASSERT_EQ(c.command("space_wait ways done=2 timeout_ms=60000").ret(), 0);
    ASSERT_TRUE(c.settle());
    std::map<std::string, std::vector<std::string>> casts;
    for (const Event &event : c.events())
        if (event.kind == EventKind::cast)
            casts[event.lock].push_back(status_name(event.status));
    using List = std::vector<std::string>;
    EXPECT_EQ(casts["unlock"], List{"EUNLOCK"});
    EXPECT_EQ(casts["up"], List{"0"});
    EXPECT_EQ(casts["down"], List{"0"});
    EXPECT_EQ(casts["cancel"], List{"ECANCEL"});
    EXPECT_EQ(casts["force_request"], List{"EUNLOCK"});
    EXPECT_EQ(casts["force_convert"], List{"EUNLOCK"});
    const int other = survivors()[1];
    EXPECT_EQ(client(other).ask(at["unlock"], Mode::EX), 0);
    EXPECT_EQ(client(other).ask(at["up"], Mode::EX), -EAGAIN);
    EXPECT_EQ(client(other).ask(at["up"], Mode::PR), 0);
    EXPECT_EQ(client(other).ask(at["down"], Mode::EX), 0);
    EXPECT_EQ(client(other).ask(at["force_request"], Mode::EX), 0);
    EXPECT_EQ(client(other).ask(at["force_convert"], Mode::EX), 0);
    ASSERT_TRUE(cluster().revive(victim()));
    ASSERT_TRUE(cluster().join_one(victim()));
    ASSERT_TRUE(cluster().leave(2));
}

INSTANTIATE_TEST_SUITE_P(Victim, RecoveryTest, testing::Values(2, 3),
                         [](const auto &info) { return "n" + std::to_string(info.param); });

}  // namespace
}  // namespace dlm::client
