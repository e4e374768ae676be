// SPDX-License-Identifier: GPL-2.0-or-later
// JSON codec of the messages between daemons.
#include "daemon/message_json.h"

#include <array>
#include <cerrno>

namespace dlm::daemon {

using base::Error;
using base::Result;
using nlohmann::json;

// nlohmann's accessors throw on a missing key or a wrong type. Readers below use them freely, and
// the two public decoders are the only places that catch.
struct Mismatch : std::exception {
    explicit Mismatch(std::string text) : text(std::move(text)) {}
    const char *what() const noexcept override { return text.c_str(); }
    std::string text;
};

// --- names
// -------------------------------------------------------------------------------------------

static constexpr std::array<const char *, 3> role_names = {"joining", "member", "leaving"};
static constexpr std::array<const char *, 2> phase_names = {"stopped", "started"};
static constexpr std::array<const char *, 3> out_names = {"none", "dead", "left"};

const char *role_name(Role role)
{
    return role_names[static_cast<size_t>(role)];
}
const char *phase_name(Phase phase)
{
    return phase_names[static_cast<size_t>(phase)];
}
const char *out_name(NodeFact::Out out)
{
    return out_names[static_cast<size_t>(out)];
}

template <typename T, size_t n>
static T named(const json &value, const std::array<const char *, n> &names)
{
    auto word = value.get<std::string>();
    for (size_t i = 0; i < n; i++)
        if (word == names[i])
            return static_cast<T>(i);
    throw Mismatch("unknown word \"" + word + "\"");
}

static int node_id(const json &value)
{
    auto id = value.get<int64_t>();
    if (id < 1 || id > INT32_MAX)
        throw Mismatch("node id out of range");
    return static_cast<int>(id);
}

static uint64_t count(const json &value)
{
    if (!value.is_number_unsigned())
        throw Mismatch("not an unsigned number");
    return value.get<uint64_t>();
}

static const json &array_of(const json &value)
{
    if (!value.is_array())
        throw Mismatch("not an array");
    return value;
}

// --- facts, members
// ------------------------------------------------------------------------------------

static json facts_to_json(const NodeFacts &facts)
{
    json list = json::array();
    for (const auto &[node, fact] : facts)
        list.push_back({{"node", node},
                        {"count", fact.count},
                        {"out", out_name(fact.out)},
                        {"boot", fact.boot}});
    return list;
}

static NodeFacts facts_from_json(const json &list)
{
    NodeFacts facts;
    for (const auto &entry : array_of(list)) {
        NodeFact fact{count(entry.at("count")), named<NodeFact::Out>(entry.at("out"), out_names),
                      entry.at("boot").get<std::string>()};
        if (fact.in() != (fact.out == NodeFact::Out::none))
            throw Mismatch("a fact contradicts itself");
        facts[node_id(entry.at("node"))] = fact;
    }
    return facts;
}

static json members_to_json(const Members &members)
{
    json list = json::array();
    for (const auto &member : members)
        list.push_back({{"node", member.node}, {"boot", member.boot}, {"join", member.join}});
    return list;
}

static Members members_from_json(const json &list)
{
    Members members;
    for (const auto &entry : array_of(list)) {
        Member member{node_id(entry.at("node")), entry.at("boot").get<std::string>(),
                      entry.at("join").get<std::string>()};
        if (!members.empty() && members.back().node >= member.node)
            throw Mismatch("members are not in order");
        members.push_back(std::move(member));
    }
    return members;
}

static std::vector<int> nodes_from_json(const json &list)
{
    std::vector<int> nodes;
    for (const auto &entry : array_of(list))
        nodes.push_back(node_id(entry));
    return nodes;
}

// --- lockspaces
// ----------------------------------------------------------------------------------------

static json lockspaces_to_json(const std::map<std::string, LockspaceReport> &parts)
{
    json list = json::object();
    for (const auto &[name, part] : parts)
        list[name] = {{"role", role_name(part.role)},
                      {"phase", phase_name(part.phase)},
                      {"join", part.join},
                      {"change", part.change},
                      {"members", members_to_json(part.members)},
                      {"error", part.error}};
    return list;
}

static std::map<std::string, LockspaceReport> lockspaces_from_json(const json &list)
{
    if (!list.is_object())
        throw Mismatch("lockspaces are not an object");
    std::map<std::string, LockspaceReport> parts;
    for (const auto &[name, entry] : list.items())
        parts[name] = {
            named<Role>(entry.at("role"), role_names), named<Phase>(entry.at("phase"), phase_names),
            entry.at("join").get<std::string>(),       count(entry.at("change")),
            members_from_json(entry.at("members")),    entry.at("error").get<std::string>()};
    return parts;
}

static json pending_to_json(const std::map<std::string, PendingChange> &pending)
{
    json list = json::object();
    for (const auto &[name, change] : pending)
        list[name] = {{"change", change.change},
                      {"starting", change.starting},
                      {"waiting_for", change.waiting_for},
                      {"members", change.members}};
    return list;
}

static std::map<std::string, PendingChange> pending_from_json(const json &list)
{
    std::map<std::string, PendingChange> pending;
    for (const auto &[name, entry] : list.items())
        pending[name] = {count(entry.at("change")), entry.at("starting").get<bool>(),
                         nodes_from_json(entry.at("waiting_for")),
                         nodes_from_json(entry.at("members"))};
    return pending;
}

// --- frames
// --------------------------------------------------------------------------------------------

struct Encoder {
    json operator()(const Hello &hello) const
    {
        return {{"type", "hello"},          {"protocol", hello.protocol}, {"node", hello.node},
                {"cluster", hello.cluster}, {"settings", hello.settings}, {"boot", hello.boot}};
    }
    json operator()(const Refusal &refusal) const
    {
        return {{"type", "refusal"},
                {"declared_dead", refusal.declared_dead},
                {"reason", refusal.reason}};
    }
    json operator()(const Ping &) const { return {{"type", "ping"}}; }
    json operator()(const Message &message) const { return std::visit(*this, message); }
    json operator()(const Report &report) const
    {
        return {{"type", "report"},
                {"facts", facts_to_json(report.facts)},
                {"newest_change", report.newest_change},
                {"lockspaces", lockspaces_to_json(report.lockspaces)},
                {"pending", pending_to_json(report.pending)},
                {"zombie", report.zombie}};
    }
    json operator()(const StopCommand &command) const
    {
        return {{"type", "stop"},
                {"lockspace", command.lockspace},
                {"change", command.change},
                {"facts", facts_to_json(command.facts)}};
    }
    json operator()(const StartCommand &command) const
    {
        return {{"type", "start"},
                {"lockspace", command.lockspace},
                {"change", command.change},
                {"members", members_to_json(command.members)},
                {"facts", facts_to_json(command.facts)}};
    }
    json operator()(const ReleaseCommand &command) const
    {
        return {{"type", "release"},
                {"lockspace", command.lockspace},
                {"change", command.change},
                {"facts", facts_to_json(command.facts)}};
    }
};

std::string encode_frame(const Frame &frame)
{
    // A lockspace name is any bytes: what is not UTF-8 is replaced rather than thrown at.
    return std::visit(Encoder{}, frame).dump(-1, ' ', false, json::error_handler_t::replace);
}

static Frame frame_from_json(const json &value)
{
    auto type = value.at("type").get<std::string>();
    if (type == "hello")
        return Hello{value.at("protocol").get<int>(), node_id(value.at("node")),
                     value.at("cluster").get<std::string>(),
                     value.at("settings").get<std::string>(), value.at("boot").get<std::string>()};
    if (type == "refusal")
        return Refusal{value.at("declared_dead").get<bool>(),
                       value.at("reason").get<std::string>()};
    if (type == "ping")
        return Ping{};
    if (type == "report")
        return Message(Report{facts_from_json(value.at("facts")), count(value.at("newest_change")),
                              lockspaces_from_json(value.at("lockspaces")),
                              pending_from_json(value.at("pending")),
                              value.at("zombie").get<bool>()});

    auto lockspace = value.at("lockspace").get<std::string>();
    auto change = count(value.at("change"));
    auto facts = facts_from_json(value.at("facts"));
    if (type == "stop")
        return Message(StopCommand{lockspace, change, facts});
    if (type == "start")
        return Message(
            StartCommand{lockspace, change, members_from_json(value.at("members")), facts});
    if (type == "release")
        return Message(ReleaseCommand{lockspace, change, facts});
    throw Mismatch("unknown type \"" + type + "\"");
}

Result<Frame> decode_frame(std::string_view text)
{
    try {
        return frame_from_json(json::parse(text));
    } catch (const std::exception &problem) {
        return Error(fmt::format("malformed message: {}", problem.what()), EBADMSG);
    }
}

json to_json(const SavedState &state)
{
    return {{"boot", state.boot},
            {"facts", facts_to_json(state.facts)},
            {"newest_change", state.newest_change},
            {"lockspaces", lockspaces_to_json(state.lockspaces)}};
}

Result<SavedState> saved_state_from_json(std::string_view text)
{
    try {
        json value = json::parse(text);
        return SavedState{value.at("boot").get<std::string>(), facts_from_json(value.at("facts")),
                          count(value.at("newest_change")),
                          lockspaces_from_json(value.at("lockspaces"))};
    } catch (const std::exception &problem) {
        return Error(fmt::format("malformed state: {}", problem.what()), EBADMSG);
    }
}

}  // namespace dlm::daemon
