/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random callers. What they may call is decided from their own knowledge, as a real caller does. */
#include "client.hh"

#include <cstdio>
#include <cstring>

namespace dlm::sim {

Clients::Clients(World &world, Checker &checker, const Load &load)
    : world_(world), checker_(checker), load_(load)
{
    for (uint32_t i = 0; i < load.resources; i++) {
        names_.push_back("res" + std::to_string(world.random.below(1000)) + "." +
                         std::to_string(i));
        if (i % 2 == 0)
            checker.kept.insert(names_.back());
    }
}

void Clients::node_up(Space &space)
{
    for (const auto &name : checker_.kept) {
        auto client = std::make_unique<ClientLock>();
        client->serial = next_serial_++;
        client->resource = name;
        client->keeper = true;
        checker_.clients[client->serial] = client.get();
        checker_.accepted(*client, DLM_OP_REQUEST);
        space.request(client.get(), DLM_LOCK_NL, DLM_LKF_EXPEDITE);
        all_.push_back(std::move(client));
    }
    const int node = space.nodeid();
    const uint64_t boot = space.boot();
    world_.at(world_.random.below(load_.pause_us), [this, node, boot] { tick(node, boot); });
}

void Clients::node_down(int nodeid)
{
    for (auto &client : all_) {
        if (client->node != nodeid || client->gone)
            continue;
        client->gone = true;
        client->lock = nullptr;
        client->space = nullptr;
    }
}

void Clients::tick(int nodeid, uint64_t boot)
{
    auto found = world_.nodes.find(nodeid);
    if (found == world_.nodes.end() || found->second->boot() != boot || !working_)
        return;
    one_operation(*found->second);
    world_.at(world_.random.between(1, 2 * load_.pause_us),
              [this, nodeid, boot] { tick(nodeid, boot); });
}

void Clients::one_operation(Space &space)
{
    std::vector<ClientLock *> mine;
    for (auto &client : all_)
        if (client->node == space.nodeid() && !client->gone && client->lock &&
            client->lock->in_table && !client->keeper)
            mine.push_back(client.get());
    if (mine.size() < load_.locks_per_node && world_.random.chance(50))
        new_request(space);
    else if (!mine.empty())
        act(*mine[world_.random.below(mine.size())]);
}

uint32_t Clients::random_flags(bool convert, int from, int to)
{
    Random &r = world_.random;
    uint32_t flags = 0;
    if (r.chance(70))
        flags |= DLM_LKF_VALBLK;
    if (r.chance(15))
        flags |= DLM_LKF_NOQUEUE;
    if (r.chance(8))
        flags |= DLM_LKF_NOQUEUEBAST;
    if (r.chance(4))
        flags |= DLM_LKF_HEADQUE;
    if (r.chance(4))
        flags |= DLM_LKF_NOORDER;
    if (r.chance(6))
        flags |= DLM_LKF_ALTPR;
    if (r.chance(6))
        flags |= DLM_LKF_ALTCW;
    if (r.chance(5))
        flags |= DLM_LKF_NODLCKWT;
    if (convert && !(flags & DLM_LKF_NOQUEUE) && r.chance(10))
        flags |= DLM_LKF_CONVDEADLK;
    if (convert && to > from && r.chance(10))
        flags |= DLM_LKF_QUECVT;
    if (!convert && to == DLM_LOCK_NL && !(flags & DLM_LKF_NOQUEUE) && r.chance(30))
        flags |= DLM_LKF_EXPEDITE;
    return flags;
}

void Clients::new_value(ClientLock &client)
{
    std::memset(client.lvb, 0, kLvbLen);
    std::snprintf(client.lvb, kLvbLen, "v%llu", static_cast<unsigned long long>(next_value_++));
}

void Clients::new_request(Space &space)
{
    auto owned = std::make_unique<ClientLock>();
    ClientLock *client = owned.get();
    client->serial = next_serial_++;
    client->resource = names_[world_.random.below(names_.size())];
    const int mode = world_.random.below(6);
    all_.push_back(std::move(owned));
    checker_.clients[client->serial] = client;
    checker_.accepted(*client, DLM_OP_REQUEST);
    const uint32_t flags = random_flags(false, DLM_LOCK_IV, mode) & ~DLM_LKF_EXPEDITE;
    client->node = space.nodeid();
    trace(*client, "request of " + std::to_string(mode), flags, 0);
    space.request(client, mode, flags);
}

void Clients::trace(const ClientLock &client, const std::string &what, uint32_t flags, int err)
{
    if (!world_.verbose)
        return;
    char text[160];
    std::snprintf(text, sizeof(text), "lock %llu of node %d on %s: %s, flags %x%s%d",
                  static_cast<unsigned long long>(client.serial), client.node,
                  client.resource.c_str(), what.c_str(), flags, err ? " refused " : " accepted ",
                  err);
    world_.trace(text);
}

/* W cells of the table, by hand. */
bool Clients::writes(const ClientLock &client, int to) const
{
    const int from = client.lock->lkb.granted_mode;
    return (from == DLM_LOCK_PW && to <= DLM_LOCK_PW) || from == DLM_LOCK_EX;
}

/* On its way up from PW it may be granted an alternative below it, now or later. */
bool Clients::may_write(const ClientLock &client, uint32_t flags) const
{
    return client.lock->lkb.granted_mode == DLM_LOCK_PW &&
           (flags & (DLM_LKF_ALTPR | DLM_LKF_ALTCW));
}

int Clients::convert(ClientLock &client, int mode, uint32_t flags)
{
    const bool idle = client.lock->lkb.queue == DLM_QUEUE_GRANT && !client.lock->lkb.op &&
                      !client.lock->lkb.op_cancel && !client.lock->lkb.op_unlock &&
                      client.lock->lkb.wait_type == DLM_WAIT_NONE;
    const bool value = idle && (flags & DLM_LKF_VALBLK);
    if (value && writes(client, mode)) {
        new_value(client);
        checker_.value_written(client, false);
    } else if (value && may_write(client, flags)) {
        new_value(client);
        checker_.value_perhaps_written(client);
    }
    /* Before the call: a local conversion is decided inside it. */
    if (idle)
        checker_.accepted(client, DLM_OP_CONVERT);
    const int err = client.space->convert(&client, mode, flags);
    trace(client, "convert to " + std::to_string(mode), flags, err);
    if (err && idle)
        world_.fail("a conversion of an idle lock was refused with " + std::to_string(err));
    if (!err && !idle)
        world_.fail("a conversion of a busy lock was accepted");
    return err;
}

int Clients::unlock(ClientLock &client, uint32_t flags)
{
    const dlm_op_kind kind = flags & DLM_LKF_CANCEL ? DLM_OP_CANCEL : DLM_OP_UNLOCK;
    const dlm_lkb &lkb = client.lock->lkb;
    const bool idle = lkb.queue == DLM_QUEUE_GRANT && !lkb.op && !lkb.op_cancel && !lkb.op_unlock;
    const bool write = idle && kind == DLM_OP_UNLOCK && lkb.granted_mode >= DLM_LOCK_PW &&
                       ((flags | lkb.exflags) & DLM_LKF_VALBLK);
    if (write) {
        const bool invalidate = (flags | lkb.exflags) & DLM_LKF_IVVALBLK;
        if (!invalidate)
            new_value(client);
        checker_.value_written(client, invalidate);
    } else if (kind == DLM_OP_UNLOCK) {
        /* On top of something under way it may find the lock in a mode that writes. */
        if (lkb.queue != DLM_QUEUE_GRANT || !lkb.op)
            new_value(client);
        checker_.value_perhaps_written(client);
    }
    /* Acceptance is noted first: a local unlock completes inside the call. */
    checker_.accepted(client, kind);
    const int err = client.space->unlock(&client, flags);
    trace(client, kind == DLM_OP_CANCEL ? "cancel" : "unlock", flags, err);
    if (err)
        checker_.refused(client, kind);
    if (err && err != -EBUSY && err != -EINVAL)
        world_.fail("unlock returned " + std::to_string(err));
    if (err && idle && kind == DLM_OP_UNLOCK)
        world_.fail("the unlock of an idle lock was refused with " + std::to_string(err));
    return err;
}

void Clients::act(ClientLock &client)
{
    Random &r = world_.random;
    const dlm_lkb &lkb = client.lock->lkb;
    const bool granted = lkb.queue == DLM_QUEUE_GRANT && !lkb.op;

    if (granted && r.chance(55)) {
        int mode = r.below(6);
        uint32_t flags = random_flags(true, lkb.granted_mode, mode);
        if ((flags & DLM_LKF_QUECVT) && !dlm_quecvt_allowed(lkb.granted_mode, mode))
            flags &= ~DLM_LKF_QUECVT;
        convert(client, mode, flags);
    } else if (granted) {
        uint32_t flags = r.chance(70) ? DLM_LKF_VALBLK : 0;
        if (r.chance(10))
            flags |= DLM_LKF_IVVALBLK;
        unlock(client, flags);
    } else if (r.chance(40)) {
        unlock(client, DLM_LKF_CANCEL);
    } else if (r.chance(30)) {
        unlock(client, DLM_LKF_FORCEUNLOCK);
    } else if (r.chance(30)) {
        unlock(client, 0);
    }
}

void Clients::release_all()
{
    for (auto &client : all_) {
        if (client->gone || !client->lock || !client->lock->in_table)
            continue;
        const dlm_lkb &lkb = client->lock->lkb;
        if (lkb.op_unlock || (lkb.op && lkb.op->kind == DLM_OP_UNLOCK))
            continue;
        unlock(*client, DLM_LKF_FORCEUNLOCK);
    }
}

size_t Clients::alive() const
{
    size_t n = 0;
    for (auto &client : all_)
        n += !client->gone;
    return n;
}

}  // namespace dlm::sim
