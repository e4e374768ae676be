// SPDX-License-Identifier: GPL-2.0-or-later
// One resource with locks that are named by a digit or letter, driven by the
// notation of lock-semantics section 21 and played by the engine alone:
//
//   1+PR(vb,noq)  new request      1>EX(f)  conversion
//   1-  1-(vb)    unlock           1x       cancel
//
// run() plays steps separated by ';' and returns all callbacks in the order in
// which they were decided: "c1=0/DEM b2=EX". After each operation it checks
// what must always hold, with a mode table of its own.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/dlm_platform.h"
extern "C" {
#include "core/engine.h"
}

namespace dlm::test {

constexpr int kNone = -1;
constexpr const char *kModeNames[] = {"NL", "CR", "CW", "PR", "PW", "EX"};

// Written by hand from lock-semantics 3.1, not taken from the generated table.
constexpr bool kTogether[6][6] = {
    // NL     CR     CW     PR     PW     EX
    {true, true, true, true, true, true},       // NL
    {true, true, true, true, true, false},      // CR
    {true, true, true, false, false, false},    // CW
    {true, true, false, true, false, false},    // PR
    {true, true, false, false, false, false},   // PW
    {true, false, false, false, false, false},  // EX
};

inline bool together(int a, int b)
{
    return a < 0 || b < 0 || kTogether[a][b];
}

inline int mode_of(std::string_view name)
{
    for (int mode = 0; mode < 6; mode++)
        if (name == kModeNames[mode])
            return mode;
    return kNone;
}

inline std::string mode_name(int mode)
{
    return mode < 0 || mode > 5 ? "--" : kModeNames[mode];
}

inline u32 flags_of(std::string_view list)
{
    static const std::map<std::string_view, u32> kFlags = {
        {"noq", DLM_LKF_NOQUEUE},    {"nqb", DLM_LKF_NOQUEUEBAST}, {"quecvt", DLM_LKF_QUECVT},
        {"cdl", DLM_LKF_CONVDEADLK}, {"ndw", DLM_LKF_NODLCKWT},    {"exp", DLM_LKF_EXPEDITE},
        {"head", DLM_LKF_HEADQUE},   {"noord", DLM_LKF_NOORDER},   {"apr", DLM_LKF_ALTPR},
        {"acw", DLM_LKF_ALTCW},      {"vb", DLM_LKF_VALBLK},       {"iv", DLM_LKF_IVVALBLK},
        {"F", DLM_LKF_FORCEUNLOCK},
    };
    u32 flags = 0;

    while (!list.empty()) {
        const auto comma = list.find(',');
        const auto found = kFlags.find(list.substr(0, comma));
        EXPECT_NE(found, kFlags.end()) << "no such flag: " << list;
        if (found != kFlags.end())
            flags |= found->second;
        list = comma == std::string_view::npos ? "" : list.substr(comma + 1);
    }
    return flags;
}

inline std::string status_name(int status)
{
    switch (status) {
    case 0: return "0";
    case -EAGAIN: return "EAGAIN";
    case -EDEADLK: return "EDEADLK";
    case -DLM_ECANCEL: return "ECANCEL";
    case -DLM_EUNLOCK: return "EUNLOCK";
    default: return std::to_string(status);
    }
}

inline std::string flag_names(int sb_flags)
{
    std::string out;

    if (sb_flags & DLM_SBF_DEMOTED)
        out += "/DEM";
    if (sb_flags & DLM_SBF_ALTMODE)
        out += "/ALT";
    if (sb_flags & DLM_SBF_VALNOTVALID)
        out += "/VNV";
    return out;
}

// One step of the notation.
struct Step {
    char lock = 0;
    char verb = 0;  // + > - x
    int mode = kNone;
    u32 flags = 0;

    static std::vector<Step> parse(std::string_view text)
    {
        std::vector<Step> steps;

        while (!text.empty()) {
            const auto end = text.find(';');
            std::string_view one = text.substr(0, end);
            text = end == std::string_view::npos ? "" : text.substr(end + 1);
            while (!one.empty() && one.front() == ' ')
                one.remove_prefix(1);
            while (!one.empty() && one.back() == ' ')
                one.remove_suffix(1);
            if (!one.empty())
                steps.push_back(parse_one(one));
        }
        return steps;
    }

private:
    static Step parse_one(std::string_view one)
    {
        Step step;
        const auto open = one.find('(');

        step.lock = one[0];
        step.verb = one[1];
        if (step.verb == '+' || step.verb == '>') {
            step.mode = mode_of(one.substr(2, 2));
            EXPECT_NE(step.mode, kNone) << one;
        }
        if (open != std::string_view::npos)
            step.flags = flags_of(one.substr(open + 1, one.size() - open - 2));
        return step;
    }
};

class Board {
public:
    explicit Board(size_t lvblen = 8) : lvb_(lvblen + 1)
    {
        dlm_resource_init(&res_, reinterpret_cast<const u8 *>("r"), 1, 0, u16(lvblen));
        res_.lvb = lvb_.data();
        sink_.sink.granted = granted;
        sink_.sink.blocking = blocking;
        sink_.board = this;
    }

    std::string run(std::string_view text)
    {
        log_.clear();
        for (const Step &step : Step::parse(text)) {
            play(step);
            check();
        }
        return log_;
    }

    std::string run_step(const Step &step)
    {
        log_.clear();
        play(step);
        check();
        return log_;
    }

    // End of recovery: order is lost.
    std::string recovery_pass()
    {
        log_.clear();
        dlm_engine_grant_pass(&res_, DLM_PASS_RECOVERY, &sink_.sink);
        check();
        return log_;
    }

    // "G[1:PR] C[2:NL>EX] W[3]", queues in order; G by name.
    std::string queues() const
    {
        std::map<char, std::string> holders;
        std::string out;

        const dlm_lkb *lkb;
        list_for_each_entry(lkb, &res_.grant_queue, queue_link) holders[name_of(lkb)] =
            ":" + mode_name(lkb->granted_mode);
        for (const auto &[name, mode] : holders)
            out += (out.empty() ? "" : " ") + std::string(1, name) + mode;
        out = "G[" + out + "] C[";
        std::string sep;
        list_for_each_entry(lkb, &res_.convert_queue, queue_link)
        {
            out += sep + name_of(lkb) + ":" + mode_name(lkb->granted_mode) + ">" +
                   mode_name(lkb->requested_mode);
            sep = " ";
        }
        out += "] W[";
        sep = "";
        list_for_each_entry(lkb, &res_.wait_queue, queue_link)
        {
            out += sep + name_of(lkb);
            sep = " ";
        }
        return out + "]";
    }

    std::string value() const
    {
        return {reinterpret_cast<const char *>(lvb_.data()),
                strnlen(reinterpret_cast<const char *>(lvb_.data()), res_.lvblen)};
    }
    // The caller's buffer of a lock; kept from one life of a name to the next.
    std::string buffer(char name) { return buffer_of(name).c_str(); }
    void set_buffer(char name, std::string_view text)
    {
        std::string &buffer = buffer_of(name);
        buffer.assign(text);
        buffer.resize(res_.lvblen + 1);
    }
    void set_wants_bast(char name, bool wanted) { no_bast_[name] = !wanted; }

    dlm_resource &res() { return res_; }
    int granted_mode(char name) { return locks_.at(name)->lkb.granted_mode; }
    bool has(char name) const { return locks_.count(name) != 0; }
    bool idle(char name) const
    {
        const auto found = locks_.find(name);
        return found != locks_.end() && found->second->lkb.queue == DLM_QUEUE_GRANT;
    }

private:
    struct Lock {
        dlm_lkb lkb{};
        char name = 0;
        std::vector<int> told;  // since the last grant
    };
    struct Sink {
        dlm_sink sink;
        Board *board;
    };

    static Board &board_of(dlm_sink *sink) { return *reinterpret_cast<Sink *>(sink)->board; }
    static Lock &lock_of(const dlm_lkb *lkb)
    {
        return *reinterpret_cast<Lock *>(const_cast<dlm_lkb *>(lkb));
    }
    static char name_of(const dlm_lkb *lkb) { return lock_of(lkb).name; }

    static void granted(dlm_sink *sink, dlm_lkb *lkb) { board_of(sink).complete(lkb, 0); }
    static void blocking(dlm_sink *sink, dlm_lkb *lkb, int mode)
    {
        lock_of(lkb).told.push_back(mode);
        board_of(sink).note(std::string("b") + name_of(lkb) + "=" + mode_name(mode));
    }

    void note(const std::string &what) { log_ += (log_.empty() ? "" : " ") + what; }
    void complete(dlm_lkb *lkb, int status)
    {
        const bool flags = status == 0 || status == -DLM_ECANCEL;

        if (status == 0)
            lock_of(lkb).told.clear();
        note(std::string("c") + name_of(lkb) + "=" + status_name(status) +
             (flags ? flag_names(lkb->sb_flags) : ""));
    }

    std::string &buffer_of(char name)
    {
        std::string &buffer = buffers_[name];
        buffer.resize(res_.lvblen + 1);
        return buffer;
    }

    void play(const Step &step)
    {
        switch (step.verb) {
        case '+': return request(step);
        case '>': return convert(step);
        case '-': return unlock(step);
        case 'x': return cancel(step);
        default: ADD_FAILURE() << "verb " << step.verb;
        }
    }

    void prepare(dlm_lkb &lkb, const Step &step)
    {
        lkb.requested_mode = s8(step.mode);
        lkb.exflags = step.flags;
        lkb.sb_flags = 0;
        lkb.lvb = buffer_of(step.lock).data();
        lkb.state = u16(no_bast_[step.lock] ? lkb.state & ~DLM_LKB_WANT_BAST
                                            : lkb.state | DLM_LKB_WANT_BAST);
    }

    void request(const Step &step)
    {
        ASSERT_FALSE(has(step.lock)) << step.lock;
        auto &lock = locks_[step.lock] = std::make_unique<Lock>();
        lock->name = step.lock;
        dlm_lkb_init(&lock->lkb, &res_);
        prepare(lock->lkb, step);
        const int verdict = dlm_engine_request(&res_, &lock->lkb);
        if (verdict != -EINPROGRESS)
            complete(&lock->lkb, verdict);
        dlm_engine_request_effects(&res_, &lock->lkb, verdict, &sink_.sink);
        if (verdict == -EAGAIN)
            locks_.erase(step.lock);
    }

    void convert(const Step &step)
    {
        dlm_lkb &lkb = locks_.at(step.lock)->lkb;

        ASSERT_EQ(lkb.queue, DLM_QUEUE_GRANT) << step.lock;
        prepare(lkb, step);
        const int verdict = dlm_engine_convert(&res_, &lkb, lkb.lvb, &sink_.sink);
        if (verdict != -EINPROGRESS)
            complete(&lkb, verdict);
        dlm_engine_convert_effects(&res_, &lkb, verdict, &sink_.sink);
    }

    void unlock(const Step &step)
    {
        dlm_lkb &lkb = locks_.at(step.lock)->lkb;

        lkb.exflags |= step.flags;
        dlm_engine_unlock(&res_, &lkb, lkb.lvb);
        complete(&lkb, -DLM_EUNLOCK);
        dlm_engine_unlock_effects(&res_, &sink_.sink);
        locks_.erase(step.lock);
    }

    void cancel(const Step &step)
    {
        dlm_lkb &lkb = locks_.at(step.lock)->lkb;
        const bool waiting = lkb.queue == DLM_QUEUE_WAIT;

        lkb.sb_flags = 0;
        const int verdict = dlm_engine_cancel(&res_, &lkb);
        if (verdict)
            complete(&lkb, verdict);
        dlm_engine_cancel_effects(&res_, verdict, &sink_.sink);
        if (verdict && waiting)
            locks_.erase(step.lock);
    }

    void check()
    {
        EXPECT_TRUE(dlm_engine_consistent(&res_)) << queues();
        for (const auto &[a, one] : locks_) {
            for (const auto &[b, other] : locks_) {
                if (a != b) {
                    EXPECT_TRUE(together(one->lkb.granted_mode, other->lkb.granted_mode))
                        << queues();
                    check_told(one->lkb, *other);
                }
            }
        }
    }

    // 10.5: who blocks a waiter and can be told has been told a mode that conflicts.
    void check_told(const dlm_lkb &waiter, const Lock &holder)
    {
        if (waiter.queue != DLM_QUEUE_WAIT && waiter.queue != DLM_QUEUE_CONVERT)
            return;
        if (waiter.state & DLM_LKB_PENDING_DEADLK)
            return;
        if (holder.lkb.queue != DLM_QUEUE_GRANT || !(holder.lkb.state & DLM_LKB_WANT_BAST) ||
            together(holder.lkb.granted_mode, waiter.requested_mode))
            return;
        bool found = false;
        for (const int mode : holder.told)
            found |= !together(mode, holder.lkb.granted_mode);
        EXPECT_TRUE(found) << "lock " << holder.name << " was not told: " << queues();
    }

    dlm_resource res_{};
    std::vector<u8> lvb_;
    Sink sink_{};
    std::map<char, std::unique_ptr<Lock>> locks_;
    std::map<char, std::string> buffers_;
    std::map<char, bool> no_bast_;
    std::string log_;
};

// Rows of a scenario: steps, then all callbacks that occur.
struct Row {
    const char *steps;
    const char *callbacks;
    const char *queues = nullptr;
};

inline void play(Board &board, const std::vector<Row> &rows)
{
    for (const Row &row : rows) {
        EXPECT_EQ(board.run(row.steps), row.callbacks) << "after: " << row.steps;
        if (row.queues != nullptr) {
            EXPECT_EQ(board.queues(), row.queues) << "after: " << row.steps;
        }
    }
}

}  // namespace dlm::test
