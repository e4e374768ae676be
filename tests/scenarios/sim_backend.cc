// SPDX-License-Identifier: GPL-2.0-or-later
#include "sim_backend.hh"

#include <cstdlib>
#include <cstring>
#include <sstream>
#include <utility>

#include "client_lib/names.h"

namespace dlm::scenarios {

using client::Callback;
using client::LockName;
using client::Operation;
using client::Scenario;
using client::Verb;

namespace {

constexpr uint64_t ms = 1000;

int node_of(char letter)
{
    return letter == 'M' ? 1 : letter - 'A' + 2;
}
char letter_of(int node)
{
    return node == 1 ? 'M' : static_cast<char>('A' + node - 2);
}

std::set<int> nodes_of(const std::string &letters)
{
    std::set<int> nodes;
    for (char letter : letters)
        if (letter != ' ')
            nodes.insert(node_of(letter));
    return nodes;
}

const std::pair<const char *, uint32_t> flag_names[] = {
    {"noq", DLM_LKF_NOQUEUE},    {"cancel", DLM_LKF_CANCEL},   {"CONVERT", DLM_LKF_CONVERT},
    {"vb", DLM_LKF_VALBLK},      {"quecvt", DLM_LKF_QUECVT},   {"iv", DLM_LKF_IVVALBLK},
    {"cdl", DLM_LKF_CONVDEADLK}, {"pers", DLM_LKF_PERSISTENT}, {"ndw", DLM_LKF_NODLCKWT},
    {"ndb", DLM_LKF_NODLCKBLK},  {"exp", DLM_LKF_EXPEDITE},    {"nqb", DLM_LKF_NOQUEUEBAST},
    {"head", DLM_LKF_HEADQUE},   {"noord", DLM_LKF_NOORDER},   {"orph", DLM_LKF_ORPHAN},
    {"apr", DLM_LKF_ALTPR},      {"acw", DLM_LKF_ALTCW},       {"F", DLM_LKF_FORCEUNLOCK},
    {"timeout", DLM_LKF_TIMEOUT}};

uint32_t flags_of(const std::string &text, std::string &error)
{
    std::stringstream in(text);
    uint32_t flags = 0;
    for (std::string word; std::getline(in, word, ',');) {
        bool known = false;
        for (const auto &[name, bit] : flag_names)
            if (word == name)
                known = (flags |= bit) != 0;
        if (!known)
            error = "unknown flag " + word;
    }
    return flags;
}

// The words of the client that the pure layers can tell apart.
sim::ClientCall call_of(const Operation &op, std::string &error)
{
    sim::ClientCall call;
    for (const auto &[key, value] : client::parse_words(op.words)) {
        if (key == "bast" && value == "null")
            call.bast = false;
        else if (key == "ast" || key == "bast")
            call.function = value[0];
        else if (key == "arg")
            call.argument = value == "null" ? '\0' : value[0];
        else if (key == "lksb" && (value == "own" || value == "other"))
            call.unlock_block = true, call.other = value == "other";
        else
            error = "the engine knows no " + key + "=" + value;
    }
    return call;
}

}  // namespace

// ---- what the nodes tell

Callback Recorder::of(sim::ClientLock &client, char kind) const
{
    const dlm_callback &cb = *client.current;
    Callback callback;
    callback.kind = kind;
    callback.lock = names.at(&client);
    callback.words["fn"] = std::string(1, sim::function_of(cb));
    const auto *argument = static_cast<const char *>(cb.astarg);
    callback.words["arg"] =
        argument ? std::string(1, static_cast<char>('a' + (argument - client.arguments))) : "0";
    callback.words["lksb"] = cb.lksb == &client.other ? "other" : "own";
    return callback;
}

void Recorder::cast(sim::ClientLock &client, int status, int sb_flags)
{
    Callback callback = of(client, 'c');
    callback.status = status;
    callback.flags = static_cast<unsigned>(sb_flags);
    callbacks.push_back(std::move(callback));
    completion(client);
}

void Recorder::bast(sim::ClientLock &client, int mode)
{
    Callback callback = of(client, 'b');
    callback.mode = mode;
    callbacks.push_back(std::move(callback));
}

void Recorder::slot_called(sim::Space &space, int nodeid, int slot)
{
    Callback callback;
    callback.kind = 's';
    callback.lock.node = letter_of(space.nodeid());
    callback.subject = letter_of(nodeid);
    if (slots_[space.nodeid()][nodeid] != slot)
        callback.subject += ":" + std::to_string(slot);
    callbacks.push_back(std::move(callback));
}

void Recorder::recovered(sim::Space &space)
{
    const dlm_cluster &cl = space.cluster();
    Callback callback;
    callback.kind = 'd';
    callback.lock.node = letter_of(space.nodeid());
    auto &slots = slots_[space.nodeid()];
    const auto before = slots;
    slots.clear();
    for (int i = 0; i < cl.view->nr_members; i++) {
        const dlm_member &m = cl.view->members[i];
        callback.subject += letter_of(m.nodeid);
        slots[m.nodeid] = m.slot;
        auto known = before.find(m.nodeid);
        if (known != before.end() && known->second != m.slot)
            callback.subject += ":" + std::to_string(m.slot);
    }
    callback.words["gen"] =
        "+" + std::to_string(cl.recover.generation - generation_[space.nodeid()]);
    generation_[space.nodeid()] = cl.recover.generation;
    callbacks.push_back(std::move(callback));
}

void Recorder::error_logged(sim::Space &space, const std::string &text)
{
    world_.fail(std::string("node ") + letter_of(space.nodeid()) + " complains: " + text);
}

// ---- cluster

SimBackend::SimBackend(uint64_t seed, int nodes)
    : seed_(static_cast<unsigned>(seed)), world_(seed), recorder_(world_)
{
    world_.verbose = std::getenv("DLM_SCENARIO_TRACE") != nullptr;
    recorder_.completion = [this](sim::ClientLock &client) { react(client); };
    for (int node = 1; node <= nodes; node++) {
        spaces_.push_back(std::make_unique<sim::Space>(world_, recorder_, node, false));
        world_.nodes[node] = spaces_.back().get();
        members_.insert(node);
    }
    start(members_, members_);
    world_.run_for(5000 * ms);
    recorder_.callbacks.clear();
}

SimBackend::~SimBackend() = default;

sim::Space &SimBackend::space(char letter)
{
    return *world_.nodes.at(node_of(letter));
}

void SimBackend::stop(const std::set<int> &nodes)
{
    for (int node : nodes) {
        sim::Space &space = *world_.nodes.at(node);
        if (space.running()) {
            Callback prep;
            prep.kind = 'p';
            prep.lock.node = letter_of(node);
            recorder_.callbacks.push_back(prep);
        }
        space.stop();
    }
}

void SimBackend::start(const std::set<int> &nodes, const std::set<int> &members)
{
    std::vector<dlm_member> list;
    for (int node : members) {
        dlm_member member{};
        member.nodeid = node;
        member.weight = 1;
        list.push_back(member);
    }
    for (int node : nodes) {
        sim::Space &space = *world_.nodes.at(node);
        for (int gone : failed_)
            space.links().forget(gone);
        const auto failed = failed_;
        if (space.start(list, [failed](int id) { return failed.count(id) > 0; }))
            world_.fail("a start was refused");
    }
}

void SimBackend::take_away(int node)
{
    sim::Space *gone = world_.nodes.at(node);
    world_.nodes.erase(node);
    world_.forget_links(node);
    std::erase_if(spaces_, [&](auto &owned) { return owned.get() == gone; });
    members_.erase(node);
}

void SimBackend::recover()
{
    stop(members_);
    world_.run_for(50 * ms);
    start(members_, members_);
}

void SimBackend::link(const std::string &letters, bool up)
{
    const std::set<int> nodes = nodes_of(letters);
    const int first = *nodes.begin();
    for (auto &[other, space] : world_.nodes)
        if (other != first && (nodes.size() == 1 || nodes.count(other)))
            world_.set_link(first, other, up);
}

void SimBackend::cluster(const std::string &text, std::string &error)
{
    std::istringstream in(text);
    std::string verb, letters;
    in >> verb;
    std::getline(in >> std::ws, letters);
    if (verb == "wait") {
        world_.run_for(static_cast<uint64_t>(std::atoi(letters.c_str())) * ms);
    } else if (verb == "cut" || verb == "heal") {
        link(letters, verb == "heal");
    } else if (verb == "kill") {
        for (int node : nodes_of(letters)) {
            take_away(node);
            failed_.insert(node);
        }
    } else if (verb == "recover") {
        recover();
    } else if (verb == "leave") {
        /* The others stand still before it goes. */
        stop(members_);
        for (int node : nodes_of(letters))
            take_away(node);
        start(members_, members_);
    } else if (verb == "stop") {
        stop(nodes_of(letters));
    } else if (verb == "start") {
        start(nodes_of(letters), members_);
    } else {
        error = "no such command: " + text;
    }
}

// ---- calls

// The scenario's name, or one whose directory is where it is wanted.
std::string SimBackend::resource(const Scenario &scenario, const Operation &op)
{
    const bool own = op.resource.empty();
    const std::string base = own ? scenario.name : op.resource;
    if (own && !own_name_.empty())
        return own_name_;
    std::string name = base;
    for (int i = 0; op.directory; i++) {
        name = base + "." + std::to_string(i);
        const u32 hash = jhash(name.data(), static_cast<u32>(name.size()), 0);
        const dlm_view *view = world_.nodes.begin()->second->cluster().view;
        if (dlm_view_directory_node(view, hash) == node_of(op.directory))
            break;
    }
    if (own)
        own_name_ = name;
    return name;
}

sim::ClientLock &SimBackend::lock(const LockName &name)
{
    Held &held = locks_[name];
    if (!held.client) {
        held.client = std::make_unique<sim::ClientLock>();
        held.client->serial = next_serial_++;
        recorder_.names[held.client.get()] = name;
    }
    return *held.client;
}

int SimBackend::request(const Scenario &scenario, const Operation &op, std::string &error)
{
    const auto mode = client::mode_number(op.mode);
    const uint32_t flags = flags_of(op.flags, error);
    const sim::ClientCall call = call_of(op, error);
    if (!mode)
        error = "no mode " + op.mode;
    if (!error.empty())
        return 0;
    if (const int err = dlm_flags_check_lock(flags, *mode, true))
        return err;
    sim::ClientLock *client = &lock(op.lock);
    if (client->space) {
        // A new life; the caller's memory stays what it is.
        auto old = std::move(locks_[op.lock].client);
        client = &lock(op.lock);
        std::memcpy(client->lvb, old->lvb, sizeof(client->lvb));
        client->cast_sleep_us = old->cast_sleep_us;
        former_.push_back(std::move(old));
    }
    client->call = call;
    client->resource = resource(scenario, op);
    space(op.lock.node).request(client, *mode, flags);
    return 0;
}

int SimBackend::convert(const Operation &op, std::string &error)
{
    sim::ClientLock &client = lock(op.lock);
    const auto mode = client::mode_number(op.mode);
    const uint32_t flags = flags_of(op.flags, error);
    const sim::ClientCall call = call_of(op, error);
    if (!mode)
        error = "no mode " + op.mode;
    if (!error.empty())
        return 0;
    if (!client.lock || !client.lock->in_table)
        return -ENOENT;
    if (const int err = dlm_flags_check_lock(flags | DLM_LKF_CONVERT, *mode, true))
        return err;
    client.call = call;
    return client.space->convert(&client, *mode, flags);
}

int SimBackend::unlock(const Operation &op, uint32_t more_flags, std::string &error)
{
    sim::ClientLock &client = lock(op.lock);
    const uint32_t flags = flags_of(op.flags, error) | more_flags;
    const sim::ClientCall call = call_of(op, error);
    if (!error.empty())
        return 0;
    if (!client.lock || !client.lock->in_table)
        return -ENOENT;
    if (const int err = dlm_flags_check_unlock(flags))
        return err;
    client.call = call;
    return client.space->unlock(&client, flags);
}

int SimBackend::call(const Scenario &scenario, const Operation &op, std::string &error)
{
    switch (op.verb) {
    case Verb::request: return request(scenario, op, error);
    case Verb::convert: return convert(op, error);
    case Verb::unlock: return unlock(op, 0, error);
    case Verb::cancel: return unlock(op, DLM_LKF_CANCEL, error);
    case Verb::buffer: {
        sim::ClientLock &client = lock(op.lock);
        std::memset(client.lvb, 0, sizeof(client.lvb));
        std::memcpy(client.lvb, op.text.data(), std::min(op.text.size(), sizeof(client.lvb)));
        return 0;
    }
    case Verb::sleep:
        lock(op.lock).cast_sleep_us = static_cast<uint32_t>(std::atoi(op.text.c_str()) * ms);
        return 0;
    case Verb::reaction:
        lock(op.lock);
        locks_[op.lock].reactions.push_back(op.inner.front());
        return 0;
    case Verb::cluster: cluster(op.text, error); return 0;
    case Verb::command: error = "the engine has no clients"; return 0;
    }
    return 0;
}

void SimBackend::react(sim::ClientLock &client)
{
    const LockName name = recorder_.names.at(&client);
    auto &reactions = locks_[name].reactions;
    if (reactions.empty())
        return;
    const Operation op = reactions.front();
    reactions.erase(reactions.begin());
    std::string error;
    Callback callback;
    callback.kind = 'r';
    callback.lock = name;
    callback.status = call(*scenario_, op, error);
    if (!error.empty())
        world_.fail(error);
    recorder_.callbacks.push_back(std::move(callback));
}

client::Returned SimBackend::run(const Scenario &scenario, const Operation &op, std::string &error)
{
    const int ret = call(scenario, op, error);
    if (!op.aside)
        return {ret, {}};
    Callback callback;  // it never sleeps here
    callback.kind = 'r';
    callback.lock = op.lock;
    callback.status = ret;
    recorder_.callbacks.push_back(std::move(callback));
    return {};
}

void SimBackend::begin(const Scenario &scenario)
{
    scenario_ = &scenario;
}

std::vector<Callback> SimBackend::settle(std::size_t expected, std::string &error)
{
    for (int i = 0; i < 40 && recorder_.callbacks.size() < expected && !world_.failed(); i++)
        world_.run_for(500 * ms);
    world_.run_for(300 * ms);
    if (world_.failed())
        error = world_.failure();
    return std::exchange(recorder_.callbacks, {});
}

std::string SimBackend::buffer(const LockName &name)
{
    const sim::ClientLock &client = lock(name);
    return {client.lvb, strnlen(client.lvb, sizeof(client.lvb))};
}

std::string SimBackend::label(sim::Space &space, const dlm_lkb &lkb)
{
    sim::Space *owner = &space;
    uint32_t id = lkb.id;
    if (dlm_lkb_is_master_copy(&lkb)) {
        auto node = world_.nodes.find(lkb.holder);
        if (node == world_.nodes.end())
            return "gone" + std::to_string(lkb.holder);
        owner = node->second;
        id = lkb.remid;
    }
    sim::Lock *lock = owner->find_lock(id);
    return lock && lock->client ? recorder_.names.at(lock->client).text() : "?";
}

client::Queues SimBackend::queues(const Scenario &scenario, char node, std::string &error)
{
    const std::string name = own_name_.empty() ? scenario.name : own_name_;
    client::Queues queues;
    for (auto &[id, space] : world_.nodes) {
        auto found = space->resources().find(name);
        if (node == '*' && found != space->resources().end() && found->second->res.master == id)
            node = letter_of(id);
    }
    if (node == '*')
        error = "no node is master";
    if (!world_.nodes.count(node_of(node)))
        return queues;
    sim::Space &at = space(node);
    auto found = at.resources().find(name);
    if (found == at.resources().end())
        return queues;
    const dlm_resource &res = found->second->res;
    const dlm_lkb *lkb;
    list_for_each_entry(lkb, &res.grant_queue, queue_link)
        queues.granted.push_back(label(at, *lkb) + ":" + client::mode_name(lkb->granted_mode));
    list_for_each_entry(lkb, &res.convert_queue, queue_link)
        queues.converting.push_back(label(at, *lkb) + ":" + client::mode_name(lkb->granted_mode) +
                                    ">" + client::mode_name(lkb->requested_mode));
    list_for_each_entry(lkb, &res.wait_queue, queue_link)
        queues.waiting.push_back(label(at, *lkb) + ":" + client::mode_name(lkb->requested_mode));
    return queues;
}

// Everything goes back, and no node keeps anything.
void SimBackend::end(const Scenario &, std::string &error)
{
    for (auto &[name, held] : locks_) {
        held.reactions.clear();
        held.client->cast_sleep_us = 0;
    }
    for (int round = 0; round < 5 && !world_.failed(); round++) {
        for (auto &[name, held] : locks_)
            if (held.client->lock && held.client->lock->in_table)
                held.client->space->unlock(held.client.get(), DLM_LKF_FORCEUNLOCK);
        world_.run_for(2000 * ms);
    }
    if (world_.failed())
        error = world_.failure();
    for (auto &[node, space] : world_.nodes)
        if (space->nr_locks())
            error += std::string("locks are left at ") + letter_of(node) + "; ";
}

}  // namespace dlm::scenarios
