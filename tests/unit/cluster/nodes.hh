// SPDX-License-Identifier: GPL-2.0-or-later
// A few nodes in one process: the owner's and the master's side of the cluster
// layer with a shell that does nothing but keep tables, queue messages in order
// per pair of nodes, and record callbacks. The notation is that of lock-semantics
// 21 with the node in front:
//
//   A1+PR(vb)  A1>EX  A1-  A1-(F)  A1x   on the resource of this test
//   cut A, heal A                        messages to and from A are held
//   stop A, go A                         the gate of A is closed, opened
//
// run() returns all callbacks, and errors of calls as "A1-=EBUSY".
#pragma once

#include <gtest/gtest.h>

#include <cstdarg>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/board.hh"
extern "C" {
#include "cluster/cluster.h"
#include "cluster/directory.h"
#include "cluster/family.h"
#include "cluster/master.h"
#include "cluster/owner.h"
#include "core/callback.h"
}

namespace dlm::test {

inline int node_of(char name)
{
    return name == 'M' ? 9 : name - 'A' + 1;
}
inline char node_name(int nodeid)
{
    return nodeid == 9 ? 'M' : char('A' + nodeid - 1);
}
inline std::string error_name(int err)
{
    switch (err) {
    case -EBUSY: return "EBUSY";
    case -ENOTEMPTY: return "ENOTEMPTY";
    case -EINVAL: return "EINVAL";
    case -ENOENT: return "ENOENT";
    default: return std::to_string(err);
    }
}

constexpr size_t kLvblen = 8;

struct Packet {
    int from;
    int to;
    dlm_msg msg;
    std::vector<u8> extra;
};

class Nodes;

class Node {
public:
    Node(Nodes &net, int nodeid);
    ~Node();
    Node(const Node &) = delete;
    Node &operator=(const Node &) = delete;

    struct Resource {
        dlm_resource res{};
        std::string name;
        std::vector<u8> lvb;
        bool idle = false;
    };
    struct Lock {
        dlm_lkb lkb{};
        char name = 0;  // own locks
        std::vector<u8> copy_lvb;
        dlm_lksb lksb{};
        bool deferred = false;
        u32 delay_ms = 0;
        int first_free = 1;
        std::unique_ptr<dlm_family> family;  // a sublock, or has some
    };

    void request(char lock, int mode, u32 flags, void *arg = nullptr);
    // The child @name of the lock @parent.
    int request_child(char lock, char parent, std::string_view name, int mode, u32 flags);
    int convert(char lock, int mode, u32 flags);
    int unlock(char lock, u32 flags, void *arg = nullptr, dlm_lksb *lksb = nullptr);

    void receive(const Packet &p);
    void run_deferred();
    // What the resources count is what is there.
    void check() const;
    void open_gate();

    Resource &resource(const std::string &name);
    Resource *find_resource(const std::string &name);
    Lock *own(char name);
    Lock *by_id(u32 id);
    Lock *copy_of(int owner, char name);
    std::string buffer(char lock) { return buffers_[lock].c_str(); }
    void set_buffer(char lock, std::string_view text)
    {
        buffers_[lock].assign(text);
        buffers_[lock].resize(kLvblen + 1);
    }
    void set_resource(char lock, const std::string &name) { names_[lock] = name; }
    size_t nr_locks() const { return locks_.size(); }

    static std::map<dlm_cluster *, Node *> by_cluster;

    dlm_cluster cl{};
    int fail_sends = 0;
    bool no_room = false;  // records of operations have no room for a value
    u64 now_us = 1;
    bool closed = false;
    int nr_ops = 0;  // records that exist
    std::deque<Packet> saved;
    std::vector<void *> args;  // of all completions, in order
    std::vector<dlm_lksb *> lksbs;
    std::map<u32, std::unique_ptr<Lock>> locks_;

private:
    friend struct NodeOps;
    int unlock_family(Lock &lock, dlm_op *op, u32 flags);
    void leave_family(Lock &lock);
    void unlock_parent(dlm_family &family);
    dlm_op *new_op(Lock &lock, dlm_op_kind kind, u32 flags, void *arg);
    void free_op(dlm_op *op);
    void deliver(Lock &lock);
    Lock &new_lock(const std::string &resource);
    void start(Lock &lock, char name, int mode, u32 flags, void *arg);
    void receive_request(const Packet &p);
    std::string name_of(const Lock &lock) const
    {
        return std::string(1, node_name(cl.our_nodeid)) + lock.name;
    }

    Nodes &net_;
    std::map<std::string, std::unique_ptr<Resource>> resources_;
    std::vector<std::unique_ptr<Lock>> dead_;
    std::map<char, std::string> buffers_;
    std::map<char, std::string> names_;
    u32 next_id_;
};

class Nodes {
public:
    // Nodes by letter. The test's resource hashes to @dir.
    explicit Nodes(std::string_view letters, char dir = 'M');
    ~Nodes();

    std::string run(std::string_view text);
    Node &operator[](char letter) { return *nodes_.at(node_of(letter)); }
    const std::string &name() const { return name_; }
    // A name whose directory node is @dir.
    std::string name_for(char dir, int nth = 0) const;
    dlm_resource &res(char letter) { return (*this)[letter].resource(name_).res; }

    // "G[A1:PR] C[] W[]" as the node has it.
    std::string queues(char letter);
    // Everything that was sent, by name of type; cleared by run().
    std::string sent() const { return sent_; }
    const std::deque<Packet> &held() const { return wire_; }
    void lose_wire() { wire_.clear(); }
    // What @from has sent and nobody has; off the wire, in order.
    std::vector<Packet> take_held(char from);
    void inject(char from, char to, const dlm_msg &msg, std::vector<u8> extra = {});
    // Deliver until nothing moves, then the deferred.
    void settle();
    std::string take_log();
    dlm_view *make_view(std::string_view letters) const;
    void kill(char letter);
    // A recovery in which @master takes over what @dead mastered; by hand, one resource.
    void fail_over(char dead, char master);

    void note(const std::string &what) { log_ += (log_.empty() ? "" : " ") + what; }
    void post(Packet p);

    std::set<int> cut;

private:
    void play(std::string_view one);
    void call(std::string_view one);

    std::map<int, std::unique_ptr<Node>> nodes_;
    std::deque<Packet> wire_;
    std::string log_;
    std::string sent_;
    std::string name_;
};

}  // namespace dlm::test
