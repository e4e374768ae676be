// SPDX-License-Identifier: LGPL-2.1-or-later
// sysfs attributes of a lockspace.
#include "lib/lockspace_attributes.h"

#include <algorithm>
#include <cerrno>

#include "base/number.h"

namespace dlm::lib {

using base::Error;
using base::Result;

LockspaceAttributes::LockspaceAttributes(const KernelFiles &files, const std::string &name)
    : files_(files)
{
    std::string directory = name;
    std::replace(directory.begin(), directory.end(), '/', '!');
    path_ = fmt::format("{}/{}", root, directory);
}

Result<void> LockspaceAttributes::put(const char *attribute, std::string_view value) const
{
    return files_.store(fmt::format("{}/{}", path_, attribute), value);
}

Result<int64_t> LockspaceAttributes::get(const char *attribute, int base) const
{
    std::string path = fmt::format("{}/{}", path_, attribute);
    auto text = files_.load(path);
    if (!text)
        return std::move(text).error();
    auto value = base::parse_signed(*text, base);
    if (!value)
        return Error(fmt::format("{}: \"{}\" is not a number", path, *text), EINVAL);
    return *value;
}

Result<uint32_t> LockspaceAttributes::id() const
{
    auto value = get("id", 10);
    if (!value)
        return std::move(value).error();
    return static_cast<uint32_t>(*value);
}

Result<bool> LockspaceAttributes::nodir() const
{
    auto value = get("nodir", 10);
    if (!value)
        return std::move(value).error();
    return *value == 1;
}

Result<uint32_t> LockspaceAttributes::recover_status() const
{
    auto value = get("recover_status", 16);
    if (!value)
        return std::move(value).error();
    return static_cast<uint32_t>(*value);
}

Result<int> LockspaceAttributes::recover_nodeid() const
{
    auto value = get("recover_nodeid", 10);
    if (!value)
        return std::move(value).error();
    return static_cast<int>(*value);
}

std::vector<std::string> LockspaceAttributes::all(const KernelFiles &files)
{
    auto names = files.directories(root);
    for (auto &name : names)
        std::replace(name.begin(), name.end(), '!', '/');
    return names;
}

static uint32_t crc32(std::string_view bytes)
{
    uint32_t crc = 0xffffffff;
    for (unsigned char byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

uint32_t lockspace_global_id(const std::string &name)
{
    std::string text = "dlm:ls:" + name;
    return crc32({text.c_str(), text.size() + 1});
}

}  // namespace dlm::lib
