/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The judge of a simulated run. Its tables are written by hand, from lock-semantics 3.1 and 12.1.
 */
#include "checker.hh"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace dlm::sim {

/* NL CR CW PR PW EX */
static const bool together[6][6] = {
    {1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 0}, {1, 1, 1, 0, 0, 0},
    {1, 1, 0, 1, 0, 0}, {1, 1, 0, 0, 0, 0}, {1, 0, 0, 0, 0, 0},
};

static const char *const mode_names[] = {"IV", "NL", "CR", "CW", "PR", "PW", "EX"};

static std::string mode_name(int mode)
{
    return mode >= -1 && mode <= 5 ? mode_names[mode + 1] : std::to_string(mode);
}

static std::string describe(const ClientLock &c)
{
    return "lock " + std::to_string(c.serial) + " of node " + std::to_string(c.node) + " on " +
           c.resource;
}

static bool middle(int a, int b)
{
    return (a == DLM_LOCK_PR && b == DLM_LOCK_CW) || (a == DLM_LOCK_CW && b == DLM_LOCK_PR);
}

/* What the caller may rely on at this moment; IV where the answer is under way. */
int Checker::held_mode(const ClientLock &client) const
{
    if (client.gone || !client.lock)
        return DLM_LOCK_IV;
    const dlm_lkb &lkb = client.lock->lkb;
    if (lkb.queue != DLM_QUEUE_GRANT && lkb.queue != DLM_QUEUE_CONVERT)
        return DLM_LOCK_IV;
    if (lkb.op_unlock || (lkb.op && lkb.op->kind == DLM_OP_UNLOCK))
        return DLM_LOCK_IV;
    if (lkb.op && lkb.op->kind == DLM_OP_CONVERT) {
        if (lkb.op->exflags & DLM_LKF_CONVDEADLK)
            return DLM_LOCK_NL;
        /* The alternative may take away what is held: PW goes down to it as well. */
        const bool lower = lkb.granted_mode == DLM_LOCK_PW;
        if (middle(lkb.granted_mode, lkb.requested_mode) ||
            ((lkb.op->exflags & DLM_LKF_ALTCW) && (lower || lkb.granted_mode == DLM_LOCK_PR)) ||
            ((lkb.op->exflags & DLM_LKF_ALTPR) && (lower || lkb.granted_mode == DLM_LOCK_CW)))
            return DLM_LOCK_IV;
    }
    return lkb.granted_mode;
}

void Checker::accepted(ClientLock &client, dlm_op_kind kind)
{
    world_.counters.operations++;
    owed_[client.serial].pending.push_back(kind);
}

void Checker::check_modes(Space &space, Lock &lock)
{
    const ClientLock &mine = *lock.client;
    const int held = held_mode(mine);
    (void)space;
    world_.counters.grants_checked++;
    if (held < 0)
        return;
    for (auto &[serial, other] : clients) {
        if (other == &mine || other->resource != mine.resource)
            continue;
        const int theirs = held_mode(*other);
        if (theirs >= 0 && !together[held][theirs])
            world_.fail("incompatible: " + describe(mine) + " " + mode_name(held) + " with " +
                        describe(*other) + " " + mode_name(theirs));
    }
}

/* A write is accepted when the owner calls; later readers under PR or more must see it. */
void Checker::value_written(ClientLock &client, bool invalidate)
{
    Value &v = values_[client.resource];
    world_.trace(describe(client) +
                 (invalidate ? " invalidates" : std::string(" writes ") + client.lvb) + " under " +
                 mode_name(client.lock->lkb.granted_mode));
    std::erase_if(v.perhaps, [this](uint64_t serial) { return clients[serial]->gone; });
    v.uncertain = !calm_ || !v.perhaps.empty();
    if (invalidate) {
        v.invalid = true;
        return;
    }
    v.any = true;
    v.invalid = false;
    v.last.assign(client.lvb, kLvbLen);
    v.ever.insert(v.last);
}

void Checker::value_perhaps_written(ClientLock &client)
{
    Value &v = values_[client.resource];
    v.any = true;
    v.ever.insert(std::string(client.lvb, kLvbLen));
    v.uncertain = true;
    v.perhaps.insert(client.serial);
}

void Checker::disturbed()
{
    calm_ = false;
    /* Of those that were never written too: nobody may have kept it (lock-semantics 12.9-b). */
    for (const std::string &name : kept)
        values_[name].uncertain = true;
}

void Checker::check_value(Space &space, Lock &lock, const dlm_op &op)
{
    const ClientLock &c = *lock.client;
    const bool writes = c.held == DLM_LOCK_EX || (c.held == DLM_LOCK_PW && op.mode <= DLM_LOCK_PW);
    (void)space;
    /* A forced unlock on its way may have ended the grant long before this node hears of it. */
    if (writes || lock.lkb.op_unlock)
        return;
    if (!(op.exflags & DLM_LKF_VALBLK) || !kept.count(c.resource))
        return;
    if (op.mode != DLM_LOCK_PR && op.mode != DLM_LOCK_PW && op.mode != DLM_LOCK_EX)
        return;
    world_.counters.values_read++;
    Value &v = values_[c.resource];
    const std::string seen(c.lvb, kLvbLen);
    const bool valid = !(op.sb_flags & DLM_SBF_VALNOTVALID);
    const std::string zero(kLvbLen, '\0');
    if (v.uncertain) {
        if (valid && v.any && seen != zero && !v.ever.count(seen))
            world_.fail("value block of " + describe(c) + " was never written");
        return;
    }
    if (v.invalid) {
        if (valid)
            world_.fail("an invalidated value block was read as valid by " + describe(c));
        return;
    }
    if (!valid)
        world_.fail("a valid value block was read as invalid by " + describe(c));
    else if (v.any && seen != v.last)
        world_.fail("value block of " + describe(c) + " is " + seen.c_str() +
                    ", the last one written is " + v.last.c_str());
}

/* Check 4: no plain waiter that came earlier still waits. */
void Checker::check_order(Space &space, const std::string &resource, const Lock &granted)
{
    auto found = space.resources().find(resource);
    if (found == space.resources().end() || !granted.arrival)
        return;
    const uint32_t jumps = DLM_LKF_NOORDER | DLM_LKF_HEADQUE | DLM_LKF_EXPEDITE;
    const dlm_lkb *lkb;
    list_for_each_entry(lkb, &found->second->res.wait_queue, queue_link)
    {
        const Lock *other = Lock::of(const_cast<dlm_lkb *>(lkb));
        if (other != &granted && other->arrival && other->arrival < granted.arrival &&
            !(granted.lkb.exflags & jumps) && !(lkb->exflags & jumps))
            world_.fail("a waiting request on " + resource + " was overtaken: id " +
                        std::to_string(lkb->id) + " flags " + std::to_string(lkb->exflags) +
                        " for " + mode_name(lkb->requested_mode) + " by id " +
                        std::to_string(granted.lkb.id) + " in " +
                        mode_name(granted.lkb.granted_mode) + " flags " +
                        std::to_string(granted.lkb.exflags));
    }
}

void Checker::decided(Space &space, Lock &lock, const dlm_op &op)
{
    if (!lock.client) {
        world_.fail("a completion for a master copy");
        return;
    }
    world_.trace(describe(*lock.client) + " decided " + std::to_string(op.status) + " mode " +
                 mode_name(op.mode));
    const bool grant = op.status == 0 && (op.kind == DLM_OP_REQUEST || op.kind == DLM_OP_CONVERT);
    switch (op.status) {
    case 0:
    case -EAGAIN:
    case -EDEADLK:
    case -DLM_ECANCEL:
    case -DLM_EUNLOCK: break;
    default: world_.fail("status " + std::to_string(op.status) + " for " + describe(*lock.client));
    }
    if (grant) {
        check_modes(space, lock);
        check_value(space, lock, op);
    }
    /* The mode of before, which was in doubt while the answer was under way. */
    if (op.kind != DLM_OP_UNLOCK && !grant && op.mode >= 0)
        check_modes(space, lock);
    lock.client->held = op.mode;
    if (!grant)
        return;
    if (dlm_is_master(&space.cluster(), lock.lkb.res) && op.kind == DLM_OP_REQUEST)
        check_order(space, lock.client->resource, lock);
}

void Checker::message_sent(Space &space, int to, const dlm_msg &m)
{
    if (m.type != DLM_MSG_GRANT)
        return;
    Lock *lock = space.find_lock(m.lkid);
    if (!lock || !dlm_lkb_is_master_copy(&lock->lkb) || lock->lkb.holder != to) {
        world_.fail("a GRANT for a lock that is not there");
        return;
    }
    check_order(space, Resource::of(lock->lkb.res)->name, *lock);
}

void Checker::conversion_queued(Resource &resource, Lock &lock)
{
    const dlm_lkb *other;
    if (lock.lkb.exflags & (DLM_LKF_NODLCKWT | DLM_LKF_CONVDEADLK))
        return;
    list_for_each_entry(other, &resource.res.convert_queue, queue_link)
    {
        if (!Lock::of(const_cast<dlm_lkb *>(other))->converting || other == &lock.lkb ||
            lock.lkb.granted_mode < 0 || other->requested_mode < 0)
            continue;
        if (!together[lock.lkb.granted_mode][other->requested_mode])
            world_.fail("a conversion that is in a deadlock was queued on " + resource.name);
    }
}

static bool blocked(const dlm_resource &res, const dlm_lkb &lkb)
{
    for (const list_head *queue : {&res.grant_queue, &res.convert_queue}) {
        const dlm_lkb *other;
        list_for_each_entry(
            other, queue,
            queue_link) if (other != &lkb && other->granted_mode >= 0 &&
                            !together[other->granted_mode][lkb.requested_mode]) return true;
    }
    return false;
}

/* Check 7 for one resource: whoever is first in turn is kept back by somebody's mode. */
void Checker::check_nothing_grantable(const std::string &name, const Resource &resource)
{
    const dlm_resource &res = resource.res;
    const list_head *first = !list_empty(&res.convert_queue) ? &res.convert_queue : &res.wait_queue;
    if (list_empty(first))
        return;
    const dlm_lkb *lkb = list_first_entry(first, dlm_lkb, queue_link);
    /* One that was put at the head is not decided anew because of that. */
    if (lkb->exflags & DLM_LKF_HEADQUE)
        return;
    if (lkb->requested_mode >= 0 && !blocked(res, *lkb))
        world_.fail("a lock on " + name + " waits for nothing");
}

static void drop(std::deque<dlm_op_kind> &pending, dlm_op_kind kind)
{
    auto at = std::find(pending.begin(), pending.end(), kind);
    if (at != pending.end())
        pending.erase(at);
}

void Checker::refused(ClientLock &client, dlm_op_kind kind)
{
    world_.counters.operations--;
    auto &pending = owed_[client.serial].pending;
    const auto last = std::find(pending.rbegin(), pending.rend(), kind);
    if (last != pending.rend())
        pending.erase(std::next(last).base());
}

void Checker::discarded(Lock &lock, const dlm_op &op)
{
    /* Requests and conversions end with the cancel or unlock that replaced them. */
    if (lock.client && op.kind == DLM_OP_CANCEL)
        drop(owed_[lock.client->serial].pending, DLM_OP_CANCEL);
}

void Checker::cast(ClientLock &client, int status, int sb_flags)
{
    auto &pending = owed_[client.serial].pending;
    auto has = [&](dlm_op_kind kind) {
        return std::find(pending.begin(), pending.end(), kind) != pending.end();
    };
    (void)sb_flags;
    world_.trace(describe(client) + " cast " + std::to_string(status));
    switch (status) {
    case 0:
    case -EAGAIN:
    case -EDEADLK:
        if (has(DLM_OP_REQUEST))
            drop(pending, DLM_OP_REQUEST);
        else if (has(DLM_OP_CONVERT))
            drop(pending, DLM_OP_CONVERT);
        else
            world_.fail("a completion nobody waits for: " + describe(client));
        break;
    case -DLM_ECANCEL:
        if (!has(DLM_OP_CANCEL))
            world_.fail("a cancel completion nobody waits for: " + describe(client));
        drop(pending, DLM_OP_CANCEL);
        if (has(DLM_OP_REQUEST))
            drop(pending, DLM_OP_REQUEST);
        else
            drop(pending, DLM_OP_CONVERT);
        break;
    case -DLM_EUNLOCK:
        if (!has(DLM_OP_UNLOCK))
            world_.fail("an unlock completion nobody waits for: " + describe(client));
        pending.clear();
        break;
    default: world_.fail("status " + std::to_string(status));
    }
}

void Checker::bast(ClientLock &client, int mode)
{
    if (mode <= DLM_LOCK_NL || mode > DLM_LOCK_EX)
        world_.fail("blocking callback with mode " + mode_name(mode) + " for " + describe(client));
}

void Checker::slot_called(Space &space, int nodeid, int slot)
{
    if (slot < 1)
        world_.fail("recover_slot without a slot");
    world_.trace("node " + std::to_string(space.nodeid()) + " recover_slot " +
                 std::to_string(nodeid) + " slot " + std::to_string(slot));
}

void Checker::recovered(Space &space)
{
    const dlm_cluster &cl = space.cluster();
    std::set<int> slots;
    for (int i = 0; i < cl.view->nr_members; i++)
        slots.insert(cl.view->members[i].slot);
    if (slots.count(0) || slots.size() != static_cast<size_t>(cl.view->nr_members))
        world_.fail("slots are missing or shared after a recovery");
    for (auto &[name, r] : space.resources())
        if (r->res.master == space.nodeid())
            check_nothing_grantable(name, *r);
}

void Checker::error_logged(Space &space, const std::string &text)
{
    world_.fail("node " + std::to_string(space.nodeid()) + " complains: " + text);
}

void Checker::quiet()
{
    for (auto &[serial, client] : clients) {
        if (client->gone || !client->lock)
            continue;
        const dlm_lkb &own = client->lock->lkb;
        Space *space = client->space;
        const int master = own.res->master;
        if (own.wait_type != DLM_WAIT_NONE || (own.state & DLM_LKB_RESEND)) {
            world_.fail("still waiting for an answer: " + describe(*client) + ", wait " +
                        std::to_string(own.wait_type) + " state " + std::to_string(own.state) +
                        " queue " + std::to_string(own.queue) + " first " +
                        std::to_string(own.res->first) + " id " + std::to_string(own.id) +
                        " master " + std::to_string(master));
            return;
        }
        for (auto &[id, node] : world_.nodes) {
            auto found = node->resources().find(client->resource);
            if (found == node->resources().end() || !dlm_resource_has_locks(&found->second->res))
                continue;
            if (found->second->res.master != master) {
                world_.fail("masters of " + client->resource + " differ: node " +
                            std::to_string(id) + " says " +
                            std::to_string(found->second->res.master) + ", node " +
                            std::to_string(space->nodeid()) + " says " + std::to_string(master));
                return;
            }
        }
        if (master == space->nodeid())
            continue;
        auto node = world_.nodes.find(master);
        Lock *copy = node == world_.nodes.end() ? nullptr : node->second->find_lock(own.remid);
        if (!copy || !dlm_lkb_is_master_copy(&copy->lkb) || copy->lkb.holder != client->node ||
            copy->lkb.remid != own.id) {
            world_.fail("the master does not know " + describe(*client));
            return;
        }
        /* Demoted while it waited (lock-semantics 9.4); its owner hears of it with the grant. */
        const bool demoted = copy->lkb.queue == DLM_QUEUE_CONVERT &&
                             (copy->lkb.exflags & DLM_LKF_CONVDEADLK) &&
                             copy->lkb.granted_mode == DLM_LOCK_NL;
        if ((copy->lkb.granted_mode != own.granted_mode && !demoted) ||
            copy->lkb.queue != own.queue) {
            world_.fail("master and owner differ about " + describe(*client) + ": " +
                        mode_name(copy->lkb.granted_mode) + " and " + mode_name(own.granted_mode));
            return;
        }
    }
    for (auto &[id, node] : world_.nodes) {
        for (auto &[name, r] : node->resources()) {
            if (r->res.master != id || !dlm_resource_has_locks(&r->res))
                continue;
            if (!dlm_engine_consistent(&r->res))
                world_.fail("queues of " + name + " are not consistent");
            check_nothing_grantable(name, *r);
            const int dir = dlm_view_directory_node(node->cluster().view, r->res.hash);
            auto at = world_.nodes.find(dir);
            if (node->cluster().nodir || dir == id || at == world_.nodes.end())
                continue;
            auto record = at->second->resources().find(name);
            if (record == at->second->resources().end() || record->second->res.master != id)
                world_.fail("the directory does not know the master of " + name);
        }
    }
    /* Locks of nodes that are not there. */
    for (auto &[id, node] : world_.nodes) {
        for (auto &[name, r] : node->resources()) {
            for (const list_head *queue :
                 {&r->res.grant_queue, &r->res.convert_queue, &r->res.wait_queue}) {
                const dlm_lkb *lkb;
                list_for_each_entry(lkb, queue, queue_link)
                {
                    if (!dlm_lkb_is_master_copy(lkb))
                        continue;
                    auto holder = world_.nodes.find(lkb->holder);
                    if (holder == world_.nodes.end() || !holder->second->find_lock(lkb->remid))
                        world_.fail("a lock of nobody is left on " + name + " at node " +
                                    std::to_string(id) + ": id " + std::to_string(lkb->id) +
                                    " of node " + std::to_string(lkb->holder) + " there " +
                                    std::to_string(lkb->remid));
                }
            }
        }
    }
}

void Checker::released()
{
    for (auto &[serial, client] : clients)
        if (!client->gone)
            world_.fail("never released: " + describe(*client));
    for (auto &[serial, owed] : owed_)
        if (!owed.pending.empty() && clients.count(serial) && clients[serial]->lock)
            world_.fail("an operation without completion: " + describe(*clients[serial]));
    for (auto &[id, node] : world_.nodes)
        if (node->nr_locks())
            world_.fail("node " + std::to_string(id) + " still has locks");
}

}  // namespace dlm::sim
