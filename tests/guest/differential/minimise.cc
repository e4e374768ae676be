// SPDX-License-Identifier: GPL-2.0-or-later
#include "minimise.h"

#include <algorithm>

namespace dlm::differential {
namespace {

std::size_t count_operations(const Sequence &sequence)
{
    std::size_t count = 0;
    for (const Step &step : sequence.steps)
        count += step.operations.size();
    return count;
}

// Without the operations of these numbers; steps that become empty go.
Sequence without(const Sequence &sequence, std::size_t from, std::size_t to)
{
    Sequence less;
    std::size_t number = 0;
    for (const Step &step : sequence.steps) {
        Step kept{step.overlap, {}};
        for (const Operation &op : step.operations) {
            if (number < from || number >= to)
                kept.operations.push_back(op);
            number++;
        }
        if (!kept.operations.empty())
            less.steps.push_back(std::move(kept));
    }
    return less;
}

// One operation with less: without its flags, each flag, its words.
void simpler(const Sequence &sequence, std::vector<Sequence> &candidates)
{
    for (std::size_t s = 0; s < sequence.steps.size(); s++) {
        for (std::size_t o = 0; o < sequence.steps[s].operations.size(); o++) {
            const Operation &op = sequence.steps[s].operations[o];
            const auto with = [&](const std::string &flags, const std::string &words) {
                Sequence less = sequence;
                less.steps[s].operations[o].flags = flags;
                less.steps[s].operations[o].words = words;
                candidates.push_back(std::move(less));
            };
            if (!op.words.empty())
                with(op.flags, "");
            const std::string all = op.flags + (op.flags.empty() ? "" : ",");
            for (std::size_t from = 0; from < all.size();) {
                const std::size_t end = all.find(',', from) + 1;
                std::string rest = all.substr(0, from) + all.substr(end);
                if (!rest.empty())
                    rest.pop_back();
                with(rest, op.words);
                from = end;
            }
        }
    }
}

std::vector<Sequence> smaller(const Sequence &sequence)
{
    const std::size_t count = count_operations(sequence);
    std::vector<Sequence> candidates;
    for (std::size_t size : {count / 2, count / 4, std::size_t{2}, std::size_t{1}})
        for (std::size_t from = 0; size && size < count && from < count; from += size)
            candidates.push_back(without(sequence, from, from + size));
    simpler(sequence, candidates);
    return candidates;
}

std::size_t weight(const Sequence &sequence)
{
    std::size_t sum = 0;
    for (const Step &step : sequence.steps)
        for (const Operation &op : step.operations)
            sum += 100 + op.flags.size() + op.words.size();
    return sum;
}

}  // namespace

Sequence minimise(const Sequence &sequence, const Judge &judge, int most)
{
    Sequence best = sequence;
    for (int round = 0; round < most; round++) {
        std::vector<Sequence> candidates = smaller(best);
        // A name of its own, and with it resources that nobody has used.
        for (std::size_t i = 0; i < candidates.size(); i++)
            candidates[i].name =
                sequence.name + "m" + std::to_string(round) + "c" + std::to_string(i) + "c";
        const std::vector<bool> shows = judge(candidates);
        const Sequence *least = nullptr;
        for (std::size_t i = 0; i < candidates.size(); i++)
            if (shows[i] && (!least || weight(candidates[i]) < weight(*least)))
                least = &candidates[i];
        if (!least)
            break;
        best = *least;
    }
    return best;
}

}  // namespace dlm::differential
