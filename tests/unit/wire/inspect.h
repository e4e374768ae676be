// SPDX-License-Identifier: GPL-2.0-or-later
// What must hold for every message that the decoder accepts, whatever bytes it came from. Used by
// the mutation test and by the fuzzer.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "wire/pure.h"

namespace dlm::wire_inspect {

inline unsigned read_all(const u8 *at, size_t len)
{
    unsigned sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += at[i];
    return sum;
}

// Reads everything that the decoder promises to be there; a sanitizer sees what is not.
inline unsigned touch(const dlm_in &in)
{
    unsigned sum = read_all(in.name, in.name_len) + read_all(in.lvb, in.lvb_len);
    if (in.hdr.cmd != DLM_CMD_RCOM)
        return sum;
    if (in.rcom.type == DLM_RCOM_STATUS_REPLY)
        for (u32 i = 0; i < in.config.num_slots; i++) {
            dlm_rcom_slot slot;
            dlm_wire_slot(&in, i, &slot);
            sum += slot.nodeid;
        }
    dlm_names_reader r;
    dlm_names_reader_init(&r, in.names, in.names_len);
    const u8 *name;
    size_t len;
    while (dlm_names_next(&r, &name, &len) == DLM_NAMES_NAME)
        sum += read_all(name, len);
    dlm_names_progress progress = {};
    return sum + dlm_names_progressed(&progress, in.names, in.names_len);
}

inline std::string broken_msg(const dlm_in &in)
{
    const auto &m = in.msg;
    const bool wants =
        m.type == DLM_MSG_REQUEST || m.type == DLM_MSG_LOOKUP || m.type == DLM_MSG_CONVERT;
    if (wants && !dlm_mode_valid(m.rqmode))
        return "rqmode";
    if (!dlm_mode_valid(m.bastmode))
        return "bastmode";
    if (m.result > 0)
        return "result";
    if (m.flags & ~0xffffu)
        return "flags";
    if (m.sbflags & ~7u)
        return "sbflags";
    if (m.asts & ~3u)
        return "asts";
    if (!(in.flags & DLM_IN_SEQUENCED))
        return "a lock message without number";
    if (wants && m.type != DLM_MSG_CONVERT && m.lkid == 0)
        return "lock id 0";
    return "";
}

inline std::string broken_lock(const dlm_in &in)
{
    const auto &lock = in.lock;
    if (in.flags & DLM_IN_BAD_LOCK)
        return "";
    if (lock.status < 1 || lock.status > 3)
        return "status";
    if (lock.grmode < -1 || lock.grmode > 5 || lock.rqmode < -1 || lock.rqmode > 5)
        return "mode of a lock";
    if (lock.status == 2 && lock.grmode < 0)
        return "granted nothing";
    return "";
}

// Encoding what was decoded and decoding that gives the same.
inline std::string broken_round_trip(const dlm_in &in)
{
    if (in.hdr.cmd != DLM_CMD_MSG)
        return "";
    const dlm_wire_from from = {in.hdr.lockspace, in.hdr.nodeid, in.seq};
    const u8 *extra = in.name != nullptr ? in.name : in.lvb;
    const size_t extra_len = in.name_len + in.lvb_len;
    std::vector<u8> bytes(DLM_WIRE_MAX);
    const size_t len =
        dlm_wire_encode_msg(bytes.data(), bytes.size(), &from, &in.msg, extra, extra_len);
    if (len == 0)
        return "cannot be encoded";
    dlm_in again;
    if (dlm_wire_decode(bytes.data(), len, &again) != DLM_WIRE_OK)
        return "cannot be decoded again";
    if (memcmp(&again.msg, &in.msg, sizeof(in.msg)) != 0)
        return "differs after a round trip";
    return again.seq == in.seq && again.flags == in.flags ? "" : "header differs";
}

// Empty: all promises are kept; else what is broken.
inline std::string broken_promise(const dlm_in &in)
{
    if (!(in.flags & DLM_IN_NAME_TOO_LONG) && in.name_len > DLM_WIRE_NAME_MAX)
        return "name length";
    std::string broken;
    if (in.hdr.cmd == DLM_CMD_MSG)
        broken = broken_msg(in);
    else if (in.hdr.cmd == DLM_CMD_RCOM && in.rcom.type == DLM_RCOM_LOCK)
        broken = broken_lock(in);
    return broken.empty() ? broken_round_trip(in) : broken;
}

}  // namespace dlm::wire_inspect
