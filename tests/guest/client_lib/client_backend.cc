// SPDX-License-Identifier: GPL-2.0-or-later
#include "client_backend.h"

#include <thread>

namespace dlm::client {
namespace {

constexpr guest::Milliseconds quiet{120};

int violations_of(Client &client)
{
    return client.command("violations").number("violations", -1);
}

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

void ClientBackend::begin(const Scenario &)
{
    used_.clear();
    for (auto &[letter, client] : clients_) {
        client->skip_events();
        violations_[letter] = violations_of(*client);
    }
}

std::string ClientBackend::line(const Scenario &scenario, const Operation &op,
                                const Client &client) const
{
    const std::string who = " " + client.space() + " " + op.lock.number;
    switch (op.verb) {
    case Verb::request: {
        const std::string name = op.resource.empty() ? scenario.name : op.resource;
        return "lock" + who + " mode=" + op.mode +
               (names_resource(op) ? "" : " name=" + name) + flag_words(op);
    }
    case Verb::convert:
        return "convert" + who + " mode=" + op.mode + flag_words(op);
    case Verb::unlock:
        return "unlock" + who + flag_words(op);
    case Verb::cancel:
        return "cancel" + who + flag_words(op);
    case Verb::buffer:
        return "lvb" + who + " value=" + op.text;
    case Verb::sleep:
        return "set" + who + " cast_sleep=" + op.text;
    case Verb::reaction:
        return "on_cast" + who + " " + line(scenario, op.inner.front(), client);
    case Verb::cluster:
        break;
    }
    return "";
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
    const std::string text = line(scenario, op, *who);
    const Answer answer = who->command(text);
    if (!answer.valid())
        error = text + ": " + answer.text();
    return answer.ret();
}

std::vector<Callback> ClientBackend::settle(std::string &error)
{
    std::vector<Callback> callbacks;
    // Twice: what one node does last may be heard by another that was quiet before.
    for (int round = 0; round < (clients_.size() > 1 ? 2 : 1); round++)
        for (auto &[letter, client] : clients_)
            if (guest::Outcome quiet_now = client->settle(quiet); !quiet_now)
                error = quiet_now.message();
    for (auto &[letter, client] : clients_) {
        for (Event &event : client->events()) {
            if (event.kind != EventKind::cast && event.kind != EventKind::bast)
                continue;
            Callback callback;
            callback.lock = {letter, event.lock};
            callback.completion = event.kind == EventKind::cast;
            callback.status = event.status;
            callback.flags = event.flags;
            callback.mode = event.mode;
            callback.words = std::move(event.words);
            callbacks.push_back(std::move(callback));
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

void ClientBackend::give_back(const LockName &lock, std::string &error)
{
    Client &who = *clients_.at(lock.node);
    const std::string name = " " + who.space() + " " + lock.number;
    who.command("set" + name + " cast_sleep=0");
    for (int attempt = 0; attempt < 5; attempt++) {
        const Answer shown = who.command("show" + name);
        if (!shown.valid() || !shown.number("live")) {
            who.command("forget" + name);
            return;
        }
        who.command("unlock" + name + " flags=F");
        who.command("wait" + name + " over=1 timeout_ms=3000");
    }
    error = "lock " + lock.text() + " does not go away";
}

void ClientBackend::end(const Scenario &, std::string &error)
{
    for (const LockName &lock : used_)
        if (clients_.count(lock.node))
            give_back(lock, error);
    for (auto &[letter, client] : clients_)
        if (violations_of(*client) != violations_[letter])
            error += std::string(error.empty() ? "" : "; ") + client->no_violations().message();
}

}  // namespace dlm::client
