// SPDX-License-Identifier: LGPL-2.1-or-later
// ControlDevice: /dev/dlm-control, creating and removing lockspaces. MonitorDevice:
// /dev/dlm-monitor, whose being open tells the kernel that somebody answers joins and leaves.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/unique_fd.h"
#include "lib/kernel_files.h"

namespace dlm::lib {

enum class CreateFlags : uint32_t { none = 0, new_exclusive = 8 };  // DLM_LSFL_NEWEXCL

class ControlDevice {
public:
    // Opens it and reads the interface version; refuses a kernel whose major version is not ours.
    static base::Result<ControlDevice> open(const KernelFiles &files);

    // Blocks until the control daemon has answered and the first recovery is over.
    // Returns the minor number of the lockspace's device.
    base::Result<int> create_lockspace(const std::string &name, CreateFlags flags) const;
    // Blocks until the leave is answered and every descriptor of the device is closed.
    base::Result<void> remove_lockspace(int minor, bool force) const;

    const std::array<uint32_t, 3> &version() const { return version_; }

private:
    base::Result<int> request(uint8_t command, uint32_t flags, uint32_t minor,
                              const std::string &name) const;

    base::unique_fd fd_;
    std::array<uint32_t, 3> version_{};
};

class MonitorDevice {
public:
    static base::Result<MonitorDevice> open(const KernelFiles &files);

private:
    base::unique_fd fd_;
};

}  // namespace dlm::lib
