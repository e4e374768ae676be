// SPDX-License-Identifier: GPL-2.0-or-later
// The walks over the grant queue that blocking callbacks are spared (core/blocking.c). A walk
// cannot be seen from outside, so each test makes a hint untrue by hand: a holder that would have
// to be told is hidden from it. If the holder is told, there was a walk.
#include "board.hh"

extern "C" {
#include "core/blocking.h"
}

namespace dlm::test {
namespace {

struct Hidden : Board {
    // Lock 1 holds @mode; the counts say so too.
    explicit Hidden(const char *steps = "1+CR") { run(steps); }
    dlm_lkb &holder() { return *list_first_entry(&res().grant_queue, dlm_lkb, queue_link); }
    // It has not been told yet, whatever was said.
    void forget() { holder().high_bast = DLM_LOCK_NL; }
};

// A lock on no queue that asks for @mode, and what it makes the engine say.
struct Asker {
    struct Sink {
        dlm_sink sink;
        std::vector<int> told;
    };
    explicit Asker(Board &b, int mode, dlm_queue queue = DLM_QUEUE_NONE) : board(b)
    {
        dlm_lkb_init(&lkb, &b.res());
        lkb.requested_mode = s8(mode);
        if (queue != DLM_QUEUE_NONE)
            dlm_engine_enqueue(&b.res(), &lkb, queue);
        sink.sink.blocking = [](dlm_sink *s, dlm_lkb *, int told) {
            reinterpret_cast<Sink *>(s)->told.push_back(told);
        };
    }
    ~Asker() { dlm_engine_dequeue(&board.res(), &lkb); }
    Asker(const Asker &) = delete;

    std::vector<int> queued()
    {
        dlm_blocking_queued(&board.res(), &lkb, &sink.sink);
        return std::exchange(sink.told, {});
    }
    std::vector<int> pass()
    {
        dlm_blocking_pass(&board.res(), &sink.sink);
        return std::exchange(sink.told, {});
    }

    Board &board;
    dlm_lkb lkb{};
    Sink sink{};
};

using Told = std::vector<int>;

TEST(Hint, no_walk_where_the_counts_name_nobody)
{
    Hidden b;
    b.holder().granted_mode = DLM_LOCK_EX;
    EXPECT_EQ(Asker(b, DLM_LOCK_PR).queued(), Told{});
    EXPECT_EQ(Asker(b, DLM_LOCK_PR, DLM_QUEUE_WAIT).pass(), Told{});
    b.holder().granted_mode = DLM_LOCK_CR;
    EXPECT_EQ(Asker(b, DLM_LOCK_EX).queued(), Told{DLM_LOCK_EX});
}

TEST(Hint, no_walk_for_what_was_told)
{
    // Who holds, what is asked, what was told, and whether a walk is spared: when the lock is
    // queued (where PR and CW against each other are told again up to EX), and by a pass.
    const struct {
        const char *steps;
        int asked;
        int told;
        bool spared_queued;
        bool spared_pass;
    } kRows[] = {
        {"1+EX", DLM_LOCK_PR, DLM_LOCK_NL, false, false},
        {"1+EX", DLM_LOCK_PR, DLM_LOCK_CW, false, false},
        {"1+EX", DLM_LOCK_PR, DLM_LOCK_PR, true, true},
        {"1+EX", DLM_LOCK_PR, DLM_LOCK_PW, true, true},
        {"1+EX", DLM_LOCK_CW, DLM_LOCK_CR, false, false},
        {"1+EX", DLM_LOCK_CW, DLM_LOCK_CW, true, true},
        {"1+EX", DLM_LOCK_CW, DLM_LOCK_PW, true, true},
        {"1+EX", DLM_LOCK_EX, DLM_LOCK_PW, false, false},
        {"1+EX", DLM_LOCK_EX, DLM_LOCK_EX, true, true},
        {"1+CW", DLM_LOCK_PR, DLM_LOCK_PW, false, true},
        {"1+CW", DLM_LOCK_PR, DLM_LOCK_EX, true, true},
        {"1+PR", DLM_LOCK_CW, DLM_LOCK_PW, false, false},
        {"1+PR", DLM_LOCK_CW, DLM_LOCK_EX, true, true},
        {"1+CW", DLM_LOCK_PW, DLM_LOCK_PW, true, true},
        {"1+PR", DLM_LOCK_PW, DLM_LOCK_PW, true, true},
    };
    for (const auto &row : kRows) {
        SCOPED_TRACE(std::string(row.steps) + " asked " + mode_name(row.asked) + " told " +
                     mode_name(row.told));
        Hidden b(row.steps);
        b.res().told = u8(row.told);
        EXPECT_EQ(Asker(b, row.asked).queued(), row.spared_queued ? Told{} : Told{row.asked});
        Asker waiting(b, row.asked, DLM_QUEUE_WAIT);
        b.forget();
        b.res().told = u8(row.told);
        EXPECT_EQ(waiting.pass(), row.spared_pass ? Told{} : Told{row.asked});
    }
}

}  // namespace
}  // namespace dlm::test
