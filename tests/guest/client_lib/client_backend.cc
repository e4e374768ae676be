// SPDX-License-Identifier: GPL-2.0-or-later
#include "client_backend.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "client_queues.h"
#include "mastery.h"

namespace dlm::client {
namespace {

// Between two looks for what is expected, and after it has come.
constexpr guest::Milliseconds pause{10};
constexpr guest::Milliseconds quiet{120};
// Until what is expected must have come: a link that was cut for seconds is slow to recover.
constexpr guest::Seconds patience{40};

std::string flag_words(const Operation &op)
{
    std::string words = op.flags.empty() ? "" : " flags=" + op.flags;
    return op.words.empty() ? words : words + " " + op.words;
}

// {under=1}: below the lock of that number on the same node; the client wants its id.
std::string with_parent(std::string words, Client &client)
{
    const auto at = words.find("under=");
    if (at == std::string::npos)
        return words;
    const std::string number = words.substr(at + 6, words.find(' ', at) - at - 6);
    const Answer shown = client.command("show " + client.space() + " " + number);
    return words.replace(at, 6 + number.size(), "parent=" + shown.word("own"));
}

bool names_resource(const Operation &op)
{
    return (" " + op.words).find(" name=") != std::string::npos;
}

// Everybody's callbacks count once the control plane takes part.
std::string letters_of(const Scenario &scenario)
{
    for (const Step &step : scenario.steps)
        for (const Operation &op : step.operations)
            if (op.verb == Verb::command ||
                (op.verb == Verb::cluster && !op.text.starts_with("wait")))
                return "MAB";
    return scenario.nodes();
}

}  // namespace

std::string command_line(const Operation &op, const std::string &space, const std::string &resource)
{
    const std::string who = " " + space + " " + op.lock.number;
    switch (op.verb) {
    case Verb::request: {
        const std::string name = op.resource.empty() ? resource : op.resource;
        return "lock" + who + " mode=" + op.mode + (names_resource(op) ? "" : " name=" + name) +
               flag_words(op);
    }
    case Verb::convert: return "convert" + who + " mode=" + op.mode + flag_words(op);
    case Verb::unlock: return "unlock" + who + flag_words(op);
    case Verb::cancel: return "cancel" + who + flag_words(op);
    case Verb::buffer: return "lvb" + who + " value=" + op.text;
    case Verb::sleep: return "set" + who + " cast_sleep=" + op.text;
    case Verb::reaction:
        return "on_cast" + who + " " + command_line(op.inner.front(), space, resource);
    default: return "";
    }
}

Implementation ClientBackend::implementation(char node)
{
    return cluster_.node(node_of(node)).module() == guest::Module::ours ? Implementation::ours
                                                                        : Implementation::stock;
}

Client *ClientBackend::client(char letter, std::string &error)
{
    if (control_.alive().count(node_of(letter)))
        return &cluster_[node_of(letter)];
    error = std::string("no node ") + letter;
    return nullptr;
}

// ---- callbacks

// Slots of the others, and what has changed since this node's last recover_done.
void ClientBackend::take_recovery(char node, Event &event, std::vector<Callback> &callbacks)
{
    Callback callback;
    callback.lock.node = node;
    auto &slots = slots_[node];
    if (event.kind == EventKind::prep) {
        callback.kind = 'p';
    } else if (event.kind == EventKind::slot) {
        const int gone = std::atoi(event.words["nodeid"].c_str());
        const int slot = std::atoi(event.words["slot"].c_str());
        callback.kind = 's';
        callback.subject = letter_of(gone);
        if (slots[gone] != slot)
            callback.subject += ":" + std::to_string(slot);
    } else {
        callback.kind = 'd';
        const auto before = std::exchange(slots, {});
        std::istringstream in(event.words["slots"]);
        for (std::string one; std::getline(in, one, ',');) {
            const int member = std::atoi(one.c_str());
            slots[member] = std::atoi(one.substr(one.find(':') + 1).c_str());
            callback.subject += letter_of(member);
            auto known = before.find(member);
            if (known != before.end() && known->second != slots[member])
                callback.subject += ":" + std::to_string(slots[member]);
        }
        const unsigned long generation = std::stoul(event.words["gen"]);
        event.words["gen"] = "+" + std::to_string(generation - generation_[node]);
        generation_[node] = generation;
        if (event.words["our_slot"] != std::to_string(slots[node_of(node)]))
            callback.subject += " own slot " + event.words["our_slot"];
    }
    callback.words = std::move(event.words);
    callbacks.push_back(std::move(callback));
}

void ClientBackend::take(char node, Event event, std::vector<Callback> &callbacks)
{
    Callback callback;
    switch (event.kind) {
    case EventKind::violation: violations_ += event.text + "\n"; return;
    case EventKind::prep:
    case EventKind::slot:
    case EventKind::done: take_recovery(node, event, callbacks); return;
    case EventKind::cast: callback.kind = 'c'; break;
    case EventKind::bast: callback.kind = 'b'; break;
    case EventKind::reaction:
    case EventKind::async:
        callback.kind = 'r';
        event.status = std::atoi(event.words["ret"].c_str());
        event.flags = 0;
        if (event.kind == EventKind::async)
            event.lock = event.words["tag"];
        break;
    default: return;
    }
    callback.lock = {node, event.lock};
    callback.status = event.status;
    callback.flags = event.flags;
    callback.mode = event.mode;
    callback.words = std::move(event.words);
    callbacks.push_back(std::move(callback));
}

void ClientBackend::settle_once(guest::Milliseconds time, std::vector<Callback> &callbacks,
                                std::string &error)
{
    for (char letter : letters_) {
        std::string dead;
        Client *who = client(letter, dead);
        if (!who)
            continue;
        std::vector<Event> events;
        if (guest::Outcome quiet_now = who->settle_events(time, events); !quiet_now)
            error = quiet_now.message();
        for (Event &event : events) {
            if (letter == 'M' && event.text.find(" kind=cast") != std::string::npos) {
                first_cast_ = first_cast_ ? first_cast_ : event.time_ns;
                control_.callbacks_took(
                    guest::Milliseconds((event.time_ns - first_cast_) / 1000000));
            }
            take(letter, std::move(event), callbacks);
        }
    }
}

std::vector<Callback> ClientBackend::settle(std::size_t expected, std::string &error)
{
    std::vector<Callback> callbacks;
    const auto end = guest::Clock::now() + patience;
    first_cast_ = 0;
    while (callbacks.size() < expected && error.empty() && guest::Clock::now() < end)
        settle_once(pause, callbacks, error);
    // What one node does last may be heard by another that was quiet before.
    settle_once(quiet, callbacks, error);
    if (letters_.size() > 1)
        settle_once(expected ? pause : quiet, callbacks, error);
    return callbacks;
}

void ClientBackend::begin(const Scenario &scenario)
{
    used_.clear();
    violations_.clear();
    own_name_.clear();
    control_.begin();
    letters_ = letters_of(scenario);
    members_ = cluster_.members();
    for (char letter : std::string("MAB")) {
        std::vector<Callback> old;
        std::string error;
        Client *who = client(letter, error);
        if (!who)
            continue;
        for (Event &event : who->events())
            take(letter, std::move(event), old);
        began_[letter] = who->next_event();
    }
    violations_.clear();
}

// ---- calls

std::string ClientBackend::resource(const Scenario &scenario, const Operation &op)
{
    const bool own = op.resource.empty();
    const std::string base = own ? scenario.name : op.resource;
    if (own && !own_name_.empty())
        return own_name_;
    std::string name = base;
    for (int i = 0; op.directory && hash_node(name, members_) != node_of(op.directory); i++)
        name = base + "." + std::to_string(i);
    if (own)
        own_name_ = name;
    return name;
}

std::string ClientBackend::line(const Scenario &scenario, const Operation &op, Client &client)
{
    Operation resolved = op;
    Operation &call = op.verb == Verb::reaction ? resolved.inner.front() : resolved;
    call.words = with_parent(call.words, client);
    if (call.verb == Verb::request)
        call.resource = resource(scenario, call);
    return command_line(resolved, client.space(), call.resource);
}

Returned ClientBackend::command(const Operation &op, std::string &error)
{
    Client *who = client(op.lock.node, error);
    if (!who)
        return {};
    std::string text = op.text;
    for (auto at = text.find('$'); at != std::string::npos; at = text.find('$'))
        text.replace(at, 1, who->space());
    Returned returned;
    if (control_.command(node_of(op.lock.node), text, returned, error))
        return returned;
    const Answer answer = who->command(text);
    if (!answer.valid())
        error = text + ": " + answer.text();
    return {answer.ret(), parse_words(answer.lines().empty() ? "" : answer.lines().back())};
}

Returned ClientBackend::run(const Scenario &scenario, const Operation &op, std::string &error)
{
    if (op.verb == Verb::command)
        return command(op, error);
    if (op.verb == Verb::cluster) {
        int result = 0;
        if (guest::Outcome done = control_.run(op.text, result); !done)
            error = done.message();
        return {result, {}};
    }
    Client *who = client(op.lock.node, error);
    if (!who)
        return {};
    used_.insert(op.lock);
    std::string text = line(scenario, op, *who);
    if (op.aside)
        text = "async " + op.lock.number + " " + text;
    const Answer answer = who->command(text);
    if (!answer.valid())
        error = text + ": " + answer.text();
    return {answer.ret(), {}};
}

// ---- looking

std::string ClientBackend::buffer(const LockName &lock)
{
    std::string error;
    Client *who = client(lock.node, error);
    if (!who)
        return error;
    return text_of_hex(who->command("lvb " + who->space() + " " + lock.number).word("lvb"));
}

// Which lock of the scenario has that id on that node.
std::string ClientBackend::label(int node, unsigned id)
{
    std::string error;
    Client *who = client(letter_of(node), error);
    for (const LockName &lock : used_) {
        if (!who || node_of(lock.node) != node)
            continue;
        const Answer shown = who->command("show " + who->space() + " " + lock.number);
        if (shown.number("live") && (static_cast<unsigned>(shown.number("own")) == id ||
                                     static_cast<unsigned>(shown.number("other")) == id))
            return lock.text();
    }
    return "?" + std::to_string(node) + "." + std::to_string(id);
}

Queues ClientBackend::queues(const Scenario &scenario, char node, std::string &error)
{
    const std::string name = own_name_.empty() ? scenario.name : own_name_;
    for (int id : control_.alive()) {
        if (node != '*' && node != letter_of(id))
            continue;
        guest::Node &machine = cluster_.node(id);
        const auto dump = read_dump(
            machine.read("cat /sys/kernel/debug/dlm/" + cluster_.space() + "_locks"), name);
        if (node == '*' && !dump.master)
            continue;
        auto texts = [&](const std::vector<DumpedLock> &locks) {
            std::vector<std::string> out;
            for (const DumpedLock &lock : locks)
                out.push_back(
                    label(lock.owner ? lock.owner : id, lock.owner ? lock.owner_id : lock.id) +
                    ":" + lock.modes);
            return out;
        };
        return {texts(dump.granted), texts(dump.converting), texts(dump.waiting)};
    }
    error = std::string("no node ") + node + " knows it";
    return {};
}

// ---- the end

// Some locks need a second round: an operation was under way, or stock takes only a plain unlock
// of a lock that was asked for with FORCEUNLOCK among its flags.
bool ClientBackend::give_back(char node, bool forced)
{
    Client &who = cluster_[node_of(node)];
    std::vector<std::string> lines, ends;
    for (const LockName &lock : used_) {
        if (lock.node != node)
            continue;
        const std::string name = " " + who.space() + " " + lock.number;
        lines.push_back("set" + name + " cast_sleep=0");
        lines.push_back("drop" + name + (forced ? " flags=F" : ""));
        ends.push_back("wait" + name + " over=1 timeout_ms=2000");
        ends.push_back("forget" + name);
    }
    who.commands(lines);
    bool all = true;
    const auto answers = who.commands(ends);
    for (std::size_t i = 1; i < answers.size(); i += 2)
        all = all && (answers[i].ret() == 0 || answers[i].text().starts_with("bad=-2 "));
    return all;
}

std::string ClientBackend::left(char node)
{
    Client &who = cluster_[node_of(node)];
    std::string text;
    for (const LockName &lock : used_) {
        if (lock.node != node)
            continue;
        const Answer shown = who.command("show " + who.space() + " " + lock.number);
        if (!shown.number("live"))
            continue;
        text += " " + lock.text() + ": " + shown.text();
        const Answer log = who.command("events from=" + std::to_string(began_[node]));
        for (const std::string &line : log.lines())
            if (line.find(" lock=" + lock.number + " ") != std::string::npos)
                text += "  " + line + "\n";
    }
    return text;
}

void ClientBackend::end(const Scenario &, std::string &error)
{
    if (guest::Outcome restored = control_.restore(); !restored) {
        error += restored.message();
        broken_ = true;
        return;
    }
    for (char letter : std::string("MAB")) {
        int attempt = 0;
        while (attempt < 6 && !give_back(letter, attempt % 2 == 0))
            attempt++;
        if (attempt == 6) {
            error += std::string("locks of ") + letter + " do not go away:" + left(letter);
            broken_ = true;
        }
    }
    error += violations_;
}

}  // namespace dlm::client
