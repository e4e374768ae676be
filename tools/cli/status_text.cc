// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of "dlm_tool status".
#include "cli/status_text.h"

#include <fmt/format.h>

namespace dlm::cli {

using nlohmann::json;

std::string numbers_text(const json &list)
{
    std::string text;
    for (const auto &entry : list)
        text += (text.empty() ? "" : " ") + std::to_string(entry.get<int64_t>());
    return text;
}

static std::string node_line(const json &node)
{
    std::string link = node.value("self", false)     ? "self"
                       : node.value("linked", false) ? "linked"
                                                     : "unlinked";
    std::string addresses;
    for (const auto &address : node["addresses"])
        addresses += " " + address.get<std::string>();
    std::string problem = node.value("problem", "");
    return fmt::format("node {} {} {} weight {} addr{}{}\n", node["id"].get<int>(),
                       node.value("state", ""), link, node["weight"].get<int>(), addresses,
                       problem.empty() ? "" : " (" + problem + ")");
}

std::string status_text(const json &status)
{
    std::string text = fmt::format(
        "cluster {} nodeid {} coordinator {}{}\n", status.value("cluster", ""),
        status["self"].get<int>(),
        status["coordinator"].is_null() ? "none" : std::to_string(status["coordinator"].get<int>()),
        status.value("declared_dead", false) ? " declared-dead" : "");
    for (const auto &node : status["nodes"])
        text += node_line(node);
    for (const auto &space : status["lockspaces"])
        text += fmt::format("lockspace {} {} {} change {} members {}\n", space.value("name", ""),
                            space.value("role", ""), space.value("state", ""),
                            space["change"].get<uint64_t>(), numbers_text(space["members"]));
    for (const auto &change : status["pending"])
        text += fmt::format("pending {} change {} step {} members {} waiting for {}\n",
                            change.value("lockspace", ""), change["change"].get<uint64_t>(),
                            change.value("step", ""), numbers_text(change["members"]),
                            numbers_text(change["waiting_for"]));
    for (const auto &wait : status["waits"])
        text += "wait " + wait.get<std::string>() + "\n";
    return text;
}

}  // namespace dlm::cli
