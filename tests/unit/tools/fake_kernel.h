// SPDX-License-Identifier: GPL-2.0-or-later
// FakeKernel: configfs and sysfs of the DLM as far as a control program meets their traps. Each
// rule is one that the specification of the control plane names: nodeid before addr, 128 bytes in
// one write, known address EEXIST, fourth ENOSPC, local only after an address, no files of one's
// own, no rmdir of what is not empty.
#pragma once

#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/kernel_files.h"

namespace dlm::test {

class FakeKernel : public lib::KernelFiles {
public:
    using Error = base::Error;
    template <typename T>
    using Result = base::Result<T>;

    FakeKernel(const std::string &folder, std::vector<std::string> &log)
        : KernelFiles(folder), log_(&log)
    {
    }

    Result<void> store(const std::string &path, std::string_view bytes) const override
    {
        if (!exists(path))
            return Error::from_errno(path.starts_with("/sys/kernel/config") ? EACCES : ENOENT,
                                     path);
        auto [directory, name] = split(path);
        std::string value(bytes);
        if (name == "addr" && value.size() == 128)
            value = "<sockaddr>";
        log_->push_back(path.substr(path.find("/dlm/") + 5) + "=" + value);
        if (name == "addr")
            return store_address(directory, bytes);
        if (name == "local" && load(directory + "/addr_count").value_or("0") == "0")
            return Error("local before any address", EPROTO);
        if (fail_at && path.ends_with(*fail_at))
            return Error::from_errno(EIO, path);
        return KernelFiles::store(path, bytes);
    }

    Result<bool> make_directory(const std::string &path) const override
    {
        log_->push_back("mkdir " + path.substr(path.find("/dlm/") + 5));
        auto made = KernelFiles::make_directory(path);
        if (!made || !*made)
            return made;
        auto [parent, name] = split(path);
        auto give = [&](const char *attribute, const char *value) {
            (void)KernelFiles::store(path + "/" + attribute, value);
        };
        if (parent.ends_with("/comms")) {
            give("nodeid", "-1");
            give("local", "0");
            give("addr", "");
            give("addr_count", "0");
        } else if (parent.ends_with("/nodes")) {
            give("nodeid", "-1");
            give("weight", "1");
        } else if (parent.ends_with("/spaces")) {
            (void)KernelFiles::make_directory(path + "/nodes");
        } else if (path.ends_with("/dlm/cluster")) {
            for (const char *attribute :
                 {"cluster_name", "tcp_port", "log_debug", "recover_callbacks"})
                give(attribute, "0");
            (void)KernelFiles::make_directory(path + "/comms");
            (void)KernelFiles::make_directory(path + "/spaces");
        }
        return made;
    }

    Result<void> remove_directory(const std::string &path) const override
    {
        log_->push_back("rmdir " + path.substr(path.find("/dlm/") + 5));
        for (const char *group : {"/nodes", "/comms", "/spaces"})
            if (!directories(path + group).empty())
                return Error::from_errno(ENOTEMPTY, path);
        return KernelFiles::remove_directory(path);
    }

    // A lockspace as a join makes it appear.
    void add_lockspace(const std::string &name) const
    {
        std::string path = "/sys/kernel/dlm/" + name;
        (void)KernelFiles::make_directory(path);
        for (const char *attribute :
             {"control", "event_done", "id", "nodir", "recover_status", "recover_nodeid"})
            (void)KernelFiles::store(path + "/" + attribute, "0\n");
    }

    // Stores to paths that end so fail.
    std::optional<std::string> fail_at;

private:
    static std::pair<std::string, std::string> split(const std::string &path)
    {
        size_t slash = path.rfind('/');
        return {path.substr(0, slash), path.substr(slash + 1)};
    }

    // Of a socket address as configfs takes it.
    static constexpr std::size_t address_size = 128;

    Result<void> store_address(const std::string &comm, std::string_view bytes) const
    {
        if (bytes.size() != address_size)
            return Error::from_errno(EINVAL, comm);
        if (load(comm + "/nodeid").value_or("-1") == "-1")
            return Error("addr before nodeid", EPROTO);
        auto known = load(comm + "/addr").value_or("");
        if (known.find(bytes) != std::string::npos)
            return Error::from_errno(EEXIST, comm);
        if (known.size() >= 3 * address_size)
            return Error::from_errno(ENOSPC, comm);
        (void)KernelFiles::store(comm + "/addr_count", "1");
        return KernelFiles::store(comm + "/addr", known + std::string(bytes));
    }

    std::vector<std::string> *log_;
};

}  // namespace dlm::test
