// SPDX-License-Identifier: GPL-2.0-or-later
#include "runner.h"

#include <future>
#include <mutex>
#include <sstream>

#include "client_lib/client_backend.h"
#include "client_lib/mastery.h"

namespace dlm::differential {
namespace {

using guest::Milliseconds;
using guest::Outcome;

constexpr char space[] = "differ";
constexpr int nodes = 3;
constexpr unsigned master_copy = 0x10000;

int node_of(char letter)
{
    return letter == 'M' ? 1 : letter - 'A' + 2;
}
char letter_of(int node)
{
    return node == 1 ? 'M' : static_cast<char>('A' + node - 2);
}

std::string barrier(int node)
{
    return "barrier" + std::to_string(node);
}

// Whose operations are under way: who makes most of them.
char asker_of(const Step &step)
{
    std::map<char, int> counts;
    char most = 'M';
    for (const Operation &op : step.operations)
        if (++counts[op.lock.node] > counts[most])
            most = op.lock.node;
    return most;
}

}  // namespace

Outcome Runner::on_each(const std::function<Outcome(int)> &what)
{
    std::vector<std::future<Outcome>> pending;
    for (int node = 1; node <= nodes; node++)
        pending.push_back(std::async(std::launch::async, what, node));
    Outcome first = guest::ok();
    for (auto &one : pending)
        if (Outcome result = one.get(); first && !result)
            first = result;
    return first;
}

Outcome Runner::start()
{
    Outcome set = cluster_.cluster().each([](guest::Node &node) {
        return node.sh("echo 100000 > /sys/kernel/config/dlm/cluster/toss_secs");
    });
    if (!set)
        return set;
    if (Outcome joined = cluster_.join(space, {1, 2, 3}); !joined)
        return joined;
    // The first one of each name becomes its master.
    for (int turn = 0; turn < nodes; turn++)
        for (int node = 1; node <= nodes; node++) {
            const std::string name = barrier((node - 1 + turn) % nodes + 1);
            if (!cluster_[node].lock_wait(name, name, client::Mode::NL).granted())
                return guest::fail() << "n" << node << " does not get " << name;
        }
    return guest::ok();
}

Outcome Runner::stop()
{
    return cluster_.leave(2);
}

std::string Runner::label(const Run &run, const LockName &lock) const
{
    return std::to_string(&run - runs_.data()) + "." + lock.number;
}

Runner::Run *Runner::run_of_label(const std::string &label, LockName &lock)
{
    const auto dot = label.find('.');
    if (dot == std::string::npos)
        return nullptr;
    const std::size_t index = std::stoul(label.substr(0, dot));
    lock.number = label.substr(dot + 1);
    return index < runs_.size() ? &runs_[index] : nullptr;
}

Outcome Runner::run(const std::vector<Sequence> &sequences,
                    std::map<std::string, History> &histories)
{
    runs_.assign(sequences.size(), Run{});
    by_resource_.clear();
    ids_.clear();
    for (std::size_t i = 0; i < sequences.size(); i++) {
        runs_[i].sequence = &sequences[i];
        for (const std::string &resource : sequences[i].resources())
            by_resource_[sequences[i].name + resource] = &runs_[i];
    }
    for (int node = 1; node <= nodes; node++)
        cluster_[node].skip_events();
    for (bool any = true; any;) {
        any = false;
        for (bool overlap : {false, true})
            if (Outcome done = steps(overlap, any); !done)
                return done;
    }
    if (Outcome gone = give_back(); !gone)
        return gone;
    for (Run &run : runs_)
        histories[run.sequence->name] = std::move(run.history);
    return guest::ok();
}

// One step of each sequence whose next one is of that kind.
Outcome Runner::steps(bool overlap, bool &any)
{
    Recorders recorders;
    Lines lines;
    for (Run &run : runs_) {
        if (run.next == run.sequence->steps.size() ||
            run.sequence->steps[run.next].overlap != overlap)
            continue;
        const Step &step = run.sequence->steps[run.next++];
        Recorder &recorder = recorders.emplace(&run, overlap).first->second;
        collect_lines(run, step, recorder, lines);
    }
    if (recorders.empty())
        return guest::ok();
    any = true;
    guest::Switch &network = cluster_.cluster().network();
    if (overlap)
        network.hold_all();
    Outcome done = send(lines, recorders);
    if (overlap)
        network.release_all();
    if (done)
        done = come_to_rest(overlap ? 5 : 3);
    if (done)
        done = take_callbacks(recorders);
    if (done)
        done = take_queues(recorders);
    for (auto &[run, recorder] : recorders)
        run->history.steps.push_back(recorder.moment());
    return done;
}

// What is not under way because the asker decides itself would have ended before the next
// operation, and with it perhaps the lock and its id: of each lock only the first one is made.
std::vector<const Operation *> Runner::possible(Run &run, const Step &step)
{
    const char asker = asker_of(step);
    std::vector<const Operation *> all;
    std::set<LockName> used;
    std::map<LockName, std::string> asked;  // in this step
    for (const Operation &op : step.operations) {
        if (op.verb == Verb::request)
            asked[op.lock] = op.resource;
        const auto fresh = asked.find(op.lock);
        const std::string &resource =
            fresh != asked.end() ? fresh->second : run.locks[op.lock].resource;
        const auto known = run.masters.find(resource);
        const int decides = known != run.masters.end()
                                ? known->second
                                : client::hash_node(run.sequence->name + resource, {1, 2, 3});
        const bool remote = op.lock.node == asker && decides != node_of(asker);
        if (remote || used.insert(op.lock).second)
            all.push_back(&op);
    }
    return all;
}

void Runner::collect_lines(Run &run, const Step &step, Recorder &recorder, Lines &lines)
{
    for (const Operation *op : possible(run, step)) {
        State &lock = run.locks[op->lock];
        const bool request = op->verb == Verb::request;
        // An id that is dead may be another lock's by now.
        if (request == lock.live) {
            recorder.returned(*op, request ? "lives" : "over");
            continue;
        }
        if (request)
            lock = {true, false, op->resource};
        Operation named = *op;
        named.lock.number = label(run, op->lock);
        named.resource = run.sequence->name + op->resource;
        lines[node_of(op->lock.node)].push_back(
            {client::command_line(named, space, named.resource), &run, op});
    }
}

Outcome Runner::send(const Lines &lines, Recorders &recorders)
{
    std::map<int, std::vector<client::Answer>> answers;
    std::mutex mutex;
    Outcome sent = on_each([&](int node) -> Outcome {
        const auto mine = lines.find(node);
        if (mine == lines.end())
            return guest::ok();
        std::vector<std::string> texts;
        for (const Line &line : mine->second)
            texts.push_back(line.text);
        auto got = cluster_[node].commands(texts);
        std::lock_guard hold(mutex);
        answers[node] = std::move(got);
        return guest::ok();
    });
    for (const auto &[node, list] : lines) {
        for (std::size_t i = 0; i < list.size(); i++) {
            const Line &line = list[i];
            const client::Answer &answer = answers[node][i];
            if (!answer.valid())
                return guest::fail() << "n" << node << ": " << line.text << ": " << answer.text();
            recorders.at(line.run).returned(*line.op, client::status_name(answer.ret()));
            if (line.op->verb != Verb::request)
                continue;
            if (answer.ret())
                line.run->locks[line.op->lock].live = false;
            else
                ids_[node][static_cast<unsigned>(answer.big("lkid"))] = {line.run, line.op->lock};
        }
    }
    return sent;
}

Outcome Runner::come_to_rest(int hops)
{
    for (int hop = 0; hop < hops; hop++) {
        Outcome asked = on_each([&](int node) -> Outcome {
            std::vector<std::pair<std::string, client::Mode>> questions;
            for (int other = 1; other <= nodes; other++)
                if (other != node)
                    questions.emplace_back(barrier(other), client::Mode::CR);
            for (int answer : cluster_[node].ask(questions))
                if (answer)
                    return guest::fail() << "barrier of n" << node << ": " << answer;
            return guest::ok();
        });
        if (!asked)
            return asked;
    }
    return guest::ok();
}

Outcome Runner::take_callbacks(Recorders &recorders)
{
    std::map<int, std::vector<client::Event>> events;
    std::mutex mutex;
    Outcome taken = on_each([&](int node) {
        std::vector<client::Event> mine;
        Outcome settled = cluster_[node].settle_events(Milliseconds(15), mine);
        std::lock_guard hold(mutex);
        events[node] = std::move(mine);
        return settled;
    });
    for (const auto &[node, list] : events)
        for (const client::Event &event : list)
            take_event(node, event, recorders);
    return taken;
}

void Runner::take_event(int node, const client::Event &event, Recorders &recorders)
{
    LockName lock;
    Run *run = run_of_label(event.lock, lock);
    lock.node = letter_of(node);
    if (!run || !recorders.count(run))
        return;
    Recorder &recorder = recorders.at(run);
    const auto word = [&event](const char *key) {
        const auto at = event.words.find(key);
        return at == event.words.end() ? std::string("?") : at->second;
    };
    if (event.kind == client::EventKind::violation) {
        recorder.broke(lock, word("what"));
    } else if (event.kind == client::EventKind::bast) {
        recorder.blocks(lock, event.mode, word("fn"), word("arg"));
    } else if (event.kind == client::EventKind::cast) {
        const std::string hex = word("lvb");
        recorder.completed(lock, event.status, event.flags, word("lksb"), word("fn"), word("arg"),
                           hex == "none" ? hex : client::text_of_hex(hex));
        State &state = run->locks[lock];
        if (event.status == 0)
            state.granted = true;
        else if (event.status == client::eunlock || !state.granted)
            state.live = false;
    }
}

// Also of sequences that do not move: who masters what.
Outcome Runner::take_queues(Recorders &recorders)
{
    std::map<int, std::string> texts;
    std::mutex mutex;
    Outcome read = on_each([&](int node) {
        guest::CommandResult file =
            cluster_.node(node).run(std::string("cat /sys/kernel/debug/dlm/") + space + "_locks");
        std::lock_guard hold(mutex);
        texts[node] = file.out;
        return file.outcome("locks of n" + std::to_string(node));
    });
    for (const auto &[node, text] : texts) {
        std::istringstream in(text);
        std::string line;
        std::getline(in, line);  // the heading
        while (std::getline(in, line))
            take_lock_line(node, line, recorders);
    }
    return read;
}

void Runner::take_lock_line(int node, const std::string &line, Recorders &recorders)
{
    std::istringstream in(line);
    std::string time, length, name;
    unsigned id, remote, pid, xid, exflags, flags;
    int counterpart, queue, granted, requested, master;
    in >> std::hex >> id >> std::dec >> counterpart >> std::hex >> remote >> std::dec >> pid >>
        xid >> std::hex >> exflags >> flags >> std::dec >> queue >> granted >> requested >> time >>
        master >> length >> name;
    if (!in || name.size() < 2)
        return;
    name = name.substr(1, name.size() - 2);
    const auto found = by_resource_.find(name);
    if (found == by_resource_.end())
        return;
    Run *run = found->second;
    const std::string resource = name.substr(run->sequence->name.size());
    const bool copy = flags & master_copy;
    const int owner = copy ? counterpart : node;
    const auto known = ids_[owner].find(copy ? remote : id);
    LockName lock{letter_of(owner), "?"};
    if (known != ids_[owner].end() && known->second.first == run)
        lock = known->second.second;
    if (master == 0)
        run->masters[resource] = node;
    const auto moving = recorders.find(run);
    if (moving == recorders.end())
        return;
    if (master == 0)
        moving->second.queued(resource, queue, lock, granted, requested);
    else
        moving->second.held(lock, queue, granted, requested);
}

// Stock keeps some locks busy, or takes only a plain unlock of those that were asked for with
// FORCEUNLOCK among the flags: once more, in the other way.
Outcome Runner::give_back()
{
    std::map<int, std::vector<std::string>> names;
    for (Run &run : runs_)
        for (const auto &[lock, state] : run.locks)
            names[node_of(lock.node)].push_back(std::string(" ") + space + " " + label(run, lock));
    for (int round = 0; round < 4; round++) {
        Outcome dropped = on_each([&](int node) {
            std::vector<std::string> lines;
            for (const std::string &name : names[node])
                lines.push_back("drop" + name + (round % 2 ? "" : " flags=F"));
            cluster_[node].commands(lines);
            return guest::ok();
        });
        if (dropped)
            dropped = come_to_rest(3);
        if (!dropped)
            return dropped;
    }
    return on_each([&](int node) {
        std::vector<std::string> lines;
        for (const std::string &name : names[node])
            lines.push_back("forget" + name);
        Outcome gone = cluster_[node].settle(Milliseconds(15));
        const auto answers = cluster_[node].commands(lines);
        std::string left;
        for (std::size_t i = 0; i < answers.size(); i++)
            if (answers[i].ret() != 0 && !answers[i].text().starts_with("bad=-2"))
                left += lines[i] + ": " + answers[i].text();
        if (!left.empty())
            return guest::fail() << "n" << node << ": locks do not go away:\n" << left;
        return gone;
    });
}

}  // namespace dlm::differential
