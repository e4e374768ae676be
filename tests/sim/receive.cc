/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that arrive at a simulated node: decoding, gate, look-ups, handlers. */
#include <cstring>

#include "checker.hh"
#include "space.hh"

namespace dlm::sim {

static std::string name_of(const dlm_in &in)
{
    return std::string(reinterpret_cast<const char *>(in.name), in.name_len);
}

void Space::message(int from, const dlm_in &in, const std::vector<uint8_t> &bytes)
{
    if (in.hdr.cmd == DLM_CMD_RCOM) {
        handle_recovery(from, in);
        return;
    }
    if (in.msg.type == DLM_WIRE_SEARCH) {
        dlm_chain chain;
        dlm_wire_get_chain(&chain, in.lvb);
        if (dlm_view_has(cluster_.view, from))
            search_step(chain);
        return;
    }
    if (cluster_.gate == DLM_GATE_NEVER) {
        if (world_.verbose)
            world_.trace("node " + std::to_string(nodeid()) + " drops a message, generation 0");
        return;
    }
    if (cluster_.gate == DLM_GATE_OPEN)
        process_message(from, in);
    else
        saved_.emplace_back(from, bytes);
}

void Space::process_message(int from, const dlm_in &in)
{
    const dlm_msg &m = in.msg;
    Lock *lock;

    if (!dlm_view_has(cluster_.view, from))
        return;
    switch (m.type) {
    case DLM_MSG_REQUEST: handle_request(from, in, false, nullptr); return;
    case DLM_MSG_LOOKUP: handle_lookup(from, in); return;
    case DLM_MSG_CONVERT:
    case DLM_MSG_UNLOCK:
    case DLM_MSG_CANCEL:
        lock = find_lock(m.remid);
        if (lock && dlm_lkb_is_master_copy(&lock->lkb) && (m.exflags & DLM_LKF_VALBLK))
            lock->lkb.lvb = lock->lvb.data();
        if (!lock) {
            dlm_master_refuse(&cluster_, from, &m, -ENOENT);
        } else {
            Resource *r = Resource::of(lock->lkb.res);
            dlm_master_operation(&cluster_, &lock->lkb, from, &m, in.lvb, in.lvb_len);
            look_at(r);
        }
        return;
    case DLM_MSG_REMOVE:
        if (Resource *r = find(name_of(in)))
            if (dlm_directory_remove(&cluster_, &r->res, from))
                erase(r);
        return;
    case DLM_MSG_LOOKUP_REPLY:
        if ((lock = find_lock(m.lkid)))
            dlm_owner_lookup_reply(&cluster_, &lock->lkb, from, &m);
        return;
    case DLM_MSG_GRANT:
        if ((lock = find_lock(m.remid)))
            dlm_owner_grant(&cluster_, &lock->lkb, from, &m, in.lvb, in.lvb_len);
        return;
    case DLM_MSG_BAST:
        if ((lock = find_lock(m.remid)))
            dlm_owner_bast(&cluster_, &lock->lkb, from, &m);
        return;
    case DLM_MSG_REQUEST_REPLY:
    case DLM_MSG_CONVERT_REPLY:
    case DLM_MSG_UNLOCK_REPLY:
    case DLM_MSG_CANCEL_REPLY:
        if ((lock = find_lock(m.remid)))
            dlm_owner_reply(&cluster_, &lock->lkb, from, &m, in.lvb, in.lvb_len);
        return;
    default: return;
    }
}

void Space::handle_request(int from, const dlm_in &in, bool admitted, Resource *r)
{
    if (!r)
        r = find(name_of(in));
    if (!admitted) {
        const u32 hash = jhash(in.name, in.name_len, 0);
        const int err = r ? dlm_master_admit(&cluster_, &r->res, from)
                          : dlm_master_admit_absent(&cluster_, hash, from);
        if (err) {
            dlm_master_refuse(&cluster_, from, &in.msg, err);
            return;
        }
        if (!r) {
            r = create(name_of(in));
            r->res.master = nodeid();
        }
    }
    r->res.state |= DLM_RES_ACTIVE;
    r->idle = false;
    Lock *lock = new_lock(r, nullptr);
    lock->lvb.resize(kLvbLen);
    lock->lkb.lvb = in.msg.exflags & DLM_LKF_VALBLK ? lock->lvb.data() : nullptr;
    dlm_master_request(&cluster_, &lock->lkb, from, &in.msg);
    look_at(r);
}

void Space::handle_lookup(int from, const dlm_in &in)
{
    const u32 hash = jhash(in.name, in.name_len, 0);
    if (dlm_directory_refuses(&cluster_, hash, from, &in.msg))
        return;
    Resource *r = find_or_create(name_of(in));
    if (dlm_directory_lookup(&cluster_, &r->res, from, &in.msg) == DLM_LOOKUP_REQUEST)
        handle_request(from, in, true, r);
}

/* ---- recovery messages ---- */

void Space::handle_recovery(int from, const dlm_in &in)
{
    const u64 now_ms = world_.now_us() / 1000;
    const dlm_rcom &rc = in.rcom;

    if (!dlm_recover_accepts(&cluster_, &rc)) {
        if (world_.verbose)
            world_.trace("node " + std::to_string(nodeid()) + " drops " +
                         dlm_rcom_type_name(rc.type) + " of " + std::to_string(from));
        return;
    }
    switch (rc.type) {
    case DLM_RCOM_STATUS: dlm_recover_status_request(&cluster_, from, &rc, &in.status); return;
    case DLM_RCOM_STATUS_REPLY: dlm_recover_status_reply(&cluster_, from, &in, now_ms); return;
    case DLM_RCOM_NAMES: answer_names(from, in); return;
    case DLM_RCOM_NAMES_REPLY: take_names(from, in); return;
    case DLM_RCOM_LOOKUP: {
        const u32 hash = jhash(in.name, in.name_len, 0);
        if (dlm_view_directory_node(cluster_.view, hash) != nodeid()) {
            dlm_rebuild_lookup_refuse(&cluster_, from, &rc);
            return;
        }
        dlm_rebuild_lookup(&cluster_, &find_or_create(name_of(in))->res, from, &rc);
        return;
    }
    case DLM_RCOM_LOOKUP_REPLY:
        if (rc.id >= 1 && rc.id <= snapshot_.size()) {
            Resource *r = find(snapshot_[rc.id - 1]);
            if (r && r->res.recover_id == rc.id) {
                dlm_rebuild_lookup_reply(&cluster_, &r->res, &rc);
                dlm_recover_answered(&cluster_, now_ms);
            }
        }
        return;
    case DLM_RCOM_LOCK: recovery_lock(from, in); return;
    case DLM_RCOM_LOCK_REPLY: recovery_lock_reply(from, in); return;
    default: return;
    }
}

void Space::answer_names(int from, const dlm_in &in)
{
    std::vector<uint8_t> block(DLM_WIRE_NAMES_LEN);
    dlm_names_writer writer;
    dlm_names_writer_init(&writer, block.data());

    size_t i = 0;
    bool full = false;
    if (in.name_len > 0) {
        const std::string last = name_of(in);
        while (i < snapshot_.size() && snapshot_[i] != last)
            i++;
        i++;
    }
    for (; i < snapshot_.size() && !full; i++) {
        Resource *r = find(snapshot_[i]);
        if (!r || !dlm_directory_lists(&cluster_, &r->res, from))
            continue;
        full = !dlm_names_add(&writer, r->res.name, r->res.name_len);
    }
    if (full)
        dlm_names_finish_full(&writer);
    else
        dlm_names_finish(&writer);
    dlm_rcom rc{};
    rc.type = DLM_RCOM_NAMES_REPLY;
    rc.id = in.rcom.id;
    rc.seq = cluster_.recover.epoch;
    rc.seq_reply = in.rcom.seq;
    cluster_.ops->send_rcom(&cluster_, from, &rc, block.data(), block.size());
}

void Space::take_names(int from, const dlm_in &in)
{
    const u64 now_ms = world_.now_us() / 1000;
    if (!dlm_recover_names_wanted(&cluster_, from, &in.rcom))
        return;
    dlm_names_reader reader;
    dlm_names_reader_init(&reader, in.names, in.names_len);
    const u8 *name = nullptr, *last = nullptr;
    size_t len = 0, last_len = 0;
    int nr = 0;
    for (;;) {
        switch (dlm_names_next(&reader, &name, &len)) {
        case DLM_NAMES_NAME: {
            Resource *r = find_or_create(std::string(reinterpret_cast<const char *>(name), len));
            const int err = dlm_directory_learn(&cluster_, &r->res, from);
            if (err) {
                dlm_recover_fail(&cluster_, err);
                return;
            }
            last = name;
            last_len = len;
            nr++;
            break;
        }
        case DLM_NAMES_MORE:
            dlm_recover_names_done(&cluster_, from, last, last_len, nr, false, now_ms);
            return;
        case DLM_NAMES_END:
            dlm_recover_names_done(&cluster_, from, last, last_len, nr, true, now_ms);
            return;
        case DLM_NAMES_BAD: dlm_recover_fail(&cluster_, -EINVAL); return;
        }
    }
}

void Space::recovery_lock(int from, const dlm_in &in)
{
    Resource *r = find(name_of(in));
    if (!r && cluster_.nodir)
        r = create(name_of(in));
    if (!r) {
        dlm_rebuild_lock(&cluster_, nullptr, nullptr, nullptr, from, &in);
        return;
    }
    dlm_lkb *existing = dlm_rebuild_find_copy(&r->res, from, in.lock.lkid);
    Lock *fresh = new_lock(r, nullptr);
    fresh->lvb.resize(kLvbLen);
    fresh->lkb.lvb = fresh->lvb.data();
    if (!dlm_rebuild_lock(&cluster_, &r->res, existing, &fresh->lkb, from, &in)) {
        locks_.erase(fresh->lkb.id);
        free_lock(fresh);
        return;
    }
    r->idle = false;
}

void Space::recovery_lock_reply(int from, const dlm_in &in)
{
    Lock *lock = find_lock(in.lock.lkid);
    if (!lock) {
        dlm_recover_answered(&cluster_, world_.now_us() / 1000);
        return;
    }
    const int err = dlm_rebuild_lock_reply(&cluster_, &lock->lkb, from, &in);
    if (err == -EAGAIN) {
        const uint32_t id = lock->lkb.id;
        const uint64_t epoch = cluster_.recover.epoch;
        after(10000, [this, id, epoch] { recovery_lock_again(id, epoch); });
    } else if (err) {
        dlm_recover_fail(&cluster_, err);
    } else {
        dlm_recover_answered(&cluster_, world_.now_us() / 1000);
    }
}

void Space::recovery_lock_again(uint32_t id, uint64_t epoch)
{
    Lock *lock = find_lock(id);
    if (lock && cluster_.recover.epoch == epoch)
        dlm_rebuild_lock_again(&cluster_, &lock->lkb);
}

}  // namespace dlm::sim
