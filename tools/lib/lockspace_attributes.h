// SPDX-License-Identifier: LGPL-2.1-or-later
// LockspaceAttributes: /sys/kernel/dlm/<lockspace> of one lockspace.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lib/kernel_files.h"

namespace dlm::lib {

class LockspaceAttributes {
public:
    static constexpr const char *root = "/sys/kernel/dlm";

    LockspaceAttributes(const KernelFiles &files, const std::string &name);

    bool exists() const { return files_.exists(path_); }

    // Returns when locking has stopped and a running recovery was given up.
    base::Result<void> stop() const { return put("control", "0"); }
    // Returns at once. The kernel reports errors of a start only in its log.
    base::Result<void> start() const { return put("control", "1"); }
    // Releases the join or leave that waits. Never call it when nobody waits: the answer is kept.
    base::Result<void> answer(int result) const
    {
        return put("event_done", std::to_string(result));
    }
    base::Result<void> set_id(uint32_t id) const { return put("id", std::to_string(id)); }
    base::Result<void> set_nodir() const { return put("nodir", "1"); }

    base::Result<uint32_t> id() const;
    base::Result<bool> nodir() const;
    // Bits of the recovery steps; 0 after a stop.
    base::Result<uint32_t> recover_status() const;
    // The node polled last: on a hang, the node waited for.
    base::Result<int> recover_nodeid() const;

    // Names of the lockspaces in the kernel, with '!' turned back into '/'.
    static std::vector<std::string> all(const KernelFiles &files);

private:
    base::Result<void> put(const char *attribute, std::string_view value) const;
    base::Result<int64_t> get(const char *attribute, int base) const;

    const KernelFiles &files_;
    std::string path_;
};

// zlib CRC-32 of "dlm:ls:<name>" and its terminating NUL: equal on all nodes, and what other
// control daemons use.
uint32_t lockspace_global_id(const std::string &name);

}  // namespace dlm::lib
