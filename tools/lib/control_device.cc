// SPDX-License-Identifier: LGPL-2.1-or-later
// Requests to the DLM's control device.
#include "lib/control_device.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <linux/dlm_device.h>
#include <unistd.h>
#include <vector>

#include "base/file_io.h"
#include "lib/misc_device.h"

namespace dlm::lib {

using base::Error;
using base::Result;

static_assert(sizeof(dlm_write_request) == 120, "the 64-bit request layout");
static_assert(offsetof(dlm_write_request, i.lspace.name) == 24);
static_assert(static_cast<uint32_t>(CreateFlags::new_exclusive) == DLM_LSFL_NEWEXCL);

Result<ControlDevice> ControlDevice::open(const KernelFiles &files)
{
    auto path = misc_device_path(files, "dlm-control");
    if (!path)
        return std::move(path).error();
    auto fd = base::open_file(*path, O_RDWR);
    if (!fd)
        return std::move(fd).error();

    ControlDevice device;
    dlm_device_version version;
    ssize_t got = read(fd->get(), &version, sizeof version);
    if (got != sizeof version)
        return got < 0 ? Error::from_errno(errno, *path)
                       : Error(*path + ": no interface version to read", EPROTO);
    if (version.version[0] != DLM_DEVICE_VERSION_MAJOR)
        return Error(
            fmt::format("{}: interface version {}.{}.{}, wanted {}.x", *path, version.version[0],
                        version.version[1], version.version[2], DLM_DEVICE_VERSION_MAJOR),
            EBADE);
    std::copy(std::begin(version.version), std::end(version.version), device.version_.begin());
    device.fd_ = std::move(*fd);
    return device;
}

// The answer is the value of write(2): a minor number or 0, not a byte count.
Result<int> ControlDevice::request(uint8_t command, uint32_t flags, uint32_t minor,
                                   const std::string &name) const
{
    // The kernel ends the name where the written bytes end, so the buffer has room for all of it.
    std::vector<char> bytes(sizeof(dlm_write_request) + name.size());
    auto *request = reinterpret_cast<dlm_write_request *>(bytes.data());
    std::copy(version_.begin(), version_.end(), request->version);
    request->cmd = command;
    request->is64bit = sizeof(long) == 8;
    request->i.lspace.flags = flags;
    request->i.lspace.minor = minor;
    memcpy(bytes.data() + offsetof(dlm_write_request, i.lspace.name), name.data(), name.size());

    ssize_t result = write(fd_.get(), bytes.data(), bytes.size());
    if (result < 0)
        return Error::from_errno(errno, "dlm-control");
    return static_cast<int>(result);
}

Result<int> ControlDevice::create_lockspace(const std::string &name, CreateFlags flags) const
{
    if (name.empty() || name.size() > DLM_LOCKSPACE_LEN || name.find('\0') != std::string::npos)
        return Error(fmt::format("a lockspace name has 1 to {} bytes", DLM_LOCKSPACE_LEN), EINVAL);
    auto minor = request(DLM_USER_CREATE_LOCKSPACE, static_cast<uint32_t>(flags), 0, name);
    if (!minor)
        return std::move(minor).error().context("creating lockspace \"{}\"", name);
    return minor;
}

Result<void> ControlDevice::remove_lockspace(int minor, bool force) const
{
    auto done = request(DLM_USER_REMOVE_LOCKSPACE, force ? DLM_USER_LSFLG_FORCEFREE : 0,
                        static_cast<uint32_t>(minor), "");
    if (!done)
        return std::move(done).error().context("removing the lockspace with minor {}", minor);
    return {};
}

Result<MonitorDevice> MonitorDevice::open(const KernelFiles &files)
{
    auto path = misc_device_path(files, "dlm-monitor");
    if (!path)
        return std::move(path).error();
    auto fd = base::open_file(*path, O_RDONLY);
    if (!fd)
        return std::move(fd).error();
    MonitorDevice device;
    device.fd_ = std::move(*fd);
    return device;
}

}  // namespace dlm::lib
