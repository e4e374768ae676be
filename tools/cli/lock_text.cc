// SPDX-License-Identifier: GPL-2.0-or-later
// Printing locks.
#include "cli/lock_text.h"

#include <algorithm>

#include <fmt/format.h>

#include "lib/lock_mode.h"

namespace dlm::cli {

using lib::LockRecord;
using nlohmann::json;

static constexpr uint32_t master_unknown = 0xffffffff;

std::string quoted(const std::string &name)
{
    std::string text = "\"";
    for (unsigned char byte : name) {
        if (byte == '"' || byte == '\\')
            text += fmt::format("\\{}", static_cast<char>(byte));
        else if (byte >= 0x20 && byte < 0x7f)
            text += static_cast<char>(byte);
        else
            text += fmt::format("\\x{:02x}", byte);
    }
    return text + "\"";
}

std::string hex_of(const std::string &name)
{
    std::string text;
    for (unsigned char byte : name)
        text += fmt::format("{:02x}", byte);
    return text;
}

static std::string name_text(const lib::SublockName &name)
{
    return quoted(name.name) + (name.whole ? "" : "..");
}

std::string path_text(const lib::SublockPath &path)
{
    std::string text;
    for (const auto &name : path)
        text += (text.empty() ? "" : "/") + name_text(name);
    return text;
}

static std::optional<int> master_of(const LockRecord &lock, std::optional<int> self)
{
    if (lock.master == 0)
        return self;
    if (lock.master == master_unknown)
        return std::nullopt;
    return static_cast<int>(lock.master);
}

static std::optional<int> owner_of(const LockRecord &lock, std::optional<int> self)
{
    return lock.is_master_copy() ? lock.nodeid : self;
}

static std::string node_word(std::optional<int> node)
{
    return node ? std::to_string(*node) : "?";
}

static std::string master_word(const LockRecord &lock, std::optional<int> self)
{
    if (lock.master == 0 && !self)
        return "here";
    return node_word(master_of(lock, self));
}

static std::string owner_word(const LockRecord &lock, std::optional<int> self)
{
    if (!lock.is_master_copy() && !self)
        return "here";
    return node_word(owner_of(lock, self));
}

static std::string path_mark(const lib::SublockPath &path)
{
    return path.empty() ? "" : " path " + path_text(path);
}

// What few locks are stands behind the name, where scripts of old do not look.
static std::string marks(const LockRecord &lock)
{
    std::string text;
    if (lock.is_user())
        text += " user";
    if (lock.is_orphan())
        text += " orphan";
    return text + path_mark(lock.path);
}

std::string lock_line(const LockRecord &lock, std::optional<int> self)
{
    return fmt::format(
        "id {:08x} {:<10} gr {} rq {} owner {} pid {} master {} for {}.{:03} s {}{}\n", lock.id,
        lib::lock_status_name(lock.status), lib::mode_name(lock.granted_mode),
        lib::mode_name(lock.requested_mode), owner_word(lock, self), lock.pid,
        master_word(lock, self), lock.queued_us / 1000000, lock.queued_us / 1000 % 1000,
        quoted(lock.name), marks(lock));
}

static json or_null(std::optional<int> node)
{
    return node ? json(*node) : json(nullptr);
}

static json path_json(const lib::SublockPath &path)
{
    if (path.empty())
        return nullptr;
    json names = json::array();
    for (const auto &name : path)
        names.push_back(name_text(name));
    return names;
}

json lock_json(const LockRecord &lock, std::optional<int> self)
{
    return {{"id", lock.id},
            {"resource", quoted(lock.name)},
            {"resource_hex", hex_of(lock.name)},
            {"queue", lib::lock_status_name(lock.status)},
            {"granted", lib::mode_name(lock.granted_mode)},
            {"requested", lib::mode_name(lock.requested_mode)},
            {"owner", or_null(owner_of(lock, self))},
            {"pid", lock.pid},
            {"master", or_null(master_of(lock, self))},
            {"master_copy", lock.is_master_copy()},
            {"remote_id", lock.remote_id},
            {"user", lock.is_user()},
            {"orphan", lock.is_orphan()},
            {"path", path_json(lock.path)},
            {"queued_us", lock.queued_us}};
}

std::string waiter_line(const lib::WaiterRecord &waiter)
{
    return fmt::format("id {:08x} {} reply of node {} {}{}\n", waiter.id,
                       lib::wait_type_name(waiter.wait_type), waiter.nodeid, quoted(waiter.name),
                       path_mark(waiter.path));
}

json waiter_json(const lib::WaiterRecord &waiter)
{
    return {{"id", waiter.id},
            {"message", lib::wait_type_name(waiter.wait_type)},
            {"wait_type", waiter.wait_type},
            {"node", waiter.nodeid},
            {"resource", quoted(waiter.name)},
            {"resource_hex", hex_of(waiter.name)},
            {"path", path_json(waiter.path)}};
}

// A parent's path, or a root's name, is the beginning of its sublocks' paths.
static bool stands_before(const LockRecord &a, const LockRecord &b)
{
    auto names = [](const LockRecord &lock) {
        return lock.path.empty() ? lib::SublockPath{{lock.name, true}} : lock.path;
    };
    if (a.path.empty() && b.path.empty())
        return a.name < b.name;
    const auto left = names(a), right = names(b);
    return std::lexicographical_compare(
        left.begin(), left.end(), right.begin(), right.end(),
        [](const auto &one, const auto &other) { return one.name < other.name; });
}

void sort_locks(std::vector<LockRecord> &locks)
{
    auto queue = [](const LockRecord &lock) {
        return lock.status == 2 ? 0 : lock.status == 3 ? 1 : 2;
    };
    std::stable_sort(locks.begin(), locks.end(), [&](const LockRecord &a, const LockRecord &b) {
        if (stands_before(a, b) || stands_before(b, a))
            return stands_before(a, b);
        return queue(a) < queue(b);
    });
}

}  // namespace dlm::cli
