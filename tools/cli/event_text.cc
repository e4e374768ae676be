// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/event_text.h"

#include <fmt/format.h>

#include "cli/lock_text.h"
#include "lib/lock_mode.h"

namespace dlm::cli {

using nlohmann::json;

static double seconds(std::chrono::microseconds time)
{
    return static_cast<double>(time.count()) / 1e6;
}

static std::string line(const lib::LateLock &late)
{
    const std::string lockspace =
        late.lockspace.empty() ? fmt::format("{:08x}", late.lockspace_id) : late.lockspace;
    std::string text =
        fmt::format("late {} lock {:x} pid {} waits {:.1f} s for {}", lockspace, late.id, late.pid,
                    seconds(late.waited), lib::mode_name(late.requested));
    if (late.converts)
        text += fmt::format(" (holds {})", lib::mode_name(late.granted));
    text += " on " + quoted(late.resource);
    if (late.master)
        text += fmt::format(", node {} decides", late.master);
    return text + "\n";
}

static std::string line(const lib::Deadlock &deadlock)
{
    const lib::Wait &victim = deadlock.waits.at(deadlock.victim);
    std::string text = fmt::format("deadlock {} lock {:x} of node {} gave way:", deadlock.lockspace,
                                   victim.lock, victim.node);
    const char *separator = " ";
    for (const auto &wait : deadlock.waits) {
        text += fmt::format(
            "{}lock {:x} of node {} waits {:.1f} s for {} on {} behind lock {:x} of node {}",
            separator, wait.lock, wait.node, seconds(wait.waited), lib::mode_name(wait.mode),
            quoted(wait.resource), wait.by_lock, wait.by_node);
        separator = "; ";
    }
    return text + "\n";
}

static json object(const lib::LateLock &late)
{
    return {{"event", "late"},
            {"lockspace", late.lockspace},
            {"lockspace_id", late.lockspace_id},
            {"id", late.id},
            {"remote_id", late.remote_id},
            {"pid", late.pid},
            {"master", late.master},
            {"status", late.converts ? "convert" : "waiting"},
            {"granted", lib::mode_name(late.granted)},
            {"requested", lib::mode_name(late.requested)},
            {"waited_us", late.waited.count()},
            {"resource_hex", hex_of(late.resource)}};
}

static json object(const lib::Deadlock &deadlock)
{
    json waits = json::array();
    for (const auto &wait : deadlock.waits)
        waits.push_back({{"node", wait.node},
                         {"lock", wait.lock},
                         {"requested", lib::mode_name(wait.mode)},
                         {"waited_ms", wait.waited.count()},
                         {"master", wait.master},
                         {"resource_hex", hex_of(wait.resource)},
                         {"by_node", wait.by_node},
                         {"by_lock", wait.by_lock}});
    return {{"event", "deadlock"},
            {"lockspace", deadlock.lockspace},
            {"victim", deadlock.victim},
            {"waits", waits}};
}

std::string event_line(const lib::KernelEvent &event)
{
    return std::visit([](const auto &one) { return line(one); }, event);
}

json event_json(const lib::KernelEvent &event)
{
    return std::visit([](const auto &one) { return object(one); }, event);
}

}  // namespace dlm::cli
