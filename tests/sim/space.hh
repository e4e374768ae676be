/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One node's lockspace: the shell of the simulator around the pure layers. It
 * owns resources and locks, carries out effects, walks resources for recovery
 * in small batches, and delivers callbacks at random later times.
 *
 * A Space dies with its node: events that belong to it look up the boot number
 * first.
 */
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "link.hh"
#include "pure.hh"
#include "world.hh"

namespace dlm::sim {

class Space;
class Checker;

constexpr uint32_t kLvbLen = 16;
constexpr uint32_t kGlobalId = 0x5a17c0de;

/* What a call passes beside mode and flags. */
struct ClientCall {
    bool bast = true;
    char function = 'a';
    char argument = 'a';
    bool other = false;        /* the second status block and buffer */
    bool unlock_block = false; /* an unlock passes a status block at all */
};

/* One lock as its caller knows it. */
struct ClientLock {
    int node = 0;
    uint64_t boot = 0;
    uint64_t serial = 0;
    std::string resource;
    dlm_lksb lksb{};
    char lvb[kLvbLen]{};
    dlm_lksb other{};
    char other_lvb[kLvbLen]{};
    ClientCall call;                       /* of the next call */
    char arguments[4]{};                   /* what callbacks are called with points here */
    const dlm_callback *current = nullptr; /* while it is delivered */
    uint32_t cast_sleep_us = 0;            /* how long each completion takes */
    uint64_t busy_until_us = 0;
    uint32_t requested = 0; /* operations accepted, by what they may end in */
    int held = DLM_LOCK_IV; /* mode after the last completion that was decided */
    uint64_t owner = 0;     /* key, 0: cannot be told apart */
    bool keeper = false;    /* holds NL all the time, so that the resource lives */
    bool gone = false;      /* last completion delivered, or its node died */
    struct Lock *lock = nullptr;
    Space *space = nullptr;
};

/* Which of the caller's two functions of its kind a callback names: 'a' or 'b'. */
char function_of(const dlm_callback &cb);

/* A lock block with what the shell adds. */
struct Lock {
    dlm_lkb lkb{};
    bool first_used = false;
    bool in_table = false;
    bool delivering = false; /* a delivery event is queued */
    bool deferred = false;
    bool converting = false;  /* the checker has seen it on the convert queue */
    uint64_t arrival = 0;     /* order in which it came to a wait queue */
    std::vector<uint8_t> lvb; /* master copies */
    ClientLock *client = nullptr;
    dlm_watch watch{};
    dlm_op first{}; /* last: ends in room for a value */

    static Lock *of(dlm_lkb *l) { return reinterpret_cast<Lock *>(l); }
};

struct Resource {
    dlm_resource res{};
    std::string name;
    std::vector<uint8_t> lvb;
    uint64_t idle_since = 0;
    bool idle = false;

    static Resource *of(dlm_resource *r) { return reinterpret_cast<Resource *>(r); }
};

class Space {
public:
    Space(World &world, Checker &checker, int nodeid, bool nodir);
    ~Space();
    Space(const Space &) = delete;

    /* Callers. The lock's first operation is a request. */
    void request(ClientLock *client, int mode, uint32_t flags);
    int convert(ClientLock *client, int mode, uint32_t flags);
    int unlock(ClientLock *client, uint32_t flags);

    /* Control plane. */
    void stop();
    int start(const std::vector<dlm_member> &members, std::function<bool(int)> failed);
    bool running() const { return cluster_.recover.state == DLM_RECOVER_RUNNING; }

    /* Begin the searches for deadlocks that are due. search.cc */
    void look_for_deadlocks(uint64_t wait_us);
    /* A lock was chosen, and has given way. */
    std::function<void(ClientLock &victim, const dlm_chain &chain)> on_victim;

    /* A message that the session has let through. */
    void message(int from, const dlm_in &in, const std::vector<uint8_t> &bytes);
    Links &links() { return links_; }
    /* Later, unless this node is gone by then. */
    void after(uint64_t delay_us, std::function<void()> action);

    World &world() { return world_; }
    dlm_cluster &cluster() { return cluster_; }
    int nodeid() const { return cluster_.our_nodeid; }
    uint64_t boot() const { return boot_; }
    const std::map<std::string, std::unique_ptr<Resource>> &resources() const { return resources_; }
    Lock *find_lock(uint32_t id);
    std::vector<Lock *> own_locks();
    size_t nr_locks() const { return locks_.size(); }
    const std::vector<int> &slots_called() const { return slots_called_; }

private:
    friend struct Ops;

    Resource *find(const std::string &name);
    Resource *find_or_create(const std::string &name);
    Resource *create(const std::string &name);
    void erase(Resource *r);
    Lock *new_lock(Resource *r, ClientLock *client);
    void free_lock(Lock *lock);
    dlm_op *new_op(Lock *lock, dlm_op_kind kind);
    void free_op(dlm_op *op);

    /* receive.cc */
    void process_message(int from, const dlm_in &in);
    void handle_request(int from, const dlm_in &in, bool admitted, Resource *r);
    void handle_lookup(int from, const dlm_in &in);
    void handle_recovery(int from, const dlm_in &in);
    void answer_names(int from, const dlm_in &in);
    void take_names(int from, const dlm_in &in);
    void recovery_lock(int from, const dlm_in &in);
    void recovery_lock_reply(int from, const dlm_in &in);
    void recovery_lock_again(uint32_t id, uint64_t epoch);

    /* search.cc */
    void search_to(int to, const dlm_chain &chain);
    void search_step(dlm_chain &chain);
    void search_waits_of(uint64_t owner, dlm_chain &chain);
    void give_way(const dlm_chain &chain);

    void visit_some(dlm_visit step, uint64_t epoch, size_t next, uint32_t sent);
    void visit_one(dlm_visit step, const std::string &name, uint32_t index, uint32_t *sent);
    void visit_own(dlm_visit step);
    void drain_saved(uint64_t epoch);
    void run_deferred(uint32_t id);
    void kick_callbacks(Lock *lock);
    void deliver(uint64_t serial_of_lock);
    void toss(const std::string &name);
    void look_at(Resource *r);
    void order_is_lost();

    World &world_;
    Checker &checker_;
    Links links_;
    dlm_cluster cluster_{};
    uint64_t boot_;
    uint32_t next_id_ = 1;
    uint64_t next_arrival_ = 1;
    std::map<std::string, std::unique_ptr<Resource>> resources_;
    std::map<uint32_t, Lock *> locks_;
    std::map<uint64_t, Lock *> with_callbacks_; /* by client serial; outlive the table entry */
    std::vector<std::string> snapshot_;
    std::deque<std::pair<int, std::vector<uint8_t>>> saved_;
    std::vector<int> slots_called_;
    bool held_ = false; /* callbacks are held back */
    uint64_t timer_token_ = 0;
    uint32_t search_round_ = 0;
};

}  // namespace dlm::sim
