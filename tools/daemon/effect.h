// SPDX-License-Identifier: GPL-2.0-or-later
// What Membership wants done. The shell carries effects out strictly in order, and answers those
// that say so.
#pragma once

#include <string>
#include <variant>

#include "daemon/message.h"

namespace dlm::daemon {

struct SendMessage {
    int node;
    Message message;
};

struct CloseLink {
    int node;
};

// Answered by stop_done() or stop_failed(). Change 0: no change asked for it, a member has died.
struct StopKernel {
    std::string lockspace;
    uint64_t change;
};

struct MemberToStart {
    int node;
    bool renewed;  // went and came back since the kernel was last started
};

// Answered by start_done() or start_failed(). First: write the id before, answer the join after.
struct StartKernel {
    std::string lockspace;
    uint64_t change;
    std::vector<MemberToStart> members;
    bool first;
};

// Remove the lockspace from configfs; answer the leave that waits in the kernel.
struct FinishLeave {
    std::string lockspace;
};

// Answer the join with a negative errno and forget it.
struct RefuseJoin {
    std::string lockspace;
    int code;
};

// The lockspace vanished from the kernel: remove what configfs still has of it.
struct ForgetLockspace {
    std::string lockspace;
};

struct RemoveComm {
    int node;
};

struct AddComm {
    int node;
};

// State that a restarted daemon needs has changed.
struct SaveState {};

using Effect = std::variant<SendMessage, CloseLink, StopKernel, StartKernel, FinishLeave,
                            RefuseJoin, ForgetLockspace, RemoveComm, AddComm, SaveState>;

}  // namespace dlm::daemon
