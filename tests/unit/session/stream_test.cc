// SPDX-License-Identifier: GPL-2.0-or-later
// Two sessions over connections that break at random, with bytes in flight lost: every message
// arrives once and in order, the same bytes each time it is sent, nothing is left allocated, and
// FIN brings both ends to CLOSED. Each seed is one run.
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>

#include "session/end.h"

namespace dlm::session::test {

namespace {

// What a run did, so that an idle one is a failure.
struct Tally {
    unsigned losses = 0;
    unsigned lost_messages = 0;
    unsigned sent = 0;
    unsigned rejoins = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t resent = 0;
};

// Stock peers put what is new on a fresh connection before what they send again: the receiver must
// cope.
enum class Peer { ours, new_before_old };

class Run {
public:
    Run(unsigned seed, Peer kind) : random_(seed), kind_(kind) { establish(a_, b_); }

    void play(unsigned steps);
    void leave();
    Tally tally() const;

private:
    struct Side {
        End *from;
        End *to;
        std::deque<Bytes> flight;
        std::uint32_t next = 0;  // value of the next message
        std::map<std::uint32_t, Bytes> seen;
    };

    unsigned pick(unsigned below)
    {
        return std::uniform_int_distribution<unsigned>(0, below - 1)(random_);
    }
    void step(Side &side);
    void write(Side &side);
    void arrive(Side &side, std::size_t nr);
    void lose();
    void time(unsigned ms);
    void carry_out(Side &side);
    void expect_in_order(const Side &side);
    void drain();

    std::mt19937 random_;
    Peer kind_;
    End a_{1};
    End b_{2};
    Side sides_[2] = {{&a_, &b_, {}, 0, {}}, {&b_, &a_, {}, 0, {}}};
    Tally tally_;
};

void Run::write(Side &side)
{
    if (!side.from->batch())
        side.from->take(1 + pick(20));
    for (Bytes &message : side.from->write(1 + pick(20))) {
        std::string what = describe(message);
        if (what.rfind("MSG", 0) == 0) {
            dlm_in in = {};
            dlm_wire_decode(message.data(), message.size(), &in);
            auto [known, fresh] = side.seen.try_emplace(in.seq, message);
            ASSERT_EQ(known->second, message) << "number " << in.seq << " changed its bytes";
        }
        side.flight.push_back(std::move(message));
    }
}

void Run::arrive(Side &side, std::size_t nr)
{
    while (nr-- && !side.flight.empty()) {
        side.to->receive(side.flight.front());
        side.flight.pop_front();
    }
}

// The connection breaks: what is in flight is gone, and so is what was written in part.
void Run::lose()
{
    tally_.losses++;
    for (Side &side : sides_) {
        arrive(side, pick(5));
        tally_.lost_messages += static_cast<unsigned>(side.flight.size());
        side.flight.clear();
        if (kind_ == Peer::new_before_old && side.from == &b_ && dlm_session_can_send(&b_.s)) {
            // On the new connection, before it sends the old ones again.
            write(side);
            write(side);
        }
        side.from->restart();
    }
}

void Run::time(unsigned ms)
{
    for (Side &side : sides_) {
        side.from->now += ms;
        side.from->tick();
    }
}

void Run::carry_out(Side &side)
{
    std::uint32_t effects = dlm_session_effects(&side.from->s);
    EXPECT_EQ(effects & DLM_SESSION_FX_CLASH, 0U);
    if (effects & DLM_SESSION_FX_RESET_CONNECTION)
        lose();
}

void Run::step(Side &side)
{
    switch (pick(8)) {
    case 0:
    case 1:
    case 2:
        for (unsigned nr = pick(30); nr; nr--) {
            ASSERT_EQ(side.from->send(side.next++), 0);
            tally_.sent++;
        }
        break;
    case 3: side.from->send_status(1); break;
    case 4:
    case 5: write(side); break;
    default: arrive(side, pick(40)); break;
    }
    carry_out(side);
}

void Run::expect_in_order(const Side &side)
{
    const auto &got = side.to->delivered;
    for (std::uint32_t i = 0; i < got.size(); i++)
        ASSERT_EQ(got[i], i);
}

void Run::drain()
{
    for (int idle = 0; idle < 4;) {
        bool busy = false;
        for (Side &side : sides_) {
            busy |=
                side.from->batch() || dlm_session_can_send(&side.from->s) || !side.flight.empty();
            write(side);
            arrive(side, SIZE_MAX);
            carry_out(side);
        }
        idle = busy ? 0 : idle + 1;
        if (!busy)
            time(DLM_SESSION_GAP_MS);
    }
}

void Run::play(unsigned steps)
{
    for (unsigned i = 0; i < steps && !::testing::Test::HasFatalFailure(); i++) {
        step(sides_[pick(2)]);
        time(pick(20));
        if (pick(60) == 0)
            lose();
    }
    drain();
    for (Side &side : sides_) {
        expect_in_order(side);
        ASSERT_EQ(side.to->delivered.size(), side.next);
        ASSERT_EQ(side.from->frames(), 0U);
        ASSERT_EQ(dlm_session_unacked(&side.from->s), 0U);
        ASSERT_EQ(side.from->s.tx.nr_frames, 0U);
    }
}

// Both leave in some order, the connection breaking now and then, and come back.
void Run::leave()
{
    unsigned first = pick(2);
    sides_[first].from->remove();
    sides_[first].from->release();
    bool second_left = false;
    bool both = pick(2);
    for (unsigned i = 0; i < 5000; i++) {
        if (!second_left && pick(30) == 0) {
            sides_[!first].from->remove();
            if (both)
                sides_[!first].from->release();
            second_left = true;
        }
        for (Side &side : sides_) {
            if (pick(2))
                write(side);
            arrive(side, pick(3));
            dlm_session_effects(&side.from->s);
        }
        time(10);
        if (i < 200 && pick(10) == 0)
            lose();
        if (second_left && dlm_session_quiet(&a_.s) && dlm_session_quiet(&b_.s) &&
            sides_[0].flight.empty() && sides_[1].flight.empty())
            break;
    }
    for (Side &side : sides_) {
        ASSERT_STREQ(dlm_session_state_name(static_cast<dlm_session_state>(side.from->s.state)),
                     "CLOSED");
        ASSERT_EQ(side.from->frames(), 0U);
        dlm_session_open(&side.from->s, 1);
        side.next = 0;
        side.seen.clear();
        side.from->delivered.clear();
        tally_.duplicates += side.from->s.stats.rx_duplicates;
        tally_.resent += side.from->s.stats.tx_resent;
        side.from->s.stats = {};
    }
    establish(a_, b_);
    tally_.rejoins++;
}

Tally Run::tally() const
{
    Tally out = tally_;
    for (const Side &side : sides_) {
        out.duplicates += side.from->s.stats.rx_duplicates;
        out.resent += side.from->s.stats.tx_resent;
    }
    return out;
}

void play_seeds(Peer kind)
{
    Tally all;
    for (unsigned seed = 1; seed <= 60; seed++) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Run run(seed, kind);
        for (int round = 0; round < 3 && !::testing::Test::HasFatalFailure(); round++) {
            run.play(400);
            if (!::testing::Test::HasFatalFailure())
                run.leave();
        }
        if (::testing::Test::HasFatalFailure())
            return;
        Tally one = run.tally();
        all.losses += one.losses;
        all.lost_messages += one.lost_messages;
        all.sent += one.sent;
        all.rejoins += one.rejoins;
        all.duplicates += one.duplicates;
        all.resent += one.resent;
    }
    EXPECT_GT(all.losses, 1000U);
    EXPECT_GT(all.lost_messages, 1000U);
    EXPECT_GT(all.sent, 100000U);
    EXPECT_EQ(all.rejoins, 180U);
    EXPECT_GT(all.duplicates, 1000U);
    EXPECT_GT(all.resent, 10000U);
}

}  // namespace

TEST(SessionStream, survives_connections_that_break)
{
    play_seeds(Peer::ours);
}

TEST(SessionStream, survives_a_peer_that_sends_new_messages_before_the_old_ones)
{
    play_seeds(Peer::new_before_old);
}

}  // namespace dlm::session::test
