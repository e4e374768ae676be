/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The simulator's shell: tables, callers' doors, effects, visits. */
#include "space.hh"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "checker.hh"

namespace dlm::sim {

static uint64_t next_boot = 1;

static Space *self(dlm_cluster *cl);

struct Ops {
    static Space *of(dlm_cluster *cl) { return self(cl); }

    static int send_msg(dlm_cluster *cl, int to, const dlm_msg *m, const void *extra, size_t len)
    {
        Space *s = of(cl);
        std::vector<uint8_t> bytes(dlm_wire_msg_size(len));
        const dlm_wire_from from{cl->global_id, static_cast<u32>(cl->our_nodeid), 0};
        if (dlm_wire_encode_msg(bytes.data(), bytes.size(), &from, m, extra, len) != bytes.size())
            s->world_.fail("a message could not be encoded");
        if (s->world_.verbose)
            s->world_.trace("node " + std::to_string(cl->our_nodeid) + " to " + std::to_string(to) +
                            ": " + dlm_msg_type_name(m->type) + " from id " +
                            std::to_string(m->lkid) + " to id " + std::to_string(m->remid) +
                            " result " + std::to_string(m->result));
        s->checker_.message_sent(*s, to, *m);
        s->links_.send(to, bytes);
        return 0;
    }

    static int send_rcom(dlm_cluster *cl, int to, const dlm_rcom *rc, const void *extra, size_t len)
    {
        Space *s = of(cl);
        std::vector<uint8_t> bytes(dlm_wire_rcom_size(rc->type, len));
        const dlm_wire_from from{cl->global_id, static_cast<u32>(cl->our_nodeid), 0};
        if (dlm_wire_encode_rcom(bytes.data(), bytes.size(), &from, rc, extra, len) != bytes.size())
            s->world_.fail("a recovery message could not be encoded");
        if (s->world_.verbose)
            s->world_.trace("node " + std::to_string(cl->our_nodeid) + " to " + std::to_string(to) +
                            ": " + dlm_rcom_type_name(rc->type) + " result " +
                            std::to_string(rc->result));
        s->links_.send(to, bytes);
        return 0;
    }

    static void complete(dlm_cluster *cl, dlm_lkb *lkb, dlm_op *op)
    {
        Space *s = of(cl);
        Lock *lock = Lock::of(lkb);
        s->checker_.decided(*s, *lock, *op);
        if (dlm_op *old = dlm_callback_complete(lkb, op))
            s->free_op(old);
        s->kick_callbacks(lock);
    }

    static void discard(dlm_cluster *cl, dlm_lkb *lkb, dlm_op *op)
    {
        Space *s = of(cl);
        s->checker_.discarded(*Lock::of(lkb), *op);
        s->free_op(op);
    }

    static void blocking(dlm_cluster *cl, dlm_lkb *lkb, int mode)
    {
        Space *s = of(cl);
        if (dlm_callback_blocking(lkb, mode))
            s->kick_callbacks(Lock::of(lkb));
    }

    static void lock_gone(dlm_cluster *cl, dlm_lkb *lkb)
    {
        Space *s = of(cl);
        Lock *lock = Lock::of(lkb);
        if (!lock->in_table)
            s->world_.fail("a lock went away twice");
        s->locks_.erase(lkb->id);
        lock->in_table = false;
        if (dlm_lkb_is_master_copy(lkb))
            s->free_lock(lock);
    }

    static void defer(dlm_cluster *cl, dlm_lkb *lkb, u32 delay_ms)
    {
        Space *s = of(cl);
        Lock *lock = Lock::of(lkb);
        if (lock->deferred)
            return;
        lock->deferred = true;
        if (cl->gate < DLM_GATE_DRAINING)
            return;
        const uint32_t id = lkb->id;
        s->after(delay_ms * 1000 + 1, [s, id] { s->run_deferred(id); });
    }

    static void resource_idle(dlm_cluster *cl, dlm_resource *res)
    {
        Space *s = of(cl);
        Resource *r = Resource::of(res);
        if (dlm_resource_has_locks(res))
            s->world_.fail("a resource with locks was called idle");
        res->state &= ~(DLM_RES_ACTIVE | DLM_RES_LVB_EXISTS | DLM_RES_LVB_INVALID);
        res->lvbseq = 0;
        r->idle = true;
        r->idle_since = s->world_.now_us();
        const std::string name = r->name;
        s->after(s->world_.random.between(500, 20000), [s, name] { s->toss(name); });
    }

    static u64 now_us(dlm_cluster *cl) { return of(cl)->world_.now_us(); }

    static void visit(dlm_cluster *cl, dlm_visit step)
    {
        Space *s = of(cl);
        const u64 epoch = cl->recover.epoch;
        s->after(s->world_.random.between(1, 200), [s, step, epoch] {
            if (s->cluster_.recover.epoch != epoch)
                return;
            if (step == DLM_VISIT_PREPARE || step == DLM_VISIT_GRANT)
                s->order_is_lost();
            if (step == DLM_VISIT_PREPARE || step == DLM_VISIT_FINISH || step == DLM_VISIT_GRANT) {
                s->snapshot_.clear();
                for (auto &[name, r] : s->resources_)
                    s->snapshot_.push_back(name);
            }
            s->visit_own(step);
            s->visit_some(step, epoch, 0, 0);
        });
    }

    static void arm_timer(dlm_cluster *cl, u32 delay_ms)
    {
        Space *s = of(cl);
        const uint64_t token = ++s->timer_token_;
        s->after(delay_ms * 1000 + 1, [s, token] {
            if (s->timer_token_ == token)
                dlm_recover_timer(&s->cluster_, s->world_.now_us() / 1000);
        });
    }

    static void member_added(dlm_cluster *cl, int nodeid)
    {
        if (nodeid != cl->our_nodeid)
            of(cl)->links_.member_added(nodeid);
    }

    static void member_removed(dlm_cluster *cl, int nodeid)
    {
        if (nodeid != cl->our_nodeid)
            of(cl)->links_.member_removed(nodeid);
    }

    static void call_slots(dlm_cluster *cl, const dlm_gone *gone, int nr)
    {
        Space *s = of(cl);
        const u64 epoch = cl->recover.epoch;
        std::vector<dlm_gone> owed;
        for (int i = 0; i < nr; i++)
            if (gone[i].failed && gone[i].slot && !gone[i].slot_called)
                owed.push_back(gone[i]);
        s->after(s->world_.random.between(1, 3000), [s, epoch, owed] {
            for (const auto &g : owed) {
                s->slots_called_.push_back(g.nodeid);
                s->checker_.slot_called(*s, g.nodeid, g.slot);
            }
            dlm_recover_slots_called(&s->cluster_, epoch, s->world_.now_us() / 1000);
        });
    }

    static void hold_callbacks(dlm_cluster *cl, bool hold)
    {
        Space *s = of(cl);
        s->held_ = hold;
        if (hold)
            return;
        for (auto &[serial, lock] : s->with_callbacks_)
            s->kick_callbacks(lock);
    }

    static void purge_saved(dlm_cluster *cl)
    {
        Space *s = of(cl);
        const u64 epoch = cl->recover.epoch;
        s->after(1, [s, epoch] {
            std::deque<std::pair<int, std::vector<uint8_t>>> kept;
            if (s->cluster_.recover.epoch != epoch)
                return;
            for (auto &[from, bytes] : s->saved_) {
                dlm_in in;
                dlm_wire_decode(bytes.data(), bytes.size(), &in);
                if (!dlm_saved_stale(&s->cluster_, from, in.msg.type))
                    kept.emplace_back(from, std::move(bytes));
            }
            s->saved_ = std::move(kept);
            dlm_recover_saved_purged(&s->cluster_, epoch, s->world_.now_us() / 1000);
        });
    }

    static void open_gate(dlm_cluster *cl)
    {
        Space *s = of(cl);
        const u64 epoch = cl->recover.epoch;
        cl->gate = DLM_GATE_DRAINING;
        s->after(1, [s, epoch] { s->drain_saved(epoch); });
    }

    static void recovered(dlm_cluster *cl, dlm_recover_result result)
    {
        Space *s = of(cl);
        s->world_.counters.recoveries++;
        s->world_.trace("node " + std::to_string(s->nodeid()) + " recovered, result " +
                        std::to_string(result));
        if (result == DLM_RECOVER_FAILED)
            s->world_.fail("recovery failed with " + std::to_string(cl->recover.error));
        else
            s->checker_.recovered(*s);
    }

    static void search(dlm_cluster *cl, int to, const dlm_chain *chain)
    {
        of(cl)->search_to(to, *chain);
    }

    static void log(dlm_cluster *cl, int level, const char *fmt, ...)
    {
        char text[256];
        va_list args;
        va_start(args, fmt);
        std::vsnprintf(text, sizeof(text), fmt, args);
        va_end(args);
        Space *s = of(cl);
        s->world_.trace("node " + std::to_string(s->nodeid()) + " log: " + text);
        if (level == DLM_LOG_ERROR)
            s->checker_.error_logged(*s, text);
    }

    static const dlm_cluster_ops table;
};

const dlm_cluster_ops Ops::table = {
    .send_msg = Ops::send_msg,
    .send_rcom = Ops::send_rcom,
    .complete = Ops::complete,
    .discard = Ops::discard,
    .blocking = Ops::blocking,
    .lock_gone = Ops::lock_gone,
    .defer = Ops::defer,
    .resource_idle = Ops::resource_idle,
    .now_us = Ops::now_us,
    .visit = Ops::visit,
    .arm_timer = Ops::arm_timer,
    .member_added = Ops::member_added,
    .member_removed = Ops::member_removed,
    .call_slots = Ops::call_slots,
    .hold_callbacks = Ops::hold_callbacks,
    .purge_saved = Ops::purge_saved,
    .open_gate = Ops::open_gate,
    .recovered = Ops::recovered,
    .search = Ops::search,
    .log = Ops::log,
};

static std::map<dlm_cluster *, Space *> spaces;

static Space *self(dlm_cluster *cl)
{
    return spaces.at(cl);
}

Space::Space(World &world, Checker &checker, int nodeid, bool nodir)
    : world_(world), checker_(checker), links_(*this), boot_(next_boot++)
{
    spaces[&cluster_] = this;
    cluster_.ops = &Ops::table;
    cluster_.our_nodeid = nodeid;
    cluster_.global_id = kGlobalId;
    cluster_.lvblen = kLvbLen;
    cluster_.nodir = nodir;
    cluster_.gate = DLM_GATE_NEVER;
    dlm_recover_init(&cluster_, world.random.next());
    cluster_.view = dlm_view_alloc(nullptr, 0, 0);
}

Space::~Space()
{
    std::vector<Lock *> all;
    for (auto &[id, lock] : locks_)
        all.push_back(lock);
    for (auto &[serial, lock] : with_callbacks_)
        if (!lock->in_table)
            all.push_back(lock);
    for (Lock *lock : all) {
        if (lock->client) {
            lock->client->gone = true;
            lock->client->lock = nullptr;
            lock->client->space = nullptr;
        }
        lock->client = nullptr;
        free_lock(lock);
    }
    dlm_recover_exit(&cluster_);
    spaces.erase(&cluster_);
}

void Space::after(uint64_t delay_us, std::function<void()> action)
{
    const int node = nodeid();
    const uint64_t boot = boot_;
    World &world = world_;
    world.at(delay_us, [&world, node, boot, action = std::move(action)] {
        auto found = world.nodes.find(node);
        if (found != world.nodes.end() && found->second->boot() == boot)
            action();
    });
}

/* ---- tables ---- */

Resource *Space::find(const std::string &name)
{
    auto found = resources_.find(name);
    return found == resources_.end() ? nullptr : found->second.get();
}

Resource *Space::create(const std::string &name)
{
    auto owned = std::make_unique<Resource>();
    Resource *r = owned.get();
    r->name = name;
    r->lvb.resize(kLvbLen);
    dlm_resource_init(&r->res, reinterpret_cast<const u8 *>(r->name.data()), r->name.size(),
                      jhash(r->name.data(), r->name.size(), 0), kLvbLen);
    r->res.lvb = r->lvb.data();
    r->res.dir = dlm_view_directory_node(cluster_.view, r->res.hash);
    resources_[name] = std::move(owned);
    return r;
}

Resource *Space::find_or_create(const std::string &name)
{
    Resource *r = find(name);
    return r ? r : create(name);
}

void Space::erase(Resource *r)
{
    if (dlm_resource_has_locks(&r->res))
        world_.fail("a resource with locks was dropped");
    resources_.erase(r->name);
}

Lock *Space::new_lock(Resource *r, ClientLock *client)
{
    Lock *lock = new Lock;
    dlm_lkb_init(&lock->lkb, &r->res);
    lock->client = client;
    lock->lkb.id = next_id_++;
    lock->in_table = true;
    locks_[lock->lkb.id] = lock;
    return lock;
}

void Space::free_lock(Lock *lock)
{
    LIST_HEAD(released);
    dlm_callback_flush(&lock->lkb, &released);
    dlm_op *op, *next;
    list_for_each_entry_safe(op, next, &released, link) free_op(op);
    for (dlm_op *flying : {lock->lkb.op, lock->lkb.op_cancel, lock->lkb.op_unlock})
        if (flying)
            free_op(flying);
    if (lock->client)
        with_callbacks_.erase(lock->client->serial);
    delete lock;
}

Lock *Space::find_lock(uint32_t id)
{
    auto found = locks_.find(id);
    return found == locks_.end() ? nullptr : found->second;
}

std::vector<Lock *> Space::own_locks()
{
    std::vector<Lock *> own;
    for (auto &[id, lock] : locks_)
        if (!dlm_lkb_is_master_copy(&lock->lkb))
            own.push_back(lock);
    return own;
}

dlm_op *Space::new_op(Lock *lock, dlm_op_kind kind)
{
    dlm_op *op;
    if (!lock->first_used) {
        op = &lock->first;
        lock->first_used = true;
        op->memory = DLM_OP_EMBEDDED;
    } else {
        op = static_cast<dlm_op *>(std::calloc(1, sizeof(dlm_op) + kLvbLen));
        op->memory = DLM_OP_ALLOCATED;
        op->has_lvb = DLM_OP_LVB_ROOM;
    }
    INIT_LIST_HEAD(&op->link);
    op->kind = kind;
    return op;
}

void Space::free_op(dlm_op *op)
{
    if (op->memory == DLM_OP_ALLOCATED)
        std::free(op);
}

/* ---- callers ---- */

/* Never called: which one it is tells what the caller passed. */
static void ast_a(void *) {}
static void ast_b(void *) {}
static void bast_a(void *, int) {}
static void bast_b(void *, int) {}

char function_of(const dlm_callback &cb)
{
    return cb.ast == ast_b || cb.bast == bast_b ? 'b' : 'a';
}

static dlm_lksb *status_block(ClientLock *client)
{
    return client->call.other ? &client->other : &client->lksb;
}

static void *argument(ClientLock *client)
{
    const char name = client->call.argument;
    return name ? &client->arguments[name - 'a'] : nullptr;
}

static void fill_op(dlm_op *op, ClientLock *client, uint32_t flags, int mode)
{
    const bool second = client->call.function == 'b';
    op->ast = second ? ast_b : ast_a;
    op->bast = second ? bast_b : bast_a;
    if (!client->call.bast)
        op->bast = nullptr;
    op->astarg = argument(client);
    op->lksb = status_block(client);
    op->exflags = flags;
    op->mode = static_cast<s8>(mode);
}

static void *value_buffer(ClientLock *client)
{
    return status_block(client)->sb_lvbptr;
}

void Space::request(ClientLock *client, int mode, uint32_t flags)
{
    Resource *r = find_or_create(client->resource);
    Lock *lock = new_lock(r, client);
    with_callbacks_[client->serial] = lock;
    client->lock = lock;
    client->space = this;
    client->node = nodeid();
    client->boot = boot_;
    client->lksb.sb_lkid = lock->lkb.id;
    client->lksb.sb_lvbptr = client->lvb;
    client->other.sb_lvbptr = client->other_lvb;
    dlm_op *op = new_op(lock, DLM_OP_REQUEST);
    fill_op(op, client, flags, mode);
    lock->lkb.requested_mode = static_cast<s8>(mode);
    lock->lkb.exflags = flags;
    if (client->call.bast)
        lock->lkb.state |= DLM_LKB_WANT_BAST;
    lock->lkb.lvb = value_buffer(client);
    r->idle = false;
    dlm_directory_activate(&cluster_, &r->res);
    dlm_watch_init(&lock->watch, lock->lkb.id, client->owner);
    dlm_watch_begin(&lock->watch, world_.now_us());
    dlm_owner_request(&cluster_, &lock->lkb, op);
    look_at(r);
}

int Space::convert(ClientLock *client, int mode, uint32_t flags)
{
    Lock *lock = client->lock;
    dlm_op *op = new_op(lock, DLM_OP_CONVERT);
    fill_op(op, client, flags | DLM_LKF_CONVERT, mode);
    const dlm_convert_args args{mode, flags | DLM_LKF_CONVERT, value_buffer(client), 0,
                                client->call.bast};
    Resource *r = Resource::of(lock->lkb.res);
    const int err = dlm_owner_convert(&cluster_, &lock->lkb, op, &args);
    if (err)
        free_op(op);
    else
        dlm_watch_begin(&lock->watch, world_.now_us());
    look_at(r);
    return err;
}

int Space::unlock(ClientLock *client, uint32_t flags)
{
    Lock *lock = client->lock;
    dlm_op *op = new_op(lock, flags & DLM_LKF_CANCEL ? DLM_OP_CANCEL : DLM_OP_UNLOCK);
    /* Functions, and the status block if none is given, are those of the last lock call. */
    op->astarg = argument(client);
    op->lksb = client->call.unlock_block ? status_block(client) : nullptr;
    op->exflags = flags;
    op->mode = DLM_LOCK_IV;
    const int err = dlm_owner_unlock(&cluster_, &lock->lkb, op, flags, 0);
    if (err)
        free_op(op);
    return err;
}

/* What came to a queue of a resource that this node masters: when, and whether it may stand there.
 */
void Space::look_at(Resource *r)
{
    dlm_lkb *lkb;
    if (!dlm_is_master(&cluster_, &r->res))
        return;
    list_for_each_entry(lkb, &r->res.wait_queue, queue_link) if (!Lock::of(lkb)->arrival)
        Lock::of(lkb)
            ->arrival = next_arrival_++;
    list_for_each_entry(lkb, &r->res.grant_queue, queue_link)
    {
        Lock::of(lkb)->converting = false;
        Lock::of(lkb)->arrival = 0;
    }
    list_for_each_entry(lkb, &r->res.convert_queue, queue_link)
    {
        Lock *lock = Lock::of(lkb);
        if (!lock->converting && cluster_.gate == DLM_GATE_OPEN)
            checker_.conversion_queued(*r, *lock);
        lock->converting = true;
        lock->arrival = 0;
    }
}

/* A new master has the queues from the owners, in no order (lock-semantics 15.3). */
void Space::order_is_lost()
{
    for (auto &[id, lock] : locks_) {
        lock->arrival = 0;
        lock->converting = true;
    }
}

/* ---- control plane ---- */

void Space::stop()
{
    if (cluster_.recover.state != DLM_RECOVER_RUNNING &&
        cluster_.recover.state != DLM_RECOVER_STOPPED)
        world_.counters.recoveries_interrupted++;
    if (cluster_.gate != DLM_GATE_NEVER)
        cluster_.gate = DLM_GATE_CLOSED;
    dlm_recover_stop(&cluster_);
    world_.trace("node " + std::to_string(nodeid()) + " stopped");
}

struct FailedQuery {
    std::function<bool(int)> failed;
};

static bool ask_failed(void *arg, int nodeid, u32)
{
    return static_cast<FailedQuery *>(arg)->failed(nodeid);
}

int Space::start(const std::vector<dlm_member> &members, std::function<bool(int)> failed)
{
    FailedQuery query{std::move(failed)};
    world_.trace("node " + std::to_string(nodeid()) + " starts");
    return dlm_recover_start(&cluster_, members.data(), static_cast<int>(members.size()),
                             ask_failed, &query, world_.now_us() / 1000);
}

/* ---- visits ---- */

static bool in_flight(const Lock *lock)
{
    return lock->lkb.wait_type != DLM_WAIT_NONE || lock->lkb.nr_expected ||
           (lock->lkb.state & DLM_LKB_RESEND);
}

void Space::visit_own(dlm_visit step)
{
    if (step != DLM_VISIT_MASTERS && step != DLM_VISIT_GRANT)
        return;
    std::vector<uint32_t> ids;
    for (Lock *lock : own_locks())
        if (in_flight(lock))
            ids.push_back(lock->lkb.id);
    for (uint32_t id : ids) {
        Lock *lock = find_lock(id);
        if (!lock)
            continue;
        if (step == DLM_VISIT_MASTERS)
            dlm_owner_first_pass(&cluster_, &lock->lkb);
        else
            run_deferred(id);
    }
    if (step != DLM_VISIT_GRANT)
        return;
    ids.clear();
    for (auto &[id, lock] : locks_)
        if (dlm_lkb_is_master_copy(&lock->lkb) && lock->deferred)
            ids.push_back(id);
    for (uint32_t id : ids)
        run_deferred(id);
}

void Space::run_deferred(uint32_t id)
{
    Lock *lock = find_lock(id);
    if (!lock || cluster_.gate < DLM_GATE_DRAINING)
        return;
    lock->deferred = false;
    if (dlm_lkb_is_master_copy(&lock->lkb))
        dlm_master_deferred(&cluster_, &lock->lkb);
    else if (lock->lkb.state & DLM_LKB_RESEND)
        dlm_owner_deferred(&cluster_, &lock->lkb);
}

void Space::visit_one(dlm_visit step, const std::string &name, uint32_t index, uint32_t *sent)
{
    Resource *r = find(name);
    if (!r)
        return;
    switch (step) {
    case DLM_VISIT_PREPARE:
        if (!dlm_rebuild_prepare(&cluster_, &r->res))
            erase(r);
        break;
    case DLM_VISIT_MASTERS: dlm_rebuild_masters(&cluster_, &r->res, index + 1, sent); break;
    case DLM_VISIT_LOCKS: dlm_rebuild_locks(&cluster_, &r->res, sent); break;
    case DLM_VISIT_FINISH: dlm_rebuild_finish(&cluster_, &r->res); break;
    case DLM_VISIT_GRANT: dlm_rebuild_grant(&cluster_, &r->res); break;
    default: break;
    }
}

void Space::visit_some(dlm_visit step, uint64_t epoch, size_t next, uint32_t sent)
{
    if (cluster_.recover.epoch != epoch)
        return;
    const size_t end = std::min(snapshot_.size(), next + world_.random.between(1, 4));
    for (; next < end; next++)
        visit_one(step, snapshot_[next], next, &sent);
    if (next < snapshot_.size()) {
        after(world_.random.between(1, 50), [=, this] { visit_some(step, epoch, next, sent); });
        return;
    }
    dlm_recover_visited(&cluster_, epoch, step, sent, world_.now_us() / 1000);
}

void Space::drain_saved(uint64_t epoch)
{
    if (cluster_.recover.epoch != epoch)
        return;
    if (saved_.empty()) {
        cluster_.gate = DLM_GATE_OPEN;
        dlm_recover_drained(&cluster_, epoch, world_.now_us() / 1000);
        return;
    }
    auto [from, bytes] = std::move(saved_.front());
    saved_.pop_front();
    dlm_in in;
    dlm_wire_decode(bytes.data(), bytes.size(), &in);
    process_message(from, in);
    after(world_.random.between(1, 30), [this, epoch] { drain_saved(epoch); });
}

/* ---- callbacks ---- */

void Space::kick_callbacks(Lock *lock)
{
    if (held_ || lock->delivering || !lock->client || !dlm_callback_pending(&lock->lkb))
        return;
    lock->delivering = true;
    const uint64_t serial = lock->client->serial;
    uint64_t delay = world_.random.chance(5) ? world_.random.between(1000, 20000)
                                             : world_.random.between(1, 100);
    if (lock->client->busy_until_us > world_.now_us())
        delay = lock->client->busy_until_us - world_.now_us();
    after(delay, [this, serial] { deliver(serial); });
}

void Space::deliver(uint64_t serial)
{
    auto found = with_callbacks_.find(serial);
    if (found == with_callbacks_.end())
        return;
    Lock *lock = found->second;
    dlm_callback cb;
    lock->delivering = false;
    if (held_ || !dlm_callback_next(&lock->lkb, &cb))
        return;
    ClientLock *client = lock->client;
    client->current = &cb;
    if (cb.ast) {
        client->busy_until_us = world_.now_us() + client->cast_sleep_us;
        cb.lksb->sb_status = cb.status;
        cb.lksb->sb_flags = static_cast<char>(cb.sb_flags);
        world_.counters.completions++;
        checker_.cast(*client, cb.status, cb.sb_flags);
    } else {
        world_.counters.basts++;
        checker_.bast(*client, cb.mode);
    }
    client->current = nullptr;
    if (cb.release)
        free_op(cb.release);
    if (!lock->in_table && !dlm_callback_pending(&lock->lkb)) {
        client->gone = true;
        client->lock = nullptr;
        free_lock(lock);
        return;
    }
    kick_callbacks(lock);
}

void Space::toss(const std::string &name)
{
    Resource *r = find(name);
    if (!r || (r->res.state & DLM_RES_ACTIVE) || !r->idle || cluster_.gate != DLM_GATE_OPEN)
        return;
    if (dlm_directory_toss(&cluster_, &r->res) == DLM_TOSS_FREE)
        erase(r);
}

}  // namespace dlm::sim
