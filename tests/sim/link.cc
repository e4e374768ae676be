/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sessions over connections that break. */
#include "link.hh"

#include <cstdlib>
#include <cstring>

#include "space.hh"

namespace dlm::sim {

static dlm_frame *frame_of(const void *data, size_t len, size_t size)
{
    auto *frame = static_cast<dlm_frame *>(std::calloc(1, sizeof(dlm_frame) + size));
    INIT_LIST_HEAD(&frame->link);
    frame->size = size;
    frame->len = len;
    if (data)
        std::memcpy(frame->data, data, len);
    return frame;
}

static void free_frames(list_head *done)
{
    dlm_frame *frame, *next;
    list_for_each_entry_safe(frame, next, done, link)
    {
        list_del(&frame->link);
        if (!(frame->flags & DLM_FRAME_CONTROL))
            std::free(frame);
    }
}

Links::Links(Space &space) : space_(space) {}

Links::~Links()
{
    for (auto &[nodeid, p] : peers_) {
        LIST_HEAD(done);
        dlm_session_forget(&p->session, now_ms(), &done);
        free_frames(&done);
        std::free(p->ack);
        std::free(p->fin);
    }
}

uint64_t Links::now_ms() const
{
    return space_.world().now_us() / 1000 + 1;
}

Links::Peer &Links::peer(int nodeid)
{
    auto &owned = peers_[nodeid];
    if (owned)
        return *owned;
    owned = std::make_unique<Peer>();
    owned->ack = frame_of(nullptr, 16, 16);
    owned->fin = frame_of(nullptr, 40, 40);
    owned->ack->flags = owned->fin->flags = DLM_FRAME_CONTROL;
    dlm_session_init(&owned->session, owned->ack, owned->fin, 1 << 20);
    dlm_session_open(&owned->session, space_.nodeid());
    return *owned;
}

uint32_t Links::unacked(int nodeid)
{
    return dlm_session_unacked(&peer(nodeid).session);
}

void Links::send(int to, const std::vector<uint8_t> &bytes)
{
    dlm_frame *frame = frame_of(bytes.data(), bytes.size(), bytes.size());
    if (bytes[14] == DLM_CMD_OPTS)
        frame->flags |= DLM_FRAME_SEQUENCED;
    if (dlm_session_queue(&peer(to).session, frame))
        std::free(frame);
    pump_soon(to);
}

void Links::pump_soon(int nodeid)
{
    Peer &p = peer(nodeid);
    if (p.pump_due)
        return;
    p.pump_due = true;
    space_.after(1, [this, nodeid] {
        peer(nodeid).pump_due = false;
        pump(nodeid);
    });
}

/* Connect if needed, else write everything; a reset may come in the middle of a batch. */
void Links::pump(int nodeid)
{
    Peer &p = peer(nodeid);
    World &world = space_.world();

    if (!p.up) {
        if (!p.connecting && dlm_session_needs_connection(&p.session)) {
            p.connecting = true;
            space_.after(world.random.between(50, 3000), [this, nodeid] {
                peer(nodeid).connecting = false;
                space_.world().connect(space_.nodeid(), nodeid);
                if (!peer(nodeid).up)
                    pump_soon(nodeid);
            });
        }
        return;
    }
    LIST_HEAD(batch);
    LIST_HEAD(done);
    dlm_session_take(&p.session, &batch, world.random.between(1, 20));
    while (!list_empty(&batch)) {
        auto *frame = list_first_entry(&batch, dlm_frame, link);
        list_del_init(&frame->link);
        world.send(space_.nodeid(), nodeid,
                   std::vector<uint8_t>(frame->data, frame->data + frame->len));
        dlm_session_written(&p.session, frame, &done);
    }
    after_event(nodeid, &done);
    if (dlm_session_can_send(&p.session))
        pump_soon(nodeid);
}

void Links::after_event(int nodeid, list_head *done)
{
    Peer &p = peer(nodeid);
    free_frames(done);
    const u32 effects = dlm_session_effects(&p.session);
    if (effects & DLM_SESSION_FX_RESET_CONNECTION)
        space_.world().reset(space_.nodeid(), nodeid);
    if (effects & DLM_SESSION_FX_CLASH)
        space_.world().fail("a session says that its peer restarted");
    if (dlm_session_can_send(&p.session))
        pump_soon(nodeid);
    const u64 deadline = dlm_session_deadline(&p.session);
    if (!deadline || (p.tick_due && p.tick_due <= deadline))
        return;
    p.tick_due = deadline;
    const u64 wait = deadline > now_ms() ? deadline - now_ms() : 0;
    space_.after(wait * 1000 + 1, [this, nodeid] {
        LIST_HEAD(late);
        peer(nodeid).tick_due = 0;
        dlm_session_tick(&peer(nodeid).session, now_ms(), &late);
        after_event(nodeid, &late);
    });
}

void Links::arrived(int from, const std::vector<uint8_t> &bytes)
{
    Peer &p = peer(from);
    LIST_HEAD(done);
    dlm_in in;
    if (dlm_wire_decode(bytes.data(), bytes.size(), &in) != DLM_WIRE_OK) {
        space_.world().fail(std::string("a message was refused by the decoder: ") +
                            dlm_wire_fault_name(in.fault));
        return;
    }
    auto verdict = DLM_SESSION_DROP;
    if (in.hdr.cmd == DLM_CMD_ACK)
        dlm_session_acked(&p.session, in.seq, now_ms(), &done);
    else if (in.flags & DLM_IN_SEQUENCED)
        verdict = dlm_session_receive_sequenced(&p.session, in.seq, in.hdr.cmd == DLM_CMD_FIN,
                                                now_ms(), &done);
    else
        verdict = dlm_session_receive(&p.session, now_ms(), &done);
    if (verdict == DLM_SESSION_DELIVER && in.hdr.cmd != DLM_CMD_FIN)
        space_.message(from, in, bytes);
    after_event(from, &done);
}

void Links::member_added(int nodeid)
{
    LIST_HEAD(done);
    dlm_session_member_added(&peer(nodeid).session, now_ms(), &done);
    after_event(nodeid, &done);
    pump_soon(nodeid);
}

void Links::member_removed(int nodeid)
{
    LIST_HEAD(done);
    dlm_session_member_removed(&peer(nodeid).session, now_ms(), &done);
    after_event(nodeid, &done);
}

void Links::forget(int nodeid)
{
    LIST_HEAD(done);
    dlm_session_forget(&peer(nodeid).session, now_ms(), &done);
    after_event(nodeid, &done);
    peer(nodeid).up = false;
}

void Links::connection_lost(int nodeid)
{
    Peer &p = peer(nodeid);
    LIST_HEAD(batch);
    LIST_HEAD(done);
    p.up = false;
    dlm_session_restart(&p.session, &batch, &done);
    after_event(nodeid, &done);
    pump_soon(nodeid);
}

void Links::connection_up(int nodeid)
{
    peer(nodeid).up = true;
    pump_soon(nodeid);
}

}  // namespace dlm::sim
