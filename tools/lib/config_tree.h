// SPDX-License-Identifier: LGPL-2.1-or-later
// ConfigTree: the cluster directory of the DLM in configfs with its attributes and comms/.
// Directories are named by the decimal node id, which works on kernels before and after ids came
// from names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/kernel_files.h"
#include "lib/socket_address.h"

namespace dlm::lib {

class ConfigTree {
public:
    explicit ConfigTree(const KernelFiles &files) : files_(files) {}

    static constexpr const char *root = "/sys/kernel/config/dlm";
    static constexpr const char *cluster = "/sys/kernel/config/dlm/cluster";

    // Fails with a hint when the module is not loaded or configfs is not mounted.
    base::Result<void> create() const;
    // Removes comms, then spaces, then the cluster directory.
    base::Result<void> clear() const;

    // The name is stored byte for byte, without a newline: the kernel would keep one.
    base::Result<void> set_cluster_name(const std::string &name) const;
    base::Result<void> set_number(const std::string &attribute, uint64_t value) const;
    bool has_attribute(const std::string &attribute) const;

    // nodeid first (the addresses are registered under it), then each address in one write.
    // An existing directory is completed: known addresses stay.
    base::Result<void> add_comm(int nodeid, const std::vector<SocketAddress> &addresses) const;
    // Makes joins possible: comes after everything else, with dlm-monitor held open.
    base::Result<void> mark_local(int nodeid) const;
    base::Result<void> remove_comm(int nodeid) const;
    std::vector<int> comms() const;
    // The node whose comm directory says that it is local.
    std::optional<int> local_node() const;

private:
    std::string comm_path(int nodeid) const;

    const KernelFiles &files_;
};

}  // namespace dlm::lib
