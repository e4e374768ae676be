/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dlm_sim_deadlock: owners that hold some locks and wait for others, on simulated
 * nodes, and the search for deadlocks over them.
 *
 * Each seed has two parts. In the first, owners take their resources in one order, so
 * that no cycle can be; whoever is chosen as victim then was chosen falsely. Recoveries and
 * lost connections come in between. In the second a cycle is planted among bystanders: one of
 * its locks, the youngest that may, must give way within one interval, and nobody else.
 */
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <set>

#include "checker.hh"
#include "space.hh"

namespace dlm::sim {

constexpr uint64_t kWaitUs = 30'000;  /* interval of searches */
constexpr uint64_t kLookUs = 1'000;   /* how often a node looks for what is due */
constexpr uint64_t kSlackUs = 15'000; /* for the messages of two walks */
constexpr uint64_t kSlowUs = 900'000; /* the same, if some of them take 30 ms */

struct Totals {
    uint64_t granted = 0, waited_long = 0, recoveries = 0, searches = 0;
    uint64_t cycles = 0, found = 0, spared = 0;
};

class Deadlocks {
public:
    Deadlocks(uint64_t seed, bool verbose) : world_(seed), checker_(world_), seed_(seed)
    {
        world_.verbose = verbose;
    }
    std::string run(Totals &totals);

private:
    struct Owner {
        Space *space = nullptr;
        uint64_t key = 0;
        std::vector<std::string> plan; /* resources still to be taken, in order */
        std::vector<ClientLock *> held;
        ClientLock *waiting = nullptr;
        uint64_t asked_us = 0;
    };

    Random &random() { return world_.random; }
    void boot();
    void start(bool first);
    void recover();
    bool running() const;
    bool wait_running();
    ClientLock *ask(Owner &owner, const std::string &name, int mode, uint32_t flags = 0);
    static bool granted(const ClientLock *lock)
    {
        return lock->lock && lock->lock->lkb.queue == DLM_QUEUE_GRANT && !lock->lock->lkb.op;
    }
    void let_go(Owner &owner);
    void tick(Owner &owner);
    void look(Space &space);
    void without_cycle(Totals &totals);
    void plant(Totals &totals);
    void until(const std::function<bool()> &done, uint64_t limit_us, const char *what);

    World world_;
    Checker checker_;
    uint64_t seed_;
    std::vector<std::unique_ptr<ClientLock>> locks_;
    std::vector<std::unique_ptr<Owner>> owners_;
    std::vector<std::unique_ptr<Space>> spaces_; /* go first: they know their locks */
    std::vector<ClientLock *> victims_;
    uint64_t next_serial_ = 1;
    bool working_ = false;
    Totals *totals_ = nullptr;
};

void Deadlocks::boot()
{
    const int nodes = 2 + static_cast<int>(seed_ % 3);
    for (int i = 1; i <= nodes; i++) {
        spaces_.push_back(std::make_unique<Space>(world_, checker_, i, false));
        Space &space = *spaces_.back();
        world_.nodes[i] = &space;
        space.on_victim = [this](ClientLock &victim, const dlm_chain &chain) {
            char text[2000];
            dlm_detect_print(&chain, text, sizeof(text));
            world_.trace(std::string("victim: ") + text);
            victims_.push_back(&victim);
        };
        look(space);
        for (int k = 1; k <= 3; k++) {
            auto owner = std::make_unique<Owner>();
            owner->space = &space;
            owner->key = static_cast<uint64_t>(k); /* the same on each node: of the node alone */
            owners_.push_back(std::move(owner));
        }
    }
}

void Deadlocks::look(Space &space)
{
    space.look_for_deadlocks(kWaitUs);
    space.after(kLookUs, [this, &space] { look(space); });
}

void Deadlocks::start(bool first)
{
    std::vector<dlm_member> list;
    for (auto &space : spaces_) {
        dlm_member m{};
        m.nodeid = space->nodeid();
        m.weight = 1;
        list.push_back(m);
    }
    if (!first)
        for (auto &space : spaces_)
            space->stop();
    for (auto &space : spaces_)
        space->after(random().between(1, 3000), [this, &space = *space, list] {
            if (space.start(list, [](int) { return false; }))
                world_.fail("start was refused");
        });
}

bool Deadlocks::running() const
{
    return std::all_of(spaces_.begin(), spaces_.end(), [](auto &s) { return s->running(); });
}

bool Deadlocks::wait_running()
{
    until([this] { return running(); }, 20'000'000, "a recovery did not end");
    return !world_.failed();
}

void Deadlocks::until(const std::function<bool()> &done, uint64_t limit_us, const char *what)
{
    const uint64_t end = world_.now_us() + limit_us;
    while (!done() && !world_.failed()) {
        if (world_.now_us() >= end) {
            world_.fail(what);
            return;
        }
        world_.run_for(200);
    }
}

ClientLock *Deadlocks::ask(Owner &owner, const std::string &name, int mode, uint32_t flags)
{
    auto made = std::make_unique<ClientLock>();
    ClientLock *lock = made.get();
    lock->serial = next_serial_++;
    lock->resource = name;
    lock->owner = owner.key;
    lock->node = owner.space->nodeid();
    checker_.clients[lock->serial] = lock;
    checker_.accepted(*lock, DLM_OP_REQUEST);
    locks_.push_back(std::move(made));
    owner.space->request(lock, mode, flags);
    return lock;
}

void Deadlocks::let_go(Owner &owner)
{
    for (ClientLock *lock : owner.held) {
        if (lock->gone || !lock->lock || !lock->lock->in_table)
            continue;
        checker_.accepted(*lock, DLM_OP_UNLOCK);
        if (owner.space->unlock(lock, DLM_LKF_FORCEUNLOCK))
            checker_.refused(*lock, DLM_OP_UNLOCK);
    }
    owner.held.clear();
}

/* One step of an owner who takes its resources in order, and in the end gives them all back. */
void Deadlocks::tick(Owner &owner)
{
    if (owner.waiting && !granted(owner.waiting)) {
        if (owner.waiting->gone)
            world_.fail("a request of an owner ended");
    } else if (owner.waiting) {
        totals_->granted++;
        totals_->waited_long += world_.now_us() - owner.asked_us > kWaitUs;
        owner.held.push_back(owner.waiting);
        owner.waiting = nullptr;
    } else if (!owner.plan.empty()) {
        static const int modes[] = {DLM_LOCK_CR, DLM_LOCK_CW, DLM_LOCK_PR,
                                    DLM_LOCK_PW, DLM_LOCK_EX, DLM_LOCK_EX};
        const uint32_t flags = random().chance(10) ? DLM_LKF_NOORDER : 0;
        owner.waiting = ask(owner, owner.plan.front(), modes[random().below(6)], flags);
        owner.asked_us = world_.now_us();
        owner.plan.erase(owner.plan.begin());
    } else if (!owner.held.empty()) {
        let_go(owner);
    } else if (working_) {
        for (int i = 0; i < 5; i++)
            if (random().chance(50))
                owner.plan.push_back("r" + std::to_string(i));
    }
    const uint64_t pause =
        random().chance(20) ? random().between(10'000, 40'000) : random().between(100, 2000);
    if (working_ || owner.waiting || !owner.plan.empty() || !owner.held.empty())
        owner.space->after(pause, [this, &owner] { tick(owner); });
}

void Deadlocks::without_cycle(Totals &totals)
{
    const int nodes = static_cast<int>(spaces_.size());

    working_ = true;
    for (auto &owner : owners_)
        tick(*owner);
    for (int i = 0; i < 3; i++) {
        world_.run_for(random().between(60'000, 120'000));
        const int a = 1 + random().below(nodes), b = 1 + random().below(nodes);
        if (a != b)
            world_.reset(a, b);
        if (random().chance(50)) {
            start(false);
            totals.recoveries++;
            if (!wait_running())
                return;
        }
    }
    working_ = false;
    until(
        [this] {
            return std::all_of(owners_.begin(), owners_.end(), [](auto &o) {
                return !o->waiting && o->plan.empty() && o->held.empty();
            });
        },
        60'000'000, "the owners do not come to an end");
    if (!victims_.empty())
        world_.fail("a victim, and no cycle");
}

void Deadlocks::plant(Totals &totals)
{
    const size_t k = 2 + random().below(std::min<uint32_t>(owners_.size() - 1, 4));
    std::vector<Owner *> in;
    std::vector<ClientLock *> waits;
    std::set<ClientLock *> able;
    auto name = [](size_t i) { return "p" + std::to_string(i); };

    const bool slow = random().chance(30);
    world_.slow_percent = slow ? 3 : 0;
    for (auto &owner : owners_)
        in.push_back(owner.get());
    for (size_t i = in.size(); i-- > 1;)
        std::swap(in[i], in[random().below(i + 1)]);
    for (size_t i = 0; i < k; i++)
        in[i]->held.push_back(
            ask(*in[i], name(i), random().chance(50) ? DLM_LOCK_PR : DLM_LOCK_EX));
    /* Bystanders wait without being waited for. */
    until(
        [&] {
            return std::all_of(in.data(), in.data() + k,
                               [](Owner *o) { return granted(o->held.back()); });
        },
        5'000'000, "a lock of the cycle is not granted");
    if (world_.failed())
        return;
    std::vector<ClientLock *> aside;
    for (size_t i = k; i < in.size(); i++)
        aside.push_back(ask(*in[i], name(random().below(k)), DLM_LOCK_EX));
    for (size_t i = 0; i < k; i++) {
        world_.run_for(random().between(100, random().chance(30) ? 50'000 : 4000));
        const uint32_t flags = random().chance(25) ? DLM_LKF_NODLCKWT : 0;
        waits.push_back(ask(*in[i], name((i + 1) % k), DLM_LOCK_EX, flags));
        if (!flags)
            able.insert(waits.back());
        if (!victims_.empty())
            world_.fail("a victim before the cycle was closed");
    }
    totals.cycles++;
    if (random().chance(20)) {
        start(false); /* a recovery in between takes its time */
        totals.recoveries++;
        if (!wait_running())
            return;
    }
    world_.run_for(kWaitUs + kSlackUs);
    for (uint64_t more = kSlowUs; slow && victims_.empty() && more && !able.empty(); more -= 1000)
        world_.run_for(1000);
    if (able.empty()) {
        totals.spared++;
        if (!victims_.empty())
            world_.fail("a victim that was not to be one");
        return;
    }
    if (victims_.size() != 1)
        world_.fail(std::to_string(victims_.size()) + " victims of one cycle of " +
                    std::to_string(k));
    else if (!able.count(victims_[0]))
        world_.fail("the wrong victim");
    else
        totals.found++;
}

std::string Deadlocks::run(Totals &totals)
{
    totals_ = &totals;
    boot();
    start(true);
    if (!wait_running())
        return world_.failure();
    without_cycle(totals);
    if (!world_.failed())
        plant(totals);
    return world_.failure();
}

}  // namespace dlm::sim

int main(int argc, char **argv)
{
    using namespace dlm::sim;
    CLI::App app{"runs owners of locks, and the search for deadlocks over them"};
    uint64_t first = 1, last = 1000, one = 0;
    bool verbose = false;
    app.add_option("--first", first, "first seed");
    app.add_option("--last", last, "last seed");
    app.add_option("--seed", one, "one seed, to replay a run");
    app.add_flag("--verbose,-v", verbose, "print every step");
    CLI11_PARSE(app, argc, argv);
    if (one)
        first = last = one;

    Totals totals;
    int failed = 0;
    for (uint64_t seed = first; seed <= last && failed < 5; seed++) {
        Deadlocks run(seed, verbose);
        const std::string failure = run.run(totals);
        if (failure.empty())
            continue;
        failed++;
        std::printf("seed %llu: %s\nreplay: dlm_sim_deadlock --seed %llu -v\n",
                    static_cast<unsigned long long>(seed), failure.c_str(),
                    static_cast<unsigned long long>(seed));
    }
    auto line = [](const char *what, uint64_t n) {
        std::printf("%-36s %llu\n", what, static_cast<unsigned long long>(n));
    };
    line("grants without a cycle", totals.granted);
    line("of them after more than one interval", totals.waited_long);
    line("recoveries", totals.recoveries);
    line("cycles planted", totals.cycles);
    line("found", totals.found);
    line("of NODLCKWT alone, left alone", totals.spared);
    /* An empty run shows nothing. */
    const uint64_t seeds = last - first + 1;
    const bool thin = !failed && !one &&
                      (totals.granted < 20 * seeds || totals.waited_long < seeds ||
                       totals.found < seeds / 2 || totals.recoveries < seeds / 2);
    if (thin)
        std::printf("too little happened\n");
    return failed || thin ? 1 : 0;
}
