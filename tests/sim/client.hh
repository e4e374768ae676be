/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The callers of a run: random operations on few resources, driven by events. */
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "checker.hh"
#include "space.hh"

namespace dlm::sim {

struct Load {
    uint32_t operations = 500; /* at least so many accepted calls */
    uint32_t resources = 6;
    uint32_t locks_per_node = 6;
    uint32_t pause_us = 400; /* mean time between two calls of a node */
};

class Clients {
public:
    Clients(World &world, Checker &checker, const Load &load);

    /* A node came up: it keeps an NL lock on each kept resource and starts working. */
    void node_up(Space &space);
    void node_down(int nodeid);
    void work(bool on) { working_ = on; }
    bool enough() const { return world_.counters.operations >= load_.operations; }
    /* Ask to give up everything; call again until nothing is left. */
    void release_all();
    size_t alive() const;

private:
    void tick(int nodeid, uint64_t boot);
    void one_operation(Space &space);
    void new_request(Space &space);
    void act(ClientLock &client);
    void new_value(ClientLock &client);
    uint32_t random_flags(bool convert, int from, int to);
    void trace(const ClientLock &client, const std::string &what, uint32_t flags, int err);
    bool writes(const ClientLock &client, int to) const;
    bool may_write(const ClientLock &client, uint32_t flags) const;
    int convert(ClientLock &client, int mode, uint32_t flags);
    int unlock(ClientLock &client, uint32_t flags);

    World &world_;
    Checker &checker_;
    Load load_;
    std::vector<std::string> names_;
    std::vector<std::unique_ptr<ClientLock>> all_;
    uint64_t next_serial_ = 1;
    uint64_t next_value_ = 1;
    bool working_ = true;
};

}  // namespace dlm::sim
