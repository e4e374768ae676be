// SPDX-License-Identifier: GPL-2.0-or-later
// One node and one resource, whose locks are put there by hand; what the cluster
// layer sends and tells is recorded. Members are 1, 2, 3, this node is 1.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <list>
#include <memory>
#include <string>
#include <vector>

extern "C" {
#include "cluster/cluster.h"
#include "cluster/rebuild.h"
#include "core/engine.h"
#include "wire/decode.h"
#include "wire/search.h"
}

namespace dlm::test {

constexpr size_t kBenchLvblen = 8;

constexpr u32 kVb = DLM_LKF_VALBLK;
constexpr dlm_queue G = DLM_QUEUE_GRANT;
constexpr dlm_queue C = DLM_QUEUE_CONVERT;
constexpr dlm_queue W = DLM_QUEUE_WAIT;
constexpr int NL = DLM_LOCK_NL, CR = DLM_LOCK_CR, CW = DLM_LOCK_CW, PR = DLM_LOCK_PR,
              PW = DLM_LOCK_PW, EX = DLM_LOCK_EX, IV = DLM_LOCK_IV;

struct SentRcom {
    int to;
    dlm_rcom rc;
    std::vector<u8> payload;
};

struct SentSearch {
    int to;
    dlm_chain chain;
};

class Bench {
public:
    struct Lock {
        dlm_lkb lkb{};
        char buffer[kBenchLvblen + 1]{};
    };

    // @dir: the directory node of the resource.
    explicit Bench(int dir = 1)
    {
        static const dlm_cluster_ops ops = make_ops();

        cl.ops = &ops;
        cl.our_nodeid = 1;
        cl.lvblen = kBenchLvblen;
        cl.gate = DLM_GATE_CLOSED;
        set_members({1, 2, 3});
        dlm_resource_init(&res, reinterpret_cast<const u8 *>("name"), 4, u32(dir - 1) << 16,
                          kBenchLvblen);
        res.lvb = reinterpret_cast<u8 *>(lvb);
        res.state = DLM_RES_ACTIVE;
        res.dir = dir;
        cl.recover.epoch = 5;
    }
    ~Bench()
    {
        dlm_view_free(cl.view);
        free(cl.recover.gone);
        free(cl.recover.polls);
        free(cl.recover.slots);
    }
    Bench(const Bench &) = delete;

    void set_members(const std::vector<int> &ids)
    {
        std::vector<dlm_member> members;
        for (const int id : ids) {
            dlm_member m{};
            m.nodeid = id;
            m.weight = 1;
            members.push_back(m);
        }
        dlm_view_free(cl.view);
        cl.view = dlm_view_alloc(members.data(), int(members.size()), 1);
    }
    // The node died; 2 and 3 are the only others.
    void gone(int nodeid)
    {
        cl.recover.gone = static_cast<dlm_gone *>(
            realloc(cl.recover.gone, (cl.recover.nr_gone + 1) * sizeof(dlm_gone)));
        cl.recover.gone[cl.recover.nr_gone] = {};
        cl.recover.gone[cl.recover.nr_gone++].nodeid = nodeid;
        cl.recover.neg = true;
    }

    Lock &own(dlm_queue queue, int granted, int requested = DLM_LOCK_IV, u32 flags = 0)
    {
        locks.push_back(std::make_unique<Lock>());
        Lock &lock = *locks.back();
        dlm_lkb_init(&lock.lkb, &res);
        lock.lkb.id = next_id++;
        lock.lkb.granted_mode = s8(granted);
        lock.lkb.requested_mode = s8(requested);
        lock.lkb.exflags = flags;
        lock.lkb.lvb = lock.buffer;
        if (queue != DLM_QUEUE_NONE)
            dlm_engine_enqueue(&res, &lock.lkb, queue);
        return lock;
    }
    Lock &copy(int holder, dlm_queue queue, int granted, int requested = DLM_LOCK_IV, u32 flags = 0)
    {
        Lock &lock = own(queue, granted, requested, flags);
        lock.lkb.state |= DLM_LKB_MASTER_COPY;
        lock.lkb.holder = holder;
        lock.lkb.remid = lock.lkb.id + 5000;
        return lock;
    }
    bool is_gone(const Lock &lock) const
    {
        for (const dlm_lkb *lkb : gone_locks)
            if (lkb == &lock.lkb)
                return true;
        return false;
    }
    std::string value() const { return lvb; }
    void set_value(const char *text, u32 state = DLM_RES_LVB_EXISTS)
    {
        std::strcpy(lvb, text);
        res.state |= state;
    }

    int masters(u32 recover_id = 7)
    {
        nr_sent = 0;
        return dlm_rebuild_masters(&cl, &res, recover_id, &nr_sent);
    }
    int send_locks()
    {
        nr_sent = 0;
        return dlm_rebuild_locks(&cl, &res, &nr_sent);
    }

    dlm_cluster cl{};
    dlm_resource res{};
    char lvb[kBenchLvblen + 1]{};
    std::list<std::unique_ptr<Lock>> locks;
    std::vector<SentRcom> sent;
    std::vector<dlm_msg> messages;
    std::vector<SentSearch> searches;
    std::vector<dlm_lkb *> gone_locks;
    std::vector<dlm_lkb *> deferred;
    std::vector<int> completed;
    std::vector<int> blocked;
    int idle = 0;
    int completions = 0;
    int failures = 0;
    int errors = 0; /* logged */
    std::string last_logged;
    std::vector<dlm_visit> visits;
    std::vector<u32> armed;
    std::vector<int> added;
    std::vector<int> removed;
    std::vector<int> slot_calls;
    bool held = false;
    int purges = 0;
    int opens = 0;
    int fail_sends = 0;
    u32 nr_sent = 0;
    u32 next_id = 100;

private:
    static Bench &of(dlm_cluster *cl) { return *reinterpret_cast<Bench *>(cl); }
    static void log(dlm_cluster *cl, int level, const char *format, ...)
    {
        char line[256];
        va_list args;

        of(cl).errors += level == DLM_LOG_ERROR;
        va_start(args, format);
        std::vsnprintf(line, sizeof(line), format, args);
        va_end(args);
        of(cl).last_logged = line;
    }
    static dlm_cluster_ops make_ops()
    {
        dlm_cluster_ops ops{};
        ops.send_rcom = [](dlm_cluster *cl, int to, const dlm_rcom *rc, const void *extra,
                           size_t len) {
            Bench &b = of(cl);
            if (b.fail_sends > 0) {
                b.fail_sends--;
                return -ENOMEM;
            }
            const u8 *bytes = static_cast<const u8 *>(extra);
            b.sent.push_back({to, *rc, std::vector<u8>(bytes, bytes + len)});
            return 0;
        };
        ops.send_msg = [](dlm_cluster *cl, int, const dlm_msg *m, const void *, size_t) {
            of(cl).messages.push_back(*m);
            return 0;
        };
        ops.lock_gone = [](dlm_cluster *cl, dlm_lkb *lkb) { of(cl).gone_locks.push_back(lkb); };
        ops.defer = [](dlm_cluster *cl, dlm_lkb *lkb, u32) { of(cl).deferred.push_back(lkb); };
        ops.resource_idle = [](dlm_cluster *cl, dlm_resource *) { of(cl).idle++; };
        ops.now_us = [](dlm_cluster *) -> u64 { return 1; };
        ops.blocking = [](dlm_cluster *cl, dlm_lkb *, int mode) { of(cl).blocked.push_back(mode); };
        ops.complete = [](dlm_cluster *cl, dlm_lkb *, dlm_op *op) {
            of(cl).completed.push_back(op->status);
        };
        ops.discard = [](dlm_cluster *, dlm_lkb *, dlm_op *) {};
        ops.recovered = [](dlm_cluster *cl, dlm_recover_result result) {
            Bench &b = of(cl);
            (result == DLM_RECOVER_COMPLETE ? b.completions : b.failures)++;
        };
        ops.visit = [](dlm_cluster *cl, dlm_visit step) { of(cl).visits.push_back(step); };
        ops.arm_timer = [](dlm_cluster *cl, u32 delay_ms) { of(cl).armed.push_back(delay_ms); };
        ops.member_added = [](dlm_cluster *cl, int nodeid) { of(cl).added.push_back(nodeid); };
        ops.member_removed = [](dlm_cluster *cl, int nodeid) { of(cl).removed.push_back(nodeid); };
        ops.call_slots = [](dlm_cluster *cl, const dlm_gone *, int nr) {
            of(cl).slot_calls.push_back(nr);
        };
        ops.hold_callbacks = [](dlm_cluster *cl, bool hold) { of(cl).held = hold; };
        ops.purge_saved = [](dlm_cluster *cl) { of(cl).purges++; };
        ops.open_gate = [](dlm_cluster *cl) { of(cl).opens++; };
        ops.search = [](dlm_cluster *cl, int to, const dlm_chain *chain) {
            of(cl).searches.push_back({to, *chain});
        };
        ops.log = log;
        return ops;
    }
};

}  // namespace dlm::test
