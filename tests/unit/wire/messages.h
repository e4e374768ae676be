// SPDX-License-Identifier: GPL-2.0-or-later
// The lock and recovery messages of vectors.h, field by field, as section 15 of the wire
// specification reads them. Typed by hand.
#pragma once

#include <string>
#include <vector>

#include "wire/pure.h"
#include "wire/vectors.h"

// Designated initializers leave out what is zero.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace dlm::wire_vectors {

constexpr u32 lockspace = 0x5a17c0de;

struct MsgVector {
    unsigned n;  // Vn
    u32 sender;
    u32 seq;
    u32 leaked;  // private bits of m_flags that Linux 6.1 sends and ours does not
    dlm_msg msg;
    std::string extra;
};

inline std::string lvb(std::string text)
{
    text.resize(32);
    return text;
}

inline const std::vector<MsgVector> &msg_vectors()
{
    static const std::vector<MsgVector> vectors = {
        {11,
         1,
         0,
         0,
         {.type = DLM_MSG_LOOKUP,
          .nodeid = -1,
          .pid = 98,
          .lkid = 1,
          .exflags = 8,
          .flags = 1,
          .hash = 0x2abb71dd,
          .grmode = -1,
          .rqmode = 3,
          .asts = 3},
         "kilo2"},
        {12, 1, 0, 0, {.type = DLM_MSG_LOOKUP_REPLY, .nodeid = 2, .lkid = 0x201}, ""},
        {13,
         1,
         8,
         0,
         {.type = DLM_MSG_REQUEST,
          .nodeid = 2,
          .pid = 98,
          .lkid = 1,
          .flags = 1,
          .hash = 0x59f58a03,
          .grmode = -1,
          .rqmode = 3,
          .asts = 3},
         "lima1"},
        {14,
         1,
         13,
         0x10000,
         {.type = DLM_MSG_REQUEST_REPLY,
          .nodeid = 2,
          .pid = 0x1092,
          .lkid = 2,
          .remid = 0x204,
          .hash = 0xf088c3e4,
          .status = 2,
          .grmode = 5,
          .rqmode = -1,
          .asts = 3},
         ""},
        {15,
         1,
         1,
         0x10000,
         {.type = DLM_MSG_REQUEST_REPLY,
          .nodeid = 2,
          .pid = 0x1092,
          .lkid = 2,
          .remid = 0x202,
          .exflags = 8,
          .hash = 0x0abcfd23,
          .status = 1,
          .grmode = -1,
          .rqmode = 3,
          .asts = 3,
          .result = -EINPROGRESS},
         lvb("")},
        {16,
         1,
         1,
         0,
         {.type = DLM_MSG_REQUEST_REPLY, .nodeid = 3, .remid = 0x304, .result = -EBADR},
         ""},
        {17,
         1,
         4,
         0,
         {.type = DLM_MSG_CONVERT,
          .nodeid = 2,
          .pid = 98,
          .lkid = 1,
          .remid = 0x777,
          .exflags = 0xc,
          .flags = 1,
          .lvbseq = 10,
          .hash = 0x59f58a03,
          .status = 2,
          .grmode = 5,
          .rqmode = 1,
          .asts = 3},
         lvb("DOWNLVB")},
        {18,
         1,
         4,
         0x10000,
         {.type = DLM_MSG_CONVERT_REPLY,
          .nodeid = 2,
          .pid = 0x1092,
          .lkid = 2,
          .remid = 0x202,
          .exflags = 0xc,
          .hash = 0x0abcfd23,
          .status = 3,
          .grmode = 0,
          .rqmode = 3,
          .asts = 3,
          .result = -EINPROGRESS},
         std::string(32, '\xcc')},
        {19,
         1,
         2,
         0x10000,
         {.type = DLM_MSG_GRANT,
          .nodeid = 2,
          .pid = 0x1092,
          .lkid = 2,
          .remid = 0x202,
          .exflags = 8,
          .lvbseq = 1,
          .hash = 0x0abcfd23,
          .status = 2,
          .grmode = 3,
          .rqmode = -1,
          .asts = 3},
         lvb("UNLOCKLVB_ABCDEFGH")},
        {20,
         1,
         11,
         0x10000,
         {.type = DLM_MSG_BAST,
          .nodeid = 3,
          .pid = 0x4d,
          .lkid = 8,
          .remid = 0x91,
          .exflags = 8,
          .hash = 0x6cf63f2b,
          .status = 2,
          .grmode = 4,
          .rqmode = -1,
          .bastmode = 3,
          .asts = 3},
         ""},
        {21,
         1,
         7,
         0,
         {.type = DLM_MSG_UNLOCK,
          .nodeid = 2,
          .pid = 98,
          .lkid = 1,
          .remid = 0x777,
          .exflags = 0xe,
          .flags = 1,
          .lvbseq = 10,
          .hash = 0x59f58a03,
          .status = 2,
          .grmode = 1,
          .rqmode = -1,
          .asts = 3},
         lvb("UNLVB")},
        {22,
         1,
         8,
         0x10000,
         {.type = DLM_MSG_UNLOCK_REPLY,
          .nodeid = 2,
          .pid = 0x1092,
          .lkid = 2,
          .remid = 0x202,
          .exflags = 8,
          .hash = 0x0abcfd23,
          .status = 0,
          .grmode = -1,
          .rqmode = 3,
          .asts = 3,
          .result = -65538},
         ""},
        {23,
         1,
         6,
         0x100000,
         {.type = DLM_MSG_CANCEL,
          .nodeid = 2,
          .pid = 98,
          .lkid = 1,
          .remid = 0x777,
          .exflags = 0xe,
          .flags = 1,
          .lvbseq = 10,
          .hash = 0x59f58a03,
          .status = 2,
          .grmode = 1,
          .rqmode = 4,
          .asts = 3},
         ""},
        {24,
         1,
         5,
         0x10000,
         {.type = DLM_MSG_CANCEL_REPLY,
          .nodeid = 2,
          .pid = 0x1092,
          .lkid = 2,
          .remid = 0x202,
          .exflags = 0xe,
          .hash = 0x0abcfd23,
          .status = 2,
          .grmode = 0,
          .rqmode = -1,
          .asts = 3,
          .result = -65537},
         ""},
        {25, 1, 1, 0, {.type = DLM_MSG_REMOVE, .hash = 0x2abb71dd}, "kilo2"},
        {26, 2, 20, 0, {.type = DLM_MSG_PURGE, .nodeid = 1}, ""},
    };
    return vectors;
}

struct RcomVector {
    unsigned n;
    u32 sender;
    u32 lockspace;
    bool sequenced;
    u32 seq;
    dlm_rcom rcom;
    std::string extra;
};

inline std::string status_payload(const dlm_rcom_status &status)
{
    std::string text(DLM_WIRE_RCOM_STATUS_SIZE, '\0');
    dlm_wire_put_rcom_status(reinterpret_cast<u8 *>(text.data()), &status);
    return text;
}

inline std::string config_payload(const dlm_rcom_config &config,
                                  const std::vector<dlm_rcom_slot> &slots)
{
    std::string text(DLM_WIRE_RCOM_CONFIG_SIZE + slots.size() * DLM_WIRE_RCOM_SLOT_SIZE, '\0');
    auto *to = reinterpret_cast<u8 *>(text.data());
    dlm_wire_put_rcom_config(to, &config);
    to += DLM_WIRE_RCOM_CONFIG_SIZE;
    for (const auto &slot : slots) {
        dlm_wire_put_rcom_slot(to, &slot);
        to += DLM_WIRE_RCOM_SLOT_SIZE;
    }
    return text;
}

inline std::string lock_payload(dlm_rcom_lock lock, const std::string &name,
                                const std::string &value)
{
    memcpy(lock.name, name.data(), name.size());
    std::string text(DLM_WIRE_RCOM_LOCK_SIZE, '\0');
    dlm_wire_put_rcom_lock(reinterpret_cast<u8 *>(text.data()), &lock);
    return text + value;
}

inline const std::vector<RcomVector> &rcom_vectors()
{
    constexpr u64 id = 0x1122334455660000;
    static const std::vector<RcomVector> vectors = {
        {1,
         2,
         lockspace,
         false,
         0,
         {.type = DLM_RCOM_STATUS, .id = 0x9860035cf68ac973, .seq = 1},
         status_payload({.flags = 1})},
        {2,
         1,
         lockspace,
         false,
         0,
         {.type = DLM_RCOM_STATUS_REPLY, .result = 0xff, .id = id + 1, .seq = 1, .seq_reply = 1},
         config_payload({.lvblen = 32, .our_slot = 1, .num_slots = 3, .generation = 1},
                        {{1, 1, 0, 0}, {2, 2, 0, 0}, {3, 3, 0, 0}})},
        {3,
         1,
         0x1234,
         true,
         15,
         {.type = DLM_RCOM_STATUS_REPLY, .result = -ESRCH, .id = id + 3, .seq_reply = 1},
         config_payload({.lvblen = 0xffffffff}, {})},
        {4,
         1,
         lockspace,
         false,
         0,
         {.type = DLM_RCOM_NAMES, .id = 0x283c7d2a57dede9a, .seq = 1},
         ""},
        {5,
         2,
         lockspace,
         false,
         0,
         {.type = DLM_RCOM_NAMES, .id = id + 3, .seq = 40},
         "many_resource_names_to_fill_the_block_291"},
        {7, 1, lockspace, true, 6, {.type = DLM_RCOM_LOOKUP, .id = 1, .seq = 3}, "ff3"},
        {8,
         1,
         lockspace,
         true,
         14,
         {.type = DLM_RCOM_LOOKUP_REPLY, .result = 2, .id = 0x5151, .seq = 3, .seq_reply = 40},
         ""},
        {9,
         1,
         lockspace,
         true,
         12,
         {.type = DLM_RCOM_LOCK, .id = 0xff1efb41ab789888, .seq = 3},
         lock_payload({.ownpid = 99,
                       .lkid = 1,
                       .exflags = 8,
                       .flags = 1,
                       .lvbseq = 5,
                       .rqmode = -1,
                       .grmode = 5,
                       .status = 2,
                       .asts = 3,
                       .namelen = 3},
                      "aa3", "LV:aa3" + std::string(26, '-'))},
        {10,
         1,
         lockspace,
         true,
         18,
         {.type = DLM_RCOM_LOCK_REPLY, .id = 0xdeadbeefcafe, .seq = 3, .seq_reply = 40},
         lock_payload({.ownpid = 99,
                       .lkid = 0x1001,
                       .remid = 8,
                       .lvbseq = 3,
                       .result = -EEXIST,
                       .rqmode = -1,
                       .grmode = 0,
                       .status = 2,
                       .asts = 3,
                       .namelen = 3},
                      "bb5", "")},
    };
    return vectors;
}

}  // namespace dlm::wire_vectors
