// SPDX-License-Identifier: GPL-2.0-or-later
//
// Processes that lock at random until the time is over, while one after the other is killed. Each
// tells the others of its node in shared memory what it surely holds: two that must not be there
// together are seen. Killed ones leave persistent locks behind, which are purged.
#include "run.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dlm::user {
namespace {

constexpr int resources = 4, processes = 3, locks = 4;
// NL CR CW PR PW EX against the same: lock-semantics.md, the matrix of modes.
constexpr const char *compatible[6] = {"111111", "111110", "111000", "110100", "110000", "100000"};
constexpr int granted = 0, unlocked = -0x10002, cancelled = -0x10001;

using Clock = std::chrono::steady_clock;

// One for each process, written by that process alone, but for its life, which the parent counts:
// odd from before it ends until its claims are gone. Of a dying one nobody knows what it holds.
struct Claims {
    volatile unsigned life;
    volatile int modes[locks][2];  // resource, mode; mode 0 claims nothing
    volatile unsigned long operations;
};

struct Held {
    int resource = 0, id = 0, mode = -1, wanted = -1;
    bool busy = false, cancelling = false;
    Clock::time_point since;
};

class Process {
public:
    Process(const std::string &space, const std::string &prefix, unsigned seed, Claims *all,
            int self)
        : space_(space), space_name_(space), prefix_(prefix), random_(seed), all_(all), self_(self)
    {
    }

    [[noreturn]] void run(Clock::time_point end)
    {
        while (Clock::now() < end || !held_.empty()) {
            const bool ending = Clock::now() >= end;
            const int slot = below(locks);
            if (!held_.count(slot)) {
                if (!ending)
                    request(slot);
            } else {
                step(slot, ending);
            }
            if (ending && Clock::now() > end + std::chrono::seconds(60))
                fail("locks that never ended", static_cast<int>(held_.size()));
            while (auto callback = space_.next(below(8)))
                heard(*callback);
        }
        _exit(0);
    }

private:
    int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

    // With what the node's lock manager has to say, as it is at this moment.
    [[noreturn]] void fail(const char *what, int value)
    {
        // Its locks go with it: that is no second failure for who gets them.
        all_[self_].life = all_[self_].life | 1;
        std::printf("storm, process %d: %s: %d\n", self_, what, value);
        std::ifstream resources("/sys/kernel/debug/dlm/" + space_name_);
        for (std::string line; std::getline(resources, line);)
            std::printf("%s\n", line.c_str());
        std::fflush(stdout);
        _exit(1);
    }

    LockRequest shape(int slot, int mode, std::uint32_t flags)
    {
        LockRequest r;
        r.mode = mode;
        r.flags = flags;
        r.castparam = static_cast<std::uint64_t>(slot) + 1;
        r.bastparam = r.castparam;
        r.bastaddr = 0x1003;
        return r;
    }

    void request(int slot)
    {
        Held h;
        h.resource = below(resources);
        h.wanted = below(6);
        LockRequest r =
            shape(slot, h.wanted,
                  (below(3) ? 0u : DLM_LKF_NOQUEUE) | (below(9) ? 0u : DLM_LKF_PERSISTENT) |
                      (below(3) ? 0u : DLM_LKF_VALBLK));
        r.name = prefix_ + std::to_string(h.resource);
        h.id = space_.call(r);
        if (h.id <= 0)
            fail("a request", h.id);
        begin(h);
        held_[slot] = h;
    }

    void begin(Held &h)
    {
        h.busy = true;
        h.cancelling = false;
        h.since = Clock::now();
        all_[self_].operations = all_[self_].operations + 1;
    }

    void step(int slot, bool ending)
    {
        Held &h = held_[slot];
        if (h.busy) {
            // Unlocks cannot be cancelled (7.3, S8).
            if (h.wanted >= 0 && !h.cancelling &&
                Clock::now() - h.since > std::chrono::milliseconds(200)) {
                LockRequest r = shape(slot, 0, DLM_LKF_CANCEL);
                r.cmd = DLM_USER_UNLOCK;
                r.lkid = static_cast<std::uint32_t>(h.id);
                const int result = space_.call(r);
                // ENOENT: it has ended, and that is not read yet.
                if (result < 0 && result != -EBUSY && result != -ENOENT)
                    fail("a cancel", result);
                h.cancelling = result >= 0;
                if (!h.cancelling)
                    h.since = Clock::now();
            }
            return;
        }
        LockRequest r;
        if (ending || below(3) == 0) {
            r = shape(slot, 0, below(2) && h.mode >= 4 ? DLM_LKF_VALBLK : 0);
            r.cmd = DLM_USER_UNLOCK;
            h.wanted = -1;
        } else {
            h.wanted = below(6);
            r = shape(slot, h.wanted,
                      DLM_LKF_CONVERT | (below(3) ? 0u : DLM_LKF_NOQUEUE) |
                          (below(3) ? 0u : DLM_LKF_VALBLK));
        }
        r.lkid = static_cast<std::uint32_t>(h.id);
        // Until the answer, no more is sure than both have.
        claim(slot, h.resource, sure(h.mode, h.wanted));
        const int result = space_.call(r);
        if (result == -EBUSY) {  // the end of a cancel that came too late
            claim(slot, h.resource, h.mode);
            return;
        }
        if (result < 0)
            fail("a call", result);
        begin(h);
    }

    // PR and CW are no more and no less than each other.
    static int sure(int mode, int wanted)
    {
        const int less = wanted < mode ? wanted : mode, more = wanted < mode ? mode : wanted;
        return less == 2 && more == 3 ? 1 : less;
    }

    void heard(const Callback &callback)
    {
        const int slot = static_cast<int>(callback.astparam) - 1;
        auto it = held_.find(slot);
        if (callback.bast_mode) {
            if (it != held_.end() && !it->second.busy && below(4))
                step(slot, true);
            return;
        }
        if (it == held_.end())
            fail("a completion for nobody, slot", slot);
        Held &h = it->second;
        if (!h.busy)
            fail("a second completion", callback.status);
        h.busy = false;
        const bool is_new = h.mode < 0;
        switch (callback.status) {
        case granted: h.mode = h.wanted; break;
        case unlocked:
            if (h.wanted >= 0)
                fail("unlocked, and was not asked for", h.wanted);
            held_.erase(it);
            return;
        case cancelled:
        case -EAGAIN:
        case -EDEADLK:
            if (is_new) {
                held_.erase(it);
                return;
            }
            break;
        default: fail("a status", callback.status);
        }
        claim(slot, h.resource, h.mode);
    }

    void claim(int slot, int resource, int mode)
    {
        auto &mine = all_[self_].modes[slot];
        mine[0] = resource;
        mine[1] = mode > 0 ? mode : 0;
        __sync_synchronize();
        for (int other = 0; mode > 0 && other < processes; other++)
            for (int theirs = 0; theirs < locks; theirs++)
                if (other != self_ || theirs != slot)
                    compare(slot, other, theirs);
    }

    // The other one claims the same all the time that we look, and has one life all that time.
    void compare(int slot, int other, int their_slot)
    {
        const auto &mine = all_[self_].modes[slot], &theirs = all_[other].modes[their_slot];
        const unsigned life = all_[other].life;
        __sync_synchronize();
        const int held = theirs[1];
        if (life % 2 || theirs[0] != mine[0] || compatible[mine[1]][held] != '0')
            return;
        __sync_synchronize();
        if (theirs[0] != mine[0] || theirs[1] != held || all_[other].life != life)
            return;
        std::printf("storm, process %d: slot %d, id %x; process %d: slot %d, claims resource %d\n",
                    self_, slot, held_[slot].id, other, their_slot, mine[0]);
        fail("two holders, modes", mine[1] * 10 + held);
    }

    Space space_;
    std::string space_name_, prefix_;
    std::mt19937 random_;
    Claims *all_;
    int self_;
    std::map<int, Held> held_;
};

}  // namespace

int storm(const std::string &space, const std::string &prefix, int node, unsigned seed,
          unsigned seconds)
{
    void *shared = mmap(nullptr, sizeof(Claims) * processes, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 2;
    auto *all = static_cast<Claims *>(shared);
    const auto end = Clock::now() + std::chrono::seconds(seconds);
    std::array<pid_t, processes> pids{};
    unsigned started = 0, killed = 0;
    unsigned long operations = 0;
    int failed = 0;
    std::mt19937 random(seed);
    Space purger(space);

    auto begin = [&](int i) {
        pids[static_cast<std::size_t>(i)] = fork();
        if (!pids[static_cast<std::size_t>(i)])
            Process(space, prefix, seed + 1000 * ++started, all, i).run(end);
        started++;
    };
    auto ended = [&](int i, bool was_killed) {
        const pid_t pid = pids[static_cast<std::size_t>(i)];
        int status = 0;
        if (waitpid(pid, &status, 0) != pid || (!was_killed && status != 0))
            failed++;
        operations += all[i].operations;
        for (auto &mine : all[i].modes)
            mine[1] = 0;
        all[i].operations = 0;
        __sync_synchronize();
        all[i].life = (all[i].life + 2) & ~1u;
        if (int result = purger.purge(node, pid); result < 0) {
            std::printf("storm: purge of process %d: %d\n", pid, result);
            failed++;
        }
    };
    for (int i = 0; i < processes; i++)
        begin(i);
    while (Clock::now() < end && !failed) {
        usleep(300000);
        const int victim = static_cast<int>(random() % processes);
        all[victim].life = all[victim].life | 1;
        __sync_synchronize();
        const pid_t pid = pids[static_cast<std::size_t>(victim)];
        // One that has failed by itself is told from one that is killed.
        int status = 0;
        if (waitpid(pid, &status, WNOHANG) == pid) {
            failed += Clock::now() < end;
            pids[static_cast<std::size_t>(victim)] = 0;
            break;
        }
        kill(pid, SIGKILL);
        killed++;
        ended(victim, true);
        begin(victim);
    }
    for (int i = 0; i < processes; i++)
        if (pids[static_cast<std::size_t>(i)])
            ended(i, false);
    std::printf("storm: operations=%lu killed=%u failed=%d\n", operations, killed, failed);
    return failed ? 1 : 0;
}

}  // namespace dlm::user
