// SPDX-License-Identifier: GPL-2.0-or-later
// Random operations on one resource, played by the engine and by a second
// engine that is written here by hand, as literally from lock-semantics 4, 9 and
// 10 as possible and without any of the shortcuts. Callbacks and queues must be
// the same after each operation.
#include <algorithm>
#include <list>
#include <random>

#include "board.hh"

namespace dlm::test {
namespace {

// Order between callbacks of different locks means nothing: compare lock by lock.
std::string by_lock(const std::string &log)
{
    std::map<char, std::string> locks;
    for (size_t at = 0; at < log.size();) {
        const size_t end = std::min(log.find(' ', at), log.size());
        locks[log[at + 1]] += log.substr(at, end - at) + " ";
        at = end + 1;
    }
    std::string out;
    for (const auto &[name, text] : locks)
        out += text;
    return out;
}

struct Ref {
    char name;
    int gr = kNone;
    int rq = kNone;
    u32 flags = 0;
    int sb = 0;
    int high = 0;
    bool pending = false;
    bool demoted = false;
};

class Reference {
public:
    std::string log;
    std::list<Ref> g, c, w;

    Ref *find(std::list<Ref> &queue, char name)
    {
        for (Ref &lock : queue)
            if (lock.name == name)
                return &lock;
        return nullptr;
    }
    bool granted(char name) { return find(g, name) != nullptr; }
    bool known(char name) { return find(g, name) || find(c, name) || find(w, name); }

    void play(const Step &s)
    {
        log.clear();
        if (s.verb == '+')
            request(s);
        else if (s.verb == '>')
            convert(s);
        else if (s.verb == '-')
            unlock(s.lock);
        else
            cancel(s.lock);
    }

    std::string queues() const
    {
        std::map<char, int> holders;
        for (const Ref &l : g)
            holders[l.name] = l.gr;
        std::string out = "G[";
        std::string sep;
        for (const auto &[name, mode] : holders) {
            out += sep + name + ":" + mode_name(mode);
            sep = " ";
        }
        out += "] C[";
        sep = "";
        for (const Ref &l : c) {
            out += sep + l.name + ":" + mode_name(l.gr) + ">" + mode_name(l.rq);
            sep = " ";
        }
        out += "] W[";
        sep = "";
        for (const Ref &l : w) {
            out += sep + l.name;
            sep = " ";
        }
        return out + "]";
    }

private:
    void note(const std::string &what) { log += (log.empty() ? "" : " ") + what; }
    void cast(const Ref &l, int status)
    {
        const bool with = status == 0 || status == -DLM_ECANCEL;
        note(std::string("c") + l.name + "=" + status_name(status) +
             (with ? flag_names(l.sb) : ""));
    }
    void bast(Ref &l, int mode, int high)
    {
        note(std::string("b") + l.name + "=" + mode_name(mode));
        l.high = high;
    }

    bool blocked(char name, int mode) const
    {
        for (const auto *queue : {&g, &c})
            for (const Ref &l : *queue)
                if (l.name != name && !together(l.gr, mode))
                    return true;
        return false;
    }
    // 4.2
    bool can(const Ref &l, int mode, bool now, bool converts) const
    {
        if (blocked(l.name, mode))
            return false;
        if (!converts && (l.flags & DLM_LKF_EXPEDITE))
            return true;
        if (now && converts)
            return !(l.flags & DLM_LKF_QUECVT) || c.empty();
        if (l.flags & DLM_LKF_NOORDER)
            return true;
        if (converts)
            return c.front().name == l.name;
        if (now)
            return c.empty() && w.empty();
        return c.empty() && w.front().name == l.name;
    }
    static int alternative(const Ref &l)
    {
        if ((l.flags & DLM_LKF_ALTPR) && l.rq != mode_of("PR"))
            return mode_of("PR");
        if ((l.flags & DLM_LKF_ALTCW) && l.rq != mode_of("CW"))
            return mode_of("CW");
        return kNone;
    }
    void give(Ref l, int mode)
    {
        if (mode != l.rq)
            l.sb |= DLM_SBF_ALTMODE;
        l.gr = mode;
        l.rq = kNone;
        l.high = 0;
        l.pending = l.demoted = false;
        g.push_back(l);
        cast(g.back(), 0);
    }
    static void queue_up(std::list<Ref> &queue, const Ref &l)
    {
        if (l.flags & DLM_LKF_HEADQUE)
            queue.push_front(l);
        else
            queue.push_back(l);
    }

    void b1_b2(int rq, char except, std::list<Ref> &queue)
    {
        for (Ref &l : queue) {
            if (l.name == except)
                continue;
            const bool pair = (l.gr == 3 && rq == 2) || (l.gr == 2 && rq == 3);
            if (pair ? l.high < 5 : (l.high < rq && !together(l.gr, rq)))
                bast(l, rq, rq);
        }
    }
    void b3(Ref *only)
    {
        int high = 0;
        bool cw = false;
        for (auto *queue : {&c, &w}) {
            for (const Ref &l : *queue) {
                if (l.pending)
                    continue;
                high = std::max(high, l.rq);
                cw |= l.rq == 2;
            }
        }
        for (Ref &l : g) {
            if (only != nullptr && only->name != l.name)
                continue;
            const bool pair = l.gr == 3 && cw;
            if (pair ? l.high < 5 : (l.high < high && !together(l.gr, high)))
                bast(l, pair && high == 3 ? 2 : high, high);
        }
    }

    bool deadlocked(const Ref &lock) const
    {
        bool behind = false;
        for (const Ref &o : c) {
            if (o.name == lock.name) {
                behind = true;
                continue;
            }
            const bool a = !together(lock.gr, o.rq);
            const bool b = !together(o.gr, lock.rq);
            if (behind ? a && b : a)
                return true;
        }
        return false;
    }
    bool resolve()
    {
        for (Ref &l : c)
            l.pending = deadlocked(l);
        for (Ref &l : c) {
            if (!l.pending)
                continue;
            if (l.flags & DLM_LKF_CONVDEADLK) {
                demote(l);
                return true;
            }
            if ((l.flags & DLM_LKF_NODLCKWT) && l.high < l.rq)
                bast(l, l.rq, l.rq);
        }
        return false;
    }
    static void demote(Ref &l)
    {
        l.gr = 0;
        l.sb |= DLM_SBF_DEMOTED;
        l.demoted = true;
        l.pending = false;
    }
    bool grant_one_conversion()
    {
        for (auto it = c.begin(); it != c.end(); ++it) {
            int mode = kNone;
            if (can(*it, it->rq, false, true))
                mode = it->rq;
            else if (!deadlocked(*it) && alternative(*it) != kNone &&
                     can(*it, alternative(*it), false, true))
                mode = alternative(*it);
            if (mode == kNone)
                continue;
            const Ref l = *it;
            c.erase(it);
            give(l, mode);
            return true;
        }
        return false;
    }
    bool conversions()
    {
        bool any = false;
        do {
            while (grant_one_conversion())
                any = true;
        } while (resolve());
        return any;
    }
    void pass()
    {
        conversions();
        for (auto it = w.begin(); it != w.end();) {
            int mode = kNone;
            if (can(*it, it->rq, false, false))
                mode = it->rq;
            else if (alternative(*it) != kNone && can(*it, alternative(*it), false, false))
                mode = alternative(*it);
            if (mode == kNone) {
                ++it;
                continue;
            }
            const Ref l = *it;
            it = w.erase(it);
            give(l, mode);
        }
        b3(nullptr);
    }

    void request(const Step &s)
    {
        Ref l{.name = s.lock, .rq = s.mode, .flags = s.flags};
        int mode = kNone;
        if (can(l, l.rq, true, false))
            mode = l.rq;
        else if (alternative(l) != kNone && can(l, alternative(l), true, false))
            mode = alternative(l);
        if (mode != kNone) {
            give(l, mode);
            if (l.flags & DLM_LKF_NOORDER) {
                for (Ref &o : c)
                    o.pending = deadlocked(o);
                b3(&g.back());
            }
        } else if (l.flags & DLM_LKF_NOQUEUE) {
            cast(l, -EAGAIN);
            if (l.flags & DLM_LKF_NOQUEUEBAST) {
                b1_b2(l.rq, l.name, g);
                b1_b2(l.rq, l.name, c);
            }
        } else {
            queue_up(w, l);
            b1_b2(l.rq, l.name, g);
        }
    }
    void convert(const Step &s)
    {
        Ref *at = find(g, s.lock);
        at->rq = s.mode;
        at->flags = s.flags;
        at->sb = 0;
        Ref l = *at;
        auto take = [&] { g.remove_if([&](const Ref &o) { return o.name == s.lock; }); };

        if (can(l, l.rq, true, true)) {
            take();
            give(l, l.rq);
            return pass();
        }
        if (!(l.flags & DLM_LKF_NOQUEUE)) {
            bool dead = false;
            for (const Ref &o : c)
                dead |= !together(l.gr, o.rq);
            if (dead && (l.flags & DLM_LKF_CONVDEADLK)) {
                demote(*at);
                const bool others = conversions();
                l = *find(g, s.lock);
                if (can(l, l.rq, true, true)) {
                    take();
                    give(l, l.rq);
                    return pass();
                }
                take();
                queue_up(c, l);
                b1_b2(l.rq, l.name, g);
                if (!others)
                    return;
                for (Ref &o : c)
                    o.pending = deadlocked(o);
                return b3(nullptr);
            }
            if (dead && (l.flags & DLM_LKF_NODLCKWT)) {
                take();
                queue_up(c, l);
                b1_b2(l.rq, l.name, g);
                if (resolve())
                    pass();
                return;
            }
            if (dead) {
                at->rq = kNone;
                return cast(l, -EDEADLK);
            }
        }
        const int alt = alternative(l);
        if (alt != kNone && can(l, alt, true, true)) {
            take();
            give(l, alt);
            return pass();
        }
        if (l.flags & DLM_LKF_NOQUEUE) {
            cast(l, -EAGAIN);
            at->rq = kNone;
            if (l.flags & DLM_LKF_NOQUEUEBAST) {
                b1_b2(l.rq, l.name, g);
                b1_b2(l.rq, l.name, c);
            }
            return;
        }
        take();
        queue_up(c, l);
        b1_b2(l.rq, l.name, g);
    }
    void unlock(char name)
    {
        for (auto *queue : {&g, &c, &w})
            queue->remove_if([&](const Ref &o) { return o.name == name; });
        note(std::string("c") + name + "=EUNLOCK");
        pass();
    }
    void cancel(char name)
    {
        if (find(w, name) != nullptr) {
            w.remove_if([&](const Ref &o) { return o.name == name; });
            note(std::string("c") + name + "=ECANCEL");
            return pass();
        }
        Ref *at = find(c, name);
        if (at == nullptr)
            return;
        Ref l = *at;
        c.remove_if([&](const Ref &o) { return o.name == name; });
        l.rq = kNone;
        l.pending = false;
        l.sb = l.demoted ? DLM_SBF_DEMOTED : 0;
        l.demoted = false;
        g.push_back(l);
        cast(l, -DLM_ECANCEL);
        pass();
    }
};

class Dice {
public:
    explicit Dice(unsigned seed) : rng_(seed) {}
    int below(int n) { return int(rng_() % unsigned(n)); }
    bool one_in(int n) { return below(n) == 0; }

private:
    std::mt19937 rng_;
};

u32 random_flags(Dice &dice, bool convert, int from, int to)
{
    u32 flags = 0;

    if (dice.one_in(8))
        flags |= DLM_LKF_NOQUEUE;
    if (dice.one_in(8))
        flags |= DLM_LKF_NOQUEUEBAST;
    if (dice.one_in(8))
        flags |= DLM_LKF_HEADQUE;
    if (dice.one_in(10))
        flags |= DLM_LKF_NOORDER;
    if (dice.one_in(10))
        flags |= DLM_LKF_ALTPR;
    if (dice.one_in(10))
        flags |= DLM_LKF_ALTCW;
    if (convert && dice.one_in(3))
        flags |= DLM_LKF_NODLCKWT;
    if (convert && !(flags & DLM_LKF_NOQUEUE) && dice.one_in(6))
        flags |= DLM_LKF_CONVDEADLK;
    if (convert && to > from && dice.one_in(6))
        flags |= DLM_LKF_QUECVT;
    if (!convert && to == 0 && dice.one_in(2))
        flags = DLM_LKF_EXPEDITE;
    return flags;
}

std::string text(const Step &s)
{
    return std::string(1, s.lock) + s.verb + (s.mode < 0 ? "" : mode_name(s.mode)) + " flags " +
           std::to_string(s.flags);
}

// Returns the number of operations that had an effect on another lock.
int play_random(unsigned seed, int nr_steps)
{
    static const std::string kNames = "12345678";
    Dice dice(seed);
    Reference ref;
    Board board;
    std::string history;
    int effects = 0;

    for (int i = 0; i < nr_steps; i++) {
        Step s;
        s.lock = kNames[size_t(dice.below(int(kNames.size())))];
        if (!ref.known(s.lock)) {
            s.verb = '+';
            s.mode = dice.below(6);
            s.flags = random_flags(dice, false, kNone, s.mode);
        } else if (ref.granted(s.lock) && !dice.one_in(5)) {
            s.verb = '>';
            s.mode = dice.below(6);
            s.flags = random_flags(dice, true, ref.find(ref.g, s.lock)->gr, s.mode);
        } else {
            s.verb = dice.one_in(2) ? '-' : 'x';
        }
        history += text(s);
        ref.play(s);
        const std::string log = board.run_step(s);
        EXPECT_EQ(by_lock(log), by_lock(ref.log)) << "seed " << seed << "\n" << history;
        EXPECT_EQ(board.queues(), ref.queues()) << "seed " << seed << "\n" << history;
        history += "    " + log + " " + board.queues() + "\n";
        if (testing::Test::HasFailure()) {
            ADD_FAILURE() << "seed " << seed << "\n" << history;
            return effects;
        }
        effects += log.find(' ') != std::string::npos;
    }
    return effects;
}

TEST(Random, agrees_with_a_second_engine)
{
    int effects = 0;
    for (unsigned seed = 1; seed <= 300 && !HasFailure(); seed++)
        effects += play_random(seed, 120);
    EXPECT_GT(effects, 6000);
}

}  // namespace
}  // namespace dlm::test
