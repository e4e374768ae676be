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

std::string lock_line(const LockRecord &lock, std::optional<int> self)
{
    return fmt::format("id {:08x} {:<10} gr {} rq {} owner {} pid {} master {} for {}.{:03} s {}\n",
                       lock.id, lib::lock_status_name(lock.status),
                       lib::mode_name(lock.granted_mode), lib::mode_name(lock.requested_mode),
                       owner_word(lock, self), lock.pid, master_word(lock, self),
                       lock.queued_us / 1000000, lock.queued_us / 1000 % 1000, quoted(lock.name));
}

static json or_null(std::optional<int> node)
{
    return node ? json(*node) : json(nullptr);
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
            {"queued_us", lock.queued_us}};
}

std::string waiter_line(const lib::WaiterRecord &waiter)
{
    return fmt::format("id {:08x} {} reply of node {} {}\n", waiter.id,
                       lib::wait_type_name(waiter.wait_type), waiter.nodeid, quoted(waiter.name));
}

json waiter_json(const lib::WaiterRecord &waiter)
{
    return {{"id", waiter.id},
            {"message", lib::wait_type_name(waiter.wait_type)},
            {"wait_type", waiter.wait_type},
            {"node", waiter.nodeid},
            {"resource", quoted(waiter.name)},
            {"resource_hex", hex_of(waiter.name)}};
}

void sort_locks(std::vector<LockRecord> &locks)
{
    auto queue = [](const LockRecord &lock) {
        return lock.status == 2 ? 0 : lock.status == 3 ? 1 : 2;
    };
    std::stable_sort(locks.begin(), locks.end(), [&](const LockRecord &a, const LockRecord &b) {
        return a.name != b.name ? a.name < b.name : queue(a) < queue(b);
    });
}

}  // namespace dlm::cli
