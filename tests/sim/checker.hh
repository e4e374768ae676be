/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold in every run, judged from calls and callbacks of all nodes and
 * with tables of its own (not the generated ones): design.md section 7, checks
 * 1, 2, 4, 5, 6, 7, 8.
 */
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "space.hh"

namespace dlm::sim {

class Checker {
public:
    explicit Checker(World &world) : world_(world) {}
    virtual ~Checker() = default;

    /* Calls that were accepted. */
    void accepted(ClientLock &client, dlm_op_kind kind);
    /* The same call was refused after all. */
    void refused(ClientLock &client, dlm_op_kind kind);
    /* A write of the value block was accepted, or its invalidation. */
    void value_written(ClientLock &client, bool invalidate);

    /* Whether it is written depends on what is under way. */
    void value_perhaps_written(ClientLock &client);

    /* Effects. A scenario's recorder takes them in the checker's place. */
    virtual void decided(Space &space, Lock &lock, const dlm_op &op);
    virtual void discarded(Lock &lock, const dlm_op &op);
    virtual void cast(ClientLock &client, int status, int sb_flags);
    virtual void bast(ClientLock &client, int mode);
    virtual void message_sent(Space &space, int to, const dlm_msg &m);
    /* A conversion came to the convert queue at the master; not by recovery. */
    virtual void conversion_queued(Resource &resource, Lock &lock);
    virtual void slot_called(Space &space, int nodeid, int slot);
    virtual void recovered(Space &space);
    virtual void error_logged(Space &space, const std::string &text);

    /* A member crashed or left: values may be uncertain from here. */
    void disturbed();
    void calm(bool is_calm) { calm_ = is_calm; }

    /* Nothing is under way: agreement of all nodes (checks 6 and 8), nothing owed (2, 7). */
    void quiet();
    /* After everything was released. */
    void released();

    std::map<uint64_t, ClientLock *> clients; /* all that live */
    std::set<std::string> kept;               /* resources that always have a lock */

private:
    struct Owed {
        std::deque<dlm_op_kind> pending;
    };
    struct Value {
        std::set<std::string> ever; /* every value written */
        std::string last;           /* of the last accepted write */
        bool any = false;
        bool invalid = false;
        bool uncertain = false;
        std::set<uint64_t> perhaps; /* locks whose unlock may yet write */
    };

    void check_modes(Space &space, Lock &lock);
    void check_value(Space &space, Lock &lock, const dlm_op &op);
    void check_nothing_grantable(const std::string &name, const Resource &resource);
    void check_order(Space &space, const std::string &resource, const Lock &granted);
    int held_mode(const ClientLock &client) const;

    World &world_;
    std::map<uint64_t, Owed> owed_;
    std::map<std::string, Value> values_;
    bool calm_ = true;
};

}  // namespace dlm::sim
