/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Searches for deadlocks at a simulated node: the shell's part of cluster/detect.h. */
#include "checker.hh"
#include "space.hh"

namespace dlm::sim {

void Space::look_for_deadlocks(uint64_t wait_us)
{
    const uint64_t now = world_.now_us();
    dlm_chain chain;

    if (cluster_.gate != DLM_GATE_OPEN)
        return;
    for (Lock *lock : own_locks())
        if (lock->lkb.op && dlm_detect_due(&lock->watch, wait_us, now))
            dlm_detect_start(&cluster_, &lock->lkb, &lock->watch, &chain, ++search_round_, now);
}

void Space::search_to(int to, const dlm_chain &chain)
{
    if (world_.verbose) {
        char text[2000];
        dlm_detect_print(&chain, text, sizeof(text));
        world_.trace("node " + std::to_string(nodeid()) + " to " + std::to_string(to) +
                     ": search, step " + std::to_string(chain.head.step) + " for " +
                     std::to_string(chain.head.lkid) + ": " + text);
    }
    if (to == nodeid()) {
        after(1, [this, copy = dlm_chain(chain)]() mutable { search_step(copy); });
        return;
    }
    if (!(dlm_features_of(&cluster_, to) & DLM_WIRE_FEATURE_SEARCH)) {
        world_.fail("a member's feature is not known");
        return;
    }
    std::vector<uint8_t> payload(DLM_WIRE_CHAIN_MAX);
    payload.resize(dlm_wire_put_chain(payload.data(), &chain));
    std::vector<uint8_t> bytes(dlm_wire_msg_size(payload.size()));
    const dlm_wire_from from{cluster_.global_id, static_cast<u32>(nodeid()), 0};
    dlm_msg m{};
    m.type = DLM_WIRE_SEARCH;
    if (dlm_wire_encode_msg(bytes.data(), bytes.size(), &from, &m, payload.data(),
                            payload.size()) != bytes.size())
        world_.fail("a chain could not be encoded");
    links_.send(to, bytes);
}

void Space::search_waits_of(uint64_t owner, dlm_chain &chain)
{
    const dlm_search head = chain.head;

    for (Lock *lock : own_locks()) {
        if (!lock->lkb.op || lock->watch.owner != owner)
            continue;
        chain.head = head;
        dlm_detect_wait(&cluster_, &lock->lkb, &lock->watch, &chain, world_.now_us());
    }
    chain.head = head;
}

void Space::give_way(const dlm_chain &chain)
{
    Lock *lock = find_lock(chain.head.lkid);

    if (!lock || !lock->client || !lock->lkb.op ||
        !dlm_detect_is_victim(&cluster_, &lock->lkb, &lock->watch, &chain))
        return;
    ClientLock &client = *lock->client;
    dlm_op *op = new_op(lock, DLM_OP_CANCEL);
    op->astarg = lock->lkb.op->astarg;
    op->exflags = DLM_LKF_CANCEL;
    op->status = -EDEADLK;
    if (dlm_owner_unlock(&cluster_, &lock->lkb, op, DLM_LKF_CANCEL, 0))
        free_op(op);
    else if (on_victim)
        on_victim(client, chain);
}

void Space::search_step(dlm_chain &chain)
{
    Lock *lock = find_lock(chain.head.lkid);

    if (cluster_.gate != DLM_GATE_OPEN)
        return;
    switch (chain.head.step) {
    case DLM_SEARCH_OWNER_KEY: search_waits_of(chain.head.owner, chain); return;
    case DLM_SEARCH_VICTIM: give_way(chain); return;
    default: break;
    }
    if (!lock)
        return;
    switch (chain.head.step) {
    case DLM_SEARCH_BLOCKERS: dlm_detect_blockers(&cluster_, &lock->lkb, &chain); break;
    case DLM_SEARCH_OWNER:
        if (!lock->watch.owner || !dlm_detect_holds(&lock->lkb, &chain))
            break;
        search_waits_of(lock->watch.owner, chain);
        dlm_detect_elsewhere(&cluster_, &chain, lock->watch.owner);
        break;
    case DLM_SEARCH_WAIT:
        dlm_detect_wait(&cluster_, &lock->lkb, &lock->watch, &chain, world_.now_us());
        break;
    default: break;
    }
}

}  // namespace dlm::sim
