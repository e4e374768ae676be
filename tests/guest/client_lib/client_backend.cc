// SPDX-License-Identifier: GPL-2.0-or-later
#include "client_backend.h"

#include <thread>

namespace dlm::client {
namespace {

constexpr guest::Milliseconds quiet{120};

std::string flag_words(const Operation &op)
{
    std::string words = op.flags.empty() ? "" : " flags=" + op.flags;
    return op.words.empty() ? words : words + " " + op.words;
}

bool names_resource(const Operation &op)
{
    return (" " + op.words).find(" name=") != std::string::npos;
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
    case Verb::cluster: break;
    }
    return "";
}

ClientBackend::ClientBackend(std::map<char, Client *> clients, ClusterCommand cluster)
    : clients_(std::move(clients)), cluster_(std::move(cluster))
{
}

Client *ClientBackend::client(const LockName &lock, std::string &error)
{
    auto it = clients_.find(lock.node);
    if (it != clients_.end())
        return it->second;
    error = std::string("no node ") + lock.node;
    return nullptr;
}

void ClientBackend::take(char node, Event event, std::vector<Callback> &callbacks)
{
    if (event.kind == EventKind::violation)
        violations_ += event.text + "\n";
    if (event.kind != EventKind::cast && event.kind != EventKind::bast)
        return;
    Callback callback;
    callback.lock = {node, event.lock};
    callback.completion = event.kind == EventKind::cast;
    callback.status = event.status;
    callback.flags = event.flags;
    callback.mode = event.mode;
    callback.words = std::move(event.words);
    callbacks.push_back(std::move(callback));
}

void ClientBackend::begin(const Scenario &)
{
    used_.clear();
    violations_.clear();
    for (auto &[letter, client] : clients_) {
        client->skip_events();
        began_[letter] = client->next_event();
    }
}

int ClientBackend::run(const Scenario &scenario, const Operation &op, std::string &error)
{
    if (op.verb == Verb::cluster) {
        if (op.text.starts_with("wait ")) {
            std::this_thread::sleep_for(guest::Milliseconds(std::stoi(op.text.substr(5))));
            return 0;
        }
        guest::Outcome done = cluster_ ? cluster_(op.text) : guest::fail() << "no such command";
        if (!done)
            error = done.message();
        return 0;
    }
    Client *who = client(op.lock, error);
    if (!who)
        return 0;
    used_.insert(op.lock);
    const std::string text = command_line(op, who->space(), scenario.name);
    const Answer answer = who->command(text);
    if (!answer.valid())
        error = text + ": " + answer.text();
    return answer.ret();
}

std::vector<Callback> ClientBackend::settle(std::string &error)
{
    std::vector<Callback> callbacks;
    // Twice: what one node does last may be heard by another that was quiet before.
    for (int round = 0; round < (clients_.size() > 1 ? 2 : 1); round++) {
        for (auto &[letter, client] : clients_) {
            std::vector<Event> events;
            if (guest::Outcome quiet_now = client->settle_events(quiet, events); !quiet_now)
                error = quiet_now.message();
            for (Event &event : events)
                take(letter, std::move(event), callbacks);
        }
    }
    return callbacks;
}

std::string ClientBackend::buffer(const LockName &lock)
{
    std::string error;
    Client *who = client(lock, error);
    if (!who)
        return error;
    return text_of_hex(who->command("lvb " + who->space() + " " + lock.number).word("lvb"));
}

// Some locks need a second round: an operation was under way, or stock takes only a plain unlock
// of a lock that was asked for with FORCEUNLOCK among its flags.
bool ClientBackend::give_back(char node, bool forced)
{
    Client &who = *clients_.at(node);
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
    Client &who = *clients_.at(node);
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
    for (auto &[letter, client] : clients_) {
        int attempt = 0;
        while (attempt < 6 && !give_back(letter, attempt % 2 == 0))
            attempt++;
        if (attempt == 6)
            error = "locks of " + client->node().name() + " do not go away:" + left(letter);
    }
    if (!violations_.empty())
        error += violations_;
}

}  // namespace dlm::client
