// SPDX-License-Identifier: GPL-2.0-or-later
// The recovery machine of one node, driven event by event: its questions are
// recorded, its answers made by hand.
#pragma once

#include "bench.hh"

extern "C" {
#include "cluster/round.h"
}

namespace dlm::test {

using Ids = std::vector<int>;

// Members 1, 2, 3; this node is 1, which is the low one, or 2.
struct Machine : Bench {
    explicit Machine(int nodeid = 1)
    {
        cl.our_nodeid = nodeid;
        cl.recover.timeout_ms = 5000;
        cl.recover.rc_id = 1000;
        cl.recover.now_ms = 100;
        allocate(3);
    }
    void allocate(size_t nr)
    {
        free(cl.recover.polls);
        free(cl.recover.slots);
        cl.recover.polls = static_cast<dlm_poll *>(calloc(nr, sizeof(dlm_poll)));
        cl.recover.slots = static_cast<u16 *>(calloc(nr, sizeof(u16)));
    }
    void enter(dlm_recover_state state)
    {
        sent.clear();
        armed.clear();
        cl.recover.state = state;
        dlm_poll_step(&cl);
    }
    Ids asked() const
    {
        Ids ids;
        for (const SentRcom &s : sent)
            ids.push_back(s.to);
        return ids;
    }
    dlm_poll &poll(int nodeid)
    {
        for (int i = 0; i < cl.recover.nr_polls; i++)
            if (cl.recover.polls[i].nodeid == nodeid)
                return cl.recover.polls[i];
        ADD_FAILURE() << "node " << nodeid << " was not asked";
        return cl.recover.polls[0];
    }
    dlm_in answer(int from, int result)
    {
        dlm_in in{};
        in.rcom.id = poll(from).rc_id;
        in.rcom.result = result;
        in.config.lvblen = cl.lvblen;
        in.config.lsflags = cl.lsflags;
        return in;
    }
    void reply(int from, int result, u64 now_ms = 100)
    {
        const dlm_in in = answer(from, result);
        dlm_recover_status_reply(&cl, from, &in, now_ms);
    }
};

}  // namespace dlm::test
