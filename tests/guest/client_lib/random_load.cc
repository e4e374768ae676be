// SPDX-License-Identifier: GPL-2.0-or-later
#include "random_load.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "names.h"
#include "scenario_text.h"

namespace dlm::client {
namespace {

constexpr int nr_locks = 8;

Mode mode_of(const std::string &name)
{
    return static_cast<Mode>(mode_number(name).value_or(-1));
}

class RandomLoad {
public:
    RandomLoad(const Scenario &scenario, ScenarioBackend &backend)
        : scenario_(scenario), backend_(backend), random_(backend.seed())
    {
        for (int i = 0; i < nr_locks; i++)
            locks_[LockName{"MAB"[i % 3], std::to_string(i + 1)}.text()];
    }

    std::vector<std::string> run(int operations)
    {
        // It keeps the resource and its master.
        do_one("9+NL");
        for (int i = 0; i < operations && problems_.empty(); i++)
            step();
        if (told_ < operations / 20)
            problems_.push_back("only " + std::to_string(told_) + " blocking callbacks came");
        return problems_;
    }

private:
    enum class State { none, waiting, granted, converting };
    struct Lock {
        State state = State::none;
        std::set<Mode> told;  // since it was last granted
    };

    unsigned below(unsigned n) { return static_cast<unsigned>(random_()) % n; }
    std::string any_mode() { return mode_name(static_cast<int>(below(6))); }

    std::string flags(bool convert)
    {
        static const char *const request[] = {"", "", "", "noq", "noq,nqb", "head"};
        static const char *const conversion[] = {"", "", "noq", "noq,nqb", "cdl", "ndw"};
        std::string text = (convert ? conversion : request)[below(6)];
        if (backend_.implementation('M') == Implementation::ours && below(6) == 0)
            text += text.empty() ? "noord" : ",noord";
        return text.empty() ? "" : "(" + text + ")";
    }

    void step()
    {
        auto it = locks_.begin();
        std::advance(it, below(nr_locks));
        const auto &[name, lock] = *it;
        switch (lock.state) {
        case State::none: request(name, any_mode()); break;
        case State::granted:
            if (below(3))
                convert(name, any_mode());
            else
                do_one(name + "-");
            break;
        default: do_one(name + (below(2) ? "x" : "-F"));
        }
    }

    void request(const std::string &name, const std::string &mode)
    {
        asked_.insert(mode_of(mode));
        locks_[name].state = State::waiting;
        do_one(name + "+" + mode + flags(false));
    }

    void convert(const std::string &name, const std::string &mode)
    {
        asked_.insert(mode_of(mode));
        locks_[name].state = State::converting;
        do_one(name + ">" + mode + flags(true));
    }

    void do_one(const std::string &word)
    {
        Complaint bad;
        std::string error;
        const Operation op = read_operation(word, bad);
        const Returned returned = backend_.run(scenario_, op, error);
        if (!error.empty() || returned.ret)
            problems_.push_back(word + " returned " + status_name(returned.ret) + " " + error);
        done_ += " " + word;
        for (const Callback &callback : backend_.settle(0, error))
            take(callback);
        if (!error.empty())
            problems_.push_back(error);
        else
            check(word);
    }

    void take(const Callback &callback)
    {
        Lock &lock = locks_[callback.lock.text()];
        if (callback.kind == 'b') {
            const Mode mode = static_cast<Mode>(callback.mode);
            lock.told.insert(mode);
            told_++;
            if (!asked_.count(mode))
                problems_.push_back(callback.text() + ": nobody asked for that");
            return;
        }
        if (callback.status == 0)
            lock.told.clear();
        const bool over =
            callback.status == eunlock || (callback.status && lock.state == State::waiting);
        lock.state = over ? State::none : State::granted;
    }

    void check(const std::string &word)
    {
        std::string error;
        const Queues queues = backend_.queues(scenario_, 'M', error);
        std::vector<std::string> waiters = queues.converting;
        waiters.insert(waiters.end(), queues.waiting.begin(), queues.waiting.end());
        for (const std::string &waiter : waiters) {
            const auto from =
                waiter.find('>') == std::string::npos ? waiter.find(':') : waiter.find('>');
            for (const std::string &granted : queues.granted)
                check_told(word, waiter, mode_of(waiter.substr(from + 1)), granted);
        }
    }

    void check_told(const std::string &word, const std::string &waiter, Mode wanted,
                    const std::string &granted)
    {
        const auto colon = granted.find(':');
        const Mode held = mode_of(granted.substr(colon + 1));
        if (compatible(held, wanted))
            return;
        const auto &told = locks_[granted.substr(0, colon)].told;
        if (std::none_of(told.begin(), told.end(), [&](Mode m) { return !compatible(held, m); }))
            problems_.push_back(granted + " blocks " + waiter + " and has not been told, after" +
                                done_ + " (" + word + ")");
    }

    const Scenario &scenario_;
    ScenarioBackend &backend_;
    std::mt19937 random_;
    std::map<std::string, Lock> locks_;
    std::set<Mode> asked_;
    std::string done_;
    int told_ = 0;
    std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> run_random_load(const Scenario &scenario, ScenarioBackend &backend,
                                         int operations)
{
    return RandomLoad(scenario, backend).run(operations);
}

}  // namespace dlm::client
