// SPDX-License-Identifier: GPL-2.0-or-later
// The nodes of nodes.hh. This file is the shell that the tests of this directory
// share; it has one test of its own, that a lock travels at all.
#include "nodes.hh"

#include <cstdlib>

extern "C" {
#include "wire/decode.h"
#include "wire/encode.h"
}

namespace dlm::test {

namespace {

// A receiver gets what the wire carries and the decoder lets through, and no more.
Packet over_the_wire(const Packet &sent)
{
    const dlm_wire_from from{0, u32(sent.from), 0};
    std::vector<u8> bytes(dlm_wire_msg_size(sent.extra.size()));
    Packet p{sent.from, sent.to, {}, {}};
    dlm_in in;
    EXPECT_EQ(dlm_wire_encode_msg(bytes.data(), bytes.size(), &from, &sent.msg, sent.extra.data(),
                                  sent.extra.size()),
              bytes.size());
    EXPECT_EQ(dlm_wire_decode(bytes.data(), bytes.size(), &in), DLM_WIRE_OK);
    p.msg = in.msg;
    p.extra = sent.extra;
    return p;
}

}  // namespace

struct NodeOps {
    static Node &of(dlm_cluster *cl) { return *Node::by_cluster.at(cl); }
    static Node::Lock &lock_of(dlm_lkb *lkb) { return *reinterpret_cast<Node::Lock *>(lkb); }

    static int send_msg(dlm_cluster *cl, int to, const dlm_msg *m, const void *extra, size_t len)
    {
        Node &node = of(cl);
        if (node.fail_sends > 0) {
            node.fail_sends--;
            return -ENOMEM;
        }
        const u8 *bytes = static_cast<const u8 *>(extra);
        Packet p{cl->our_nodeid, to, *m, {}};
        if (len != 0)
            p.extra.assign(bytes, bytes + len);
        node.net_.post(std::move(p));
        return 0;
    }
    static void complete(dlm_cluster *cl, dlm_lkb *lkb, dlm_op *op)
    {
        Node &node = of(cl);
        if (dlm_op *superfluous = dlm_callback_complete(lkb, op))
            node.free_op(superfluous);
        node.deliver(lock_of(lkb));
    }
    static void discard(dlm_cluster *cl, dlm_lkb *, dlm_op *op) { of(cl).free_op(op); }
    static void blocking(dlm_cluster *cl, dlm_lkb *lkb, int mode)
    {
        if (dlm_callback_blocking(lkb, mode))
            of(cl).deliver(lock_of(lkb));
    }
    static void lock_gone(dlm_cluster *cl, dlm_lkb *lkb)
    {
        Node &node = of(cl);
        const auto found = node.locks_.find(lkb->id);
        ASSERT_NE(found, node.locks_.end()) << "a lock went twice";
        if (found->second->family)
            dlm_family_gone(found->second->family.get());
        // Own locks must stay until their last completion; nothing may touch a copy.
        node.dead_.push_back(std::move(found->second));
        node.locks_.erase(found);
        if (dlm_lkb_is_master_copy(lkb))
            node.dead_.pop_back();
    }
    static void defer(dlm_cluster *, dlm_lkb *lkb, u32 delay_ms)
    {
        lock_of(lkb).deferred = true;
        lock_of(lkb).delay_ms = delay_ms;
    }
    static void resource_idle(dlm_cluster *cl, dlm_resource *res)
    {
        (void)cl;
        reinterpret_cast<Node::Resource *>(res)->idle = true;
    }
    static u64 now_us(dlm_cluster *cl) { return of(cl).now_us; }
    static void log(dlm_cluster *, int, const char *, ...) {}
};

namespace {

const dlm_cluster_ops kOps = [] {
    dlm_cluster_ops ops{};
    ops.send_msg = NodeOps::send_msg;
    ops.complete = NodeOps::complete;
    ops.discard = NodeOps::discard;
    ops.blocking = NodeOps::blocking;
    ops.lock_gone = NodeOps::lock_gone;
    ops.defer = NodeOps::defer;
    ops.resource_idle = NodeOps::resource_idle;
    ops.now_us = NodeOps::now_us;
    ops.log = NodeOps::log;
    return ops;
}();

void ast(void *) {}
void bast(void *, int) {}

u32 hash_of(const std::string &name)
{
    return jhash(name.data(), u32(name.size()), 0);
}

}  // namespace

std::map<dlm_cluster *, Node *> Node::by_cluster;

Node::Node(Nodes &net, int nodeid) : net_(net), next_id_(u32(nodeid) * 1000)
{
    by_cluster[&cl] = this;
    cl.ops = &kOps;
    cl.our_nodeid = nodeid;
    cl.lvblen = kLvblen;
    cl.gate = DLM_GATE_OPEN;
}

Node::~Node()
{
    for (auto &[id, lock] : locks_) {
        for (dlm_op *op : {lock->lkb.op, lock->lkb.op_cancel, lock->lkb.op_unlock})
            if (op != nullptr)
                free_op(op);
        if (lock->lkb.last_op != nullptr)
            free_op(lock->lkb.last_op);
    }
    EXPECT_EQ(nr_ops, 0) << "records of node " << node_name(cl.our_nodeid) << " are left";
    dlm_view_free(cl.view);
    free(cl.recover.gone);
    by_cluster.erase(&cl);
}

dlm_op *Node::new_op(Lock &lock, dlm_op_kind kind, u32 flags, void *arg)
{
    auto *op = static_cast<dlm_op *>(calloc(1, sizeof(dlm_op) + kLvblen));
    INIT_LIST_HEAD(&op->link);
    op->ast = ast;
    op->bast = bast;
    op->astarg = arg;
    op->kind = u8(kind);
    op->exflags = flags;
    op->memory = DLM_OP_ALLOCATED;
    op->has_lvb = no_room ? 0 : DLM_OP_LVB_ROOM;
    if (kind == DLM_OP_REQUEST || kind == DLM_OP_CONVERT)
        op->lksb = &lock.lksb;
    nr_ops++;
    return op;
}

void Node::free_op(dlm_op *op)
{
    nr_ops--;
    free(op);
}

void Node::deliver(Lock &lock)
{
    dlm_callback cb;

    while (dlm_callback_next(&lock.lkb, &cb)) {
        if (cb.ast != nullptr) {
            net_.note("c" + name_of(lock) + "=" + status_name(cb.status) + flag_names(cb.sb_flags));
            args.push_back(cb.astarg);
            lksbs.push_back(cb.lksb);
        } else {
            net_.note("b" + name_of(lock) + "=" + mode_name(cb.mode));
        }
        if (cb.release != nullptr)
            free_op(cb.release);
    }
    if ((lock.lkb.state & DLM_LKB_GONE) != 0)
        leave_family(lock);
}

// Its last completion has been delivered; a forced unlock of the parent may have waited for that.
void Node::leave_family(Lock &lock)
{
    if (!lock.family)
        return;
    dlm_family *due = dlm_family_leave(lock.family.get());
    lock.family.reset();
    if (due != nullptr)
        unlock_parent(*due);
}

void Node::unlock_parent(dlm_family &family)
{
    Lock *parent = by_id(family.id);
    dlm_op *op = family.unlock;
    family.unlock = nullptr;
    EXPECT_EQ(dlm_owner_unlock(&cl, &parent->lkb, op, op->exflags, family.unlock_pid), 0);
}

int Node::request_child(char name, char parent, std::string_view child, int mode, u32 flags)
{
    Lock *p = own(parent);
    if (p == nullptr)
        return -ENOENT;
    if (!p->family) {
        p->family = std::make_unique<dlm_family>();
        dlm_family_init(p->family.get(), p->lkb.id);
    }
    const int err = dlm_family_admit(&p->lkb, p->family.get(), flags, 0);
    if (err != 0)
        return err;
    u8 wire[DLM_FAMILY_NAME_LEN];
    dlm_family_name(wire, p->lkb.res->name, p->lkb.res->name_len, u8(p->family->depth + 1),
                    reinterpret_cast<const u8 *>(child.data()), child.size());
    Lock &lock = new_lock(std::string(reinterpret_cast<char *>(wire), sizeof(wire)));
    lock.family = std::make_unique<dlm_family>();
    dlm_family_init(lock.family.get(), lock.lkb.id);
    dlm_family_join(p->family.get(), lock.family.get());
    start(lock, name, mode, flags, nullptr);
    return 0;
}

// The rules of locks that are, or have, sublocks; what is due to the children is done.
int Node::unlock_family(Lock &lock, dlm_op *op, u32 flags)
{
    const int verdict = dlm_family_unlock(lock.family.get(), op, flags, 77);
    if (verdict != DLM_FAMILY_LATER)
        return verdict;
    while (const u32 id = dlm_family_next_child(lock.family.get()))
        if (Lock *child = by_id(id))
            unlock(child->name, DLM_LKF_FORCEUNLOCK);
    if (dlm_family_due(lock.family.get()))
        unlock_parent(*lock.family);
    return verdict;
}

Node::Resource *Node::find_resource(const std::string &name)
{
    const auto found = resources_.find(name);
    return found == resources_.end() ? nullptr : found->second.get();
}

Node::Resource &Node::resource(const std::string &name)
{
    if (Resource *found = find_resource(name))
        return *found;
    auto &made = resources_[name] = std::make_unique<Resource>();
    made->name = name;
    made->lvb.resize(kLvblen);
    dlm_resource_init(&made->res, reinterpret_cast<const u8 *>(made->name.data()), u16(name.size()),
                      hash_of(name), u16(kLvblen));
    made->res.lvb = made->lvb.data();
    return *made;
}

Node::Lock &Node::new_lock(const std::string &name)
{
    auto lock = std::make_unique<Lock>();
    dlm_lkb_init(&lock->lkb, &resource(name).res);
    lock->lkb.id = ++next_id_;
    return *(locks_[lock->lkb.id] = std::move(lock));
}

Node::Lock *Node::own(char name)
{
    for (auto &[id, lock] : locks_)
        if (lock->name == name)
            return lock.get();
    return nullptr;
}

Node::Lock *Node::by_id(u32 id)
{
    const auto found = locks_.find(id);
    return found == locks_.end() ? nullptr : found->second.get();
}

Node::Lock *Node::copy_of(int owner, char name)
{
    Lock *at_owner = net_[node_name(owner)].own(name);
    for (auto &[id, lock] : locks_)
        if (dlm_lkb_is_master_copy(&lock->lkb) && lock->lkb.holder == owner &&
            at_owner != nullptr && lock->lkb.remid == at_owner->lkb.id)
            return lock.get();
    return nullptr;
}

void Node::request(char name, int mode, u32 flags, void *arg)
{
    start(new_lock(names_.count(name) ? names_[name] : net_.name()), name, mode, flags, arg);
}

void Node::start(Lock &lock, char name, int mode, u32 flags, void *arg)
{
    lock.name = name;
    lock.lkb.requested_mode = s8(mode);
    lock.lkb.exflags = flags;
    lock.lkb.state |= DLM_LKB_WANT_BAST;
    buffers_[name].resize(kLvblen + 1);
    lock.lkb.lvb = buffers_[name].data();
    dlm_owner_request(&cl, &lock.lkb, new_op(lock, DLM_OP_REQUEST, flags, arg));
}

int Node::convert(char name, int mode, u32 flags)
{
    Lock *lock = own(name);
    if (lock == nullptr)
        return -ENOENT;
    const dlm_convert_args args{mode, flags, buffers_[name].data(), 0, true};
    dlm_op *op = new_op(*lock, DLM_OP_CONVERT, flags, nullptr);
    int err = lock->family && lock->family->unlock != nullptr ? -EBUSY : 0;
    if (err == 0)
        err = dlm_owner_convert(&cl, &lock->lkb, op, &args);
    if (err != 0)
        free_op(op);
    return err;
}

int Node::unlock(char name, u32 flags, void *arg, dlm_lksb *lksb)
{
    Lock *lock = own(name);
    if (lock == nullptr)
        return -ENOENT;
    const bool cancel = (flags & DLM_LKF_CANCEL) != 0;
    dlm_op *op = new_op(*lock, cancel ? DLM_OP_CANCEL : DLM_OP_UNLOCK, flags, arg);
    op->lksb = lksb;
    // They are those of the last lock call.
    if (!lock->family) {
        op->ast = nullptr;
        op->bast = nullptr;
    }
    int err = lock->family ? unlock_family(*lock, op, flags) : DLM_FAMILY_NOW;
    if (err == DLM_FAMILY_LATER)
        return 0;
    if (err == DLM_FAMILY_NOW)
        err = dlm_owner_unlock(&cl, &lock->lkb, op, flags, 77);
    if (err != 0)
        free_op(op);
    return err;
}

void Node::receive_request(const Packet &p)
{
    const std::string name(p.extra.begin(), p.extra.end());
    Resource *r = find_resource(name);
    const int err = r != nullptr ? dlm_master_admit(&cl, &r->res, p.from)
                                 : dlm_master_admit_absent(&cl, hash_of(name), p.from);

    if (err != 0)
        return dlm_master_refuse(&cl, p.from, &p.msg, err);
    if (r == nullptr) {
        r = &resource(name);
        r->res.master = cl.our_nodeid;
        r->res.state |= DLM_RES_ACTIVE;
    }
    Lock &lock = new_lock(name);
    lock.copy_lvb.resize(kLvblen);
    lock.lkb.lvb = lock.copy_lvb.data();
    dlm_master_request(&cl, &lock.lkb, p.from, &p.msg);
}

void Node::receive(const Packet &p)
{
    if (closed) {
        saved.push_back(p);
        return;
    }
    const dlm_msg &m = p.msg;
    const void *lvb = p.extra.empty() ? nullptr : p.extra.data();
    const std::string name(p.extra.begin(), p.extra.end());
    Lock *lock = by_id(m.type == DLM_MSG_LOOKUP_REPLY ? m.lkid : m.remid);

    switch (m.type) {
    case DLM_MSG_LOOKUP:
        if (dlm_directory_refuses(&cl, hash_of(name), p.from, &m) ||
            dlm_directory_lookup(&cl, &resource(name).res, p.from, &m) == DLM_LOOKUP_REPLY)
            return;
        return receive_request(p);
    case DLM_MSG_REQUEST: return receive_request(p);
    case DLM_MSG_REMOVE:
        if (Resource *r = find_resource(name))
            if (dlm_directory_remove(&cl, &r->res, p.from))
                resources_.erase(name);
        return;
    case DLM_MSG_CONVERT:
    case DLM_MSG_UNLOCK:
    case DLM_MSG_CANCEL:
        if (lock == nullptr)
            return dlm_master_refuse(&cl, p.from, &m, -ENOENT);
        return dlm_master_operation(&cl, &lock->lkb, p.from, &m, lvb, p.extra.size());
    default: break;
    }
    if (lock == nullptr)
        return;
    if (m.type == DLM_MSG_GRANT)
        dlm_owner_grant(&cl, &lock->lkb, p.from, &m, lvb, p.extra.size());
    else if (m.type == DLM_MSG_BAST)
        dlm_owner_bast(&cl, &lock->lkb, p.from, &m);
    else if (m.type == DLM_MSG_LOOKUP_REPLY)
        dlm_owner_lookup_reply(&cl, &lock->lkb, p.from, &m);
    else
        dlm_owner_reply(&cl, &lock->lkb, p.from, &m, lvb, p.extra.size());
}

void Node::run_deferred()
{
    std::vector<u32> ids;
    for (auto &[id, lock] : locks_)
        if (lock->deferred)
            ids.push_back(id);
    for (const u32 id : ids) {
        Lock *lock = by_id(id);
        if (lock == nullptr)
            continue;
        lock->deferred = false;
        if (dlm_lkb_is_master_copy(&lock->lkb))
            dlm_master_deferred(&cl, &lock->lkb);
        else
            dlm_owner_deferred(&cl, &lock->lkb);
    }
}

void Node::check() const
{
    for (const auto &[name, r] : resources_) {
        u32 nr_off_queue = 0;
        u32 nr_asked = 0;
        for (const auto &[id, lock] : locks_) {
            if (lock->lkb.res != &r->res || dlm_lkb_is_master_copy(&lock->lkb))
                continue;
            nr_off_queue += lock->lkb.queue == DLM_QUEUE_NONE;
            for (int i = 0; i < lock->lkb.nr_expected; i++)
                nr_asked += (lock->lkb.expected[i] & ~DLM_EXPECTED_OVERTAKEN) == DLM_WAIT_REQUEST;
        }
        EXPECT_EQ(r->res.nr_off_queue, nr_off_queue) << name;
        EXPECT_EQ(r->res.nr_asked, nr_asked) << name;
        EXPECT_TRUE(dlm_engine_consistent(&r->res)) << name;
        EXPECT_TRUE(dlm_resource_has_locks(&r->res) || !(r->res.state & DLM_RES_ACTIVE)) << name;
    }
    // At rest a lock asks for nothing, and holds nothing when it is gone.
    for (const auto &[id, lock] : locks_) {
        if (lock->lkb.queue == DLM_QUEUE_GRANT && lock->lkb.op == nullptr) {
            EXPECT_EQ(lock->lkb.requested_mode, DLM_LOCK_IV) << id;
        }
    }
    for (const auto &lock : dead_) {
        EXPECT_EQ(lock->lkb.granted_mode, DLM_LOCK_IV);
        EXPECT_EQ(lock->lkb.requested_mode, DLM_LOCK_IV);
    }
}

void Node::open_gate()
{
    closed = false;
    cl.gate = DLM_GATE_DRAINING;
    std::deque<Packet> kept = std::move(saved);
    saved.clear();
    for (const Packet &p : kept)
        receive(p);
    cl.gate = DLM_GATE_OPEN;
    run_deferred();
}

/* ---- the cluster ---- */

Nodes::Nodes(std::string_view letters, char dir)
{
    for (const char letter : letters)
        nodes_[node_of(letter)] = std::make_unique<Node>(*this, node_of(letter));
    for (auto &[id, node] : nodes_)
        node->cl.view = make_view(letters);
    name_ = name_for(dir);
}

Nodes::~Nodes() = default;

dlm_view *Nodes::make_view(std::string_view letters) const
{
    std::vector<dlm_member> members;
    for (const char letter : letters) {
        dlm_member member{};
        member.nodeid = node_of(letter);
        member.weight = 1;
        members.push_back(member);
    }
    return dlm_view_alloc(members.data(), int(members.size()), 1);
}

std::string Nodes::name_for(char dir, int nth) const
{
    for (int i = 0;; i++) {
        std::string name = "res" + std::to_string(i);
        if (dlm_view_directory_node(nodes_.begin()->second->cl.view, hash_of(name)) != node_of(dir))
            continue;
        if (nth-- == 0)
            return name;
    }
}

void Nodes::post(Packet p)
{
    sent_ += (sent_.empty() ? "" : " ") + std::string(1, node_name(p.from)) + ":" +
             dlm_msg_type_name(p.msg.type);
    wire_.push_back(std::move(p));
}

void Nodes::inject(char from, char to, const dlm_msg &msg, std::vector<u8> extra)
{
    wire_.push_back({node_of(from), node_of(to), msg, std::move(extra)});
    settle();
}

std::vector<Packet> Nodes::take_held(char from)
{
    std::vector<Packet> taken;
    std::erase_if(wire_, [&](const Packet &p) {
        if (p.from == node_of(from))
            taken.push_back(p);
        return p.from == node_of(from);
    });
    return taken;
}

void Nodes::settle()
{
    for (bool moved = true; moved;) {
        moved = false;
        for (auto it = wire_.begin(); it != wire_.end(); ++it) {
            if (cut.count(it->from) || cut.count(it->to))
                continue;
            const Packet p = std::move(*it);
            wire_.erase(it);
            if (nodes_.count(p.to))
                nodes_[p.to]->receive(over_the_wire(p));
            moved = true;
            break;
        }
    }
}

std::string Nodes::take_log()
{
    std::string log = std::move(log_);
    log_.clear();
    return log;
}

std::string Nodes::run(std::string_view text)
{
    log_.clear();
    sent_.clear();
    while (!text.empty()) {
        const auto end = text.find(';');
        std::string_view one = text.substr(0, end);
        text = end == std::string_view::npos ? "" : text.substr(end + 1);
        while (!one.empty() && one.front() == ' ')
            one.remove_prefix(1);
        while (!one.empty() && one.back() == ' ')
            one.remove_suffix(1);
        if (!one.empty())
            play(one);
        settle();
        for (auto &[id, node] : nodes_)
            node->check();
    }
    return take_log();
}

void Nodes::play(std::string_view one)
{
    if (one.starts_with("cut "))
        cut.insert(node_of(one[4]));
    else if (one.starts_with("heal "))
        cut.erase(node_of(one[5]));
    else if (one.starts_with("stop "))
        (*this)[one[5]].closed = true, (*this)[one[5]].cl.gate = DLM_GATE_CLOSED;
    else if (one.starts_with("go "))
        (*this)[one[3]].open_gate();
    else if (one.starts_with("retry "))
        (*this)[one[6]].run_deferred();
    else
        call(one);
}

void Nodes::call(std::string_view one)
{
    Node &node = (*this)[one[0]];
    const Step step = Step::parse(one.substr(1)).at(0);
    int err = 0;

    switch (step.verb) {
    case '+': node.request(step.lock, step.mode, step.flags); break;
    case '>': err = node.convert(step.lock, step.mode, step.flags | DLM_LKF_CONVERT); break;
    case '-': err = node.unlock(step.lock, step.flags); break;
    case 'x': err = node.unlock(step.lock, step.flags | DLM_LKF_CANCEL); break;
    }
    if (err != 0)
        note(std::string(one) + "=" + error_name(err));
}

std::string Nodes::queues(char letter)
{
    dlm_resource &res = (*this)[letter].resource(name_).res;
    std::map<std::string, std::string> holders;
    std::string out;
    auto name = [&](const dlm_lkb *lkb) {
        if (!dlm_lkb_is_master_copy(lkb))
            return std::string(1, letter) + reinterpret_cast<const Node::Lock *>(lkb)->name;
        Node::Lock *lock = nodes_.at(lkb->holder)->by_id(lkb->remid);
        return std::string(1, node_name(lkb->holder)) + (lock != nullptr ? lock->name : '?');
    };
    auto list = [&](list_head *queue, bool modes) {
        std::string text;
        const dlm_lkb *lkb;
        list_for_each_entry(lkb, queue, queue_link)
        {
            text += (text.empty() ? "" : " ") + name(lkb);
            if (modes)
                text += ":" + mode_name(lkb->granted_mode) + ">" + mode_name(lkb->requested_mode);
        }
        return text;
    };

    const dlm_lkb *lkb;
    list_for_each_entry(lkb, &res.grant_queue, queue_link) holders[name(lkb)] =
        mode_name(lkb->granted_mode);
    for (const auto &[who, mode] : holders)
        out += (out.empty() ? "" : " ") + who + ":" + mode;
    return "G[" + out + "] C[" + list(&res.convert_queue, true) + "] W[" +
           list(&res.wait_queue, false) + "]";
}

void Nodes::kill(char letter)
{
    const int nodeid = node_of(letter);
    std::erase_if(wire_, [&](const Packet &p) { return p.from == nodeid || p.to == nodeid; });
    nodes_.erase(nodeid);
}

void Nodes::fail_over(char dead, char master)
{
    const int nodeid = node_of(dead);
    std::string left;

    kill(dead);
    for (auto &[id, node] : nodes_)
        left += node_name(id);
    for (auto &[id, node] : nodes_) {
        node->closed = true;
        node->cl.gate = DLM_GATE_CLOSED;
        dlm_view_free(node->cl.view);
        node->cl.view = make_view(left);
        free(node->cl.recover.gone);
        node->cl.recover.gone = static_cast<dlm_gone *>(calloc(1, sizeof(dlm_gone)));
        node->cl.recover.gone[0].nodeid = nodeid;
        node->cl.recover.nr_gone = 1;
        std::erase_if(node->saved, [&](const Packet &p) { return p.from == nodeid; });
        std::vector<u32> ids;
        for (auto &[lock_id, lock] : node->locks_)
            ids.push_back(lock_id);
        for (const u32 lock_id : ids)
            if (Node::Lock *lock = node->by_id(lock_id))
                if (!dlm_lkb_is_master_copy(&lock->lkb))
                    dlm_owner_first_pass(&node->cl, &lock->lkb);
        node->resource(name_).res.master = node_of(master);
    }
    // Only the new master's own locks are rebuilt here: they are local now.
    for (auto &[id, node] : nodes_)
        node->open_gate();
    settle();
    for (auto &[id, node] : nodes_)
        node->run_deferred();
    settle();
}

namespace {

TEST(Nodes, a_lock_travels)
{
    Nodes n("AM");
    EXPECT_EQ(n.run("A1+PR"), "cA1=0");
    EXPECT_EQ(n.sent(), "A:LOOKUP M:LOOKUP_REPLY");
    EXPECT_EQ(n.queues('A'), "G[A1:PR] C[] W[]");
    EXPECT_EQ(n.run("A1-"), "cA1=EUNLOCK");
    EXPECT_TRUE(n['A'].resource(n.name()).idle);
}

}  // namespace
}  // namespace dlm::test
