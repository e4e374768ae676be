// SPDX-License-Identifier: GPL-2.0-or-later
//
// The differential test tested: sequences are the same for the same numbers and cover what they
// should, an altered history is noticed and reduced to what matters, and excuses excuse no more
// than they say.
#include "differential/excuses.h"
#include "differential/generate.h"
#include "differential/history.h"
#include "differential/minimise.h"
#include "differential/record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace dlm::differential {
namespace {

std::string text_of_all(const Sequence &sequence)
{
    std::string text;
    for (const Step &step : sequence.steps)
        text += (step.overlap ? "%" : "") + text_of(step) + "\n";
    return text;
}

bool contains(const std::string &text, const std::string &part)
{
    return text.find(part) != std::string::npos;
}

TEST(Generate, same_numbers_give_the_same_sequence)
{
    for (int i = 0; i < 50; i++) {
        EXPECT_EQ(text_of_all(generate(7, i)), text_of_all(generate(7, i)));
        EXPECT_NE(text_of_all(generate(7, i)), text_of_all(generate(8, i)));
        EXPECT_NE(text_of_all(generate(7, i)), text_of_all(generate(7, i + 1)));
    }
}

TEST(Generate, every_mode_flag_operation_and_size_occurs)
{
    std::string all;
    std::set<std::size_t> locks, resources, nodes;
    int overlaps = 0;
    for (int i = 0; i < 1000; i++) {
        const Sequence sequence = generate(1, i);
        locks.insert(sequence.locks().size());
        resources.insert(sequence.resources().size());
        std::set<char> letters;
        for (const LockName &lock : sequence.locks())
            letters.insert(lock.node);
        nodes.insert(letters.size());
        for (const Step &step : sequence.steps)
            overlaps += step.overlap;
        all += text_of_all(sequence);
    }
    for (const char *mode : {"NL", "CR", "CW", "PR", "PW", "EX", "6", "-1"}) {
        EXPECT_TRUE(contains(all, std::string("+") + mode)) << mode;
        EXPECT_TRUE(contains(all, std::string(">") + mode)) << mode;
    }
    for (const char *flag :
         {"vb", "noq", "nqb", "head", "apr", "acw", "exp", "ndb", "pers", "orph", "iv", "0x100000",
          "timeout", "quecvt", "cdl", "ndw", "noord", "cancel"})
        EXPECT_TRUE(contains(all, std::string("(") + flag) ||
                    contains(all, std::string(",") + flag))
            << flag;
    EXPECT_TRUE(contains(all, "-(F"));
    for (std::size_t n = 1; n <= 3; n++) {
        EXPECT_TRUE(nodes.count(n)) << n << " nodes";
        EXPECT_TRUE(resources.count(n)) << n << " resources";
    }
    EXPECT_EQ(*locks.rbegin(), 8u);
    EXPECT_GT(overlaps, 400);
}

TEST(Generate, what_is_printed_can_be_read_again)
{
    for (int i = 0; i < 300; i++) {
        const Sequence sequence = generate(3, i);
        History nothing;
        std::string error;
        const auto read = read_sequences(text_of(sequence, nothing, nothing), error);
        ASSERT_EQ(error, "");
        ASSERT_EQ(read.size(), 1u);
        EXPECT_EQ(read[0].name, sequence.name);
        EXPECT_EQ(text_of_all(read[0]), text_of_all(sequence));
    }
}

LockName lock(const std::string &number)
{
    return {'M', number};
}

TEST(History, lines_are_in_an_order_of_their_own)
{
    Recorder recorder(false);
    recorder.queued("r0", 3, lock("2"), 3, 5);
    recorder.queued("r0", 2, lock("4"), 0, -1);
    recorder.queued("r0", 2, lock("1"), 3, 5);
    recorder.completed(lock("2"), -11, 1, "own", "a", "b", "text");
    recorder.blocks(lock("1"), 5, "a", "a");
    Operation op;
    op.verb = Verb::cancel;
    op.lock = {'A', "3"};
    recorder.returned(op, "EBUSY");
    EXPECT_EQ(
        recorder.moment().lines,
        (std::vector<std::string>{"ret A3x EBUSY", "1 b EX a a", "2 c EAGAIN/DEM own a b lvb=text",
                                  "r0 G 1:PR 4:NL", "r0 C 2:PR>EX"}));
}

// C-5: which of them are merged depends on when they are delivered.
TEST(History, blocking_callbacks_that_may_be_merged_count_once_where_operations_overlap)
{
    for (bool overlap : {false, true}) {
        Recorder recorder(overlap);
        for (int mode : {3, 3, 5, 4, 2})
            recorder.blocks(lock("1"), mode, "a", "a");
        recorder.completed(lock("1"), 0, 0, "own", "a", "a", "");
        recorder.blocks(lock("1"), 3, "a", "a");
        EXPECT_EQ(recorder.moment().lines.size(), overlap ? 4u : 7u);
    }
}

TEST(History, survives_being_kept_in_a_file)
{
    std::map<std::string, History> histories;
    histories["one"].steps = {{{"ret 1+EX 0", "1 c 0"}}, {{}}, {{"r0 G 1:EX"}}};
    histories["two"].steps = {{{"x"}}};
    histories["none"];
    EXPECT_EQ(from_file(to_file(histories)), histories);
}

// What "make check" runs, and nothing else: a generator that gives other sequences needs another
// record.
TEST(Record, the_tree_has_the_history_of_each_sequence_of_make_check)
{
    std::vector<Sequence> sequences;
    for (int i = 0; i < 300; i++)
        sequences.push_back(generate(1, i));
    const auto kept = unpack(packed_file(), sequences);
    ASSERT_TRUE(kept) << packed_file();
    for (const Sequence &sequence : sequences)
        EXPECT_EQ(kept->at(sequence.name).steps.size(), sequence.steps.size()) << sequence.name;
    sequences[7].steps.pop_back();
    EXPECT_FALSE(unpack(packed_file(), sequences)) << "other sequences have other histories";
}

TEST(Record, what_is_packed_is_what_is_unpacked)
{
    const std::vector<Sequence> sequences = {generate(1, 0), generate(1, 1)};
    Histories histories;
    histories[sequences[0].name].steps = {{{"ret 1+EX 0", "1 c 0"}}, {{}}};
    histories[sequences[1].name].steps = {{{"x"}}};
    const std::string file = testing::TempDir() + "packed.gz";
    ASSERT_TRUE(pack(file, sequences, histories));
    EXPECT_EQ(unpack(file, sequences), histories);
    EXPECT_FALSE(unpack(file, {sequences[0]}));
    EXPECT_FALSE(unpack(file + ".none", sequences));
}

TEST(Compare, any_altered_line_is_noticed)
{
    History stock;
    stock.steps = {{{"ret 1+EX 0", "1 c 0 own a a"}}, {{"r0 G 1:EX", "r0 C 2:PR>EX"}}};
    EXPECT_TRUE(compare(stock, stock).none());
    for (std::size_t step = 0; step < 2; step++) {
        for (std::size_t line = 0; line < 2; line++) {
            History altered = stock;
            altered.steps[step].lines[line] += "x";
            EXPECT_EQ(compare(stock, altered).step, step);
            EXPECT_EQ(compare(stock, altered).ours,
                      altered.steps[step].lines[line] == ""
                          ? std::vector<std::string>{}
                          : std::vector<std::string>{altered.steps[step].lines[line]});
            altered = stock;
            altered.steps[step].lines.erase(altered.steps[step].lines.begin());
            EXPECT_FALSE(compare(stock, altered).none());
            std::swap(altered.steps[step], altered.steps[1 - step]);
            EXPECT_FALSE(compare(stock, altered).none());
        }
    }
    History shorter = stock, swapped = stock;
    shorter.steps.pop_back();
    EXPECT_FALSE(compare(stock, shorter).none());
    std::swap(swapped.steps[0].lines[0], swapped.steps[0].lines[1]);
    EXPECT_FALSE(compare(stock, swapped).none()) << "the order counts";
}

// A fault that needs two operations: found among a dozen, and their flags with them.
TEST(Minimise, leaves_what_is_needed)
{
    const auto shows = [](const Sequence &sequence) {
        bool first = false;
        for (const Step &step : sequence.steps)
            for (const Operation &op : step.operations) {
                if (first && op.verb == Verb::unlock)
                    return true;
                first = first || (op.verb == Verb::convert && contains(op.flags, "vb"));
            }
        return false;
    };
    int found = 0, rounds = 0;
    for (int i = 0; i < 200; i++) {
        const Sequence sequence = generate(5, i);
        if (!shows(sequence))
            continue;
        std::set<std::string> names;
        const Sequence least = minimise(
            sequence,
            [&](const std::vector<Sequence> &candidates) {
                rounds++;
                std::vector<bool> results;
                for (const Sequence &candidate : candidates) {
                    EXPECT_TRUE(names.insert(candidate.name).second) << candidate.name;
                    results.push_back(shows(candidate));
                }
                return results;
            },
            40);
        std::vector<Operation> left;
        for (const Step &step : least.steps)
            left.insert(left.end(), step.operations.begin(), step.operations.end());
        ASSERT_EQ(left.size(), 2u) << text_of_all(least);
        EXPECT_EQ(left[0].flags, "vb");
        EXPECT_EQ(left[1].flags + left[0].words + left[1].words, "");
        found++;
    }
    EXPECT_GT(found, 50);
}

// A sequence, what both saw before the last step, what each saw in it. Calls of that step that say
// nothing else were accepted.
struct Case {
    const char *name;
    const char *text;
    std::vector<std::vector<std::string>> before;
    std::vector<std::string> stock, ours;
};

std::string verdict(const Case &c)
{
    std::string error;
    const auto sequences = read_sequences(std::string("S [O engine] one\n") + c.text, error);
    EXPECT_EQ(error, "") << c.name;
    History stock, ours;
    for (const auto &lines : c.before)
        stock.steps.push_back({lines});
    ours = stock;
    std::vector<std::string> accepted;
    if (c.stock.empty() || !c.stock[0].starts_with("ret "))
        for (const Operation &op : sequences.at(0).steps.at(c.before.size()).operations)
            accepted.push_back("ret " + text_of(op) + " 0");
    for (auto [history, lines] : {std::pair(&stock, &c.stock), std::pair(&ours, &c.ours)}) {
        history->steps.push_back({accepted});
        auto &all = history->steps.back().lines;
        all.insert(all.end(), lines->begin(), lines->end());
    }
    return excuse(sequences.at(0), stock, ours, compare(stock, ours));
}

const Case excused[] = {
    {"X4",
     "    1@r0+PR\n    1>EX(cdl)\n    1x\n",
     {{"ret 1@r0+PR 0"}, {"ret 1>EX(cdl) 0"}},
     {"ret 1x 0", "1 c ECANCEL own a a"},
     {"ret 1x 0", "1 c ECANCEL/DEM own a a"}},
    {"X5",
     "    A1@r0+NL\n    A1>PR(acw)\n",
     {{"ret A1@r0+NL 0"}},
     {"A1 holds PR"},
     {"A1 holds CW"}},
    {"X6", "    1@r0+PR(noord)\n", {}, {"1 c 0 own a a"}, {"1 c 0 own a a", "1 b EX a a"}},
    {"8.2",
     "    %cut\n    1@r0+PR 4@r0+EX 1x\n    %heal\n",
     {},
     {"ret 1@r0+PR 0", "ret 4@r0+EX 0", "ret 1x 0", "1 c ECANCEL"},
     {"ret 1@r0+PR 0", "ret 4@r0+EX 0", "ret 1x 0", "1 c ECANCEL", "4 c 0", "r0 G 4:EX",
      "4 holds EX"}},
    {"X8",
     "    1@r0+PR\n    1x\n    1x\n",
     {{"ret 1@r0+PR 0"}, {"ret 1x 0"}},
     {"ret 1x EINVAL"},
     {"ret 1x 0"}},
    {"X11",
     "    1@r0+EX(iv)\n    1-\n    1@r0+EX\n    1>CR\n",
     {{"ret 1@r0+EX(iv) 0", "r0 G 1:EX"}, {"ret 1- 0"}, {"ret 1@r0+EX 0"}},
     {"1 c 0/VNV own a a"},
     {"1 c 0 own a a"}},
    {"X12",
     "    1@r0+EX(vb)\n    1>PR(vb,iv)\n    1>CR\n",
     {{"ret 1@r0+EX(vb) 0", "r0 G 1:EX"}, {"ret 1>PR(vb,iv) 0", "r0 G 1:PR"}},
     {"1 c 0/VNV own a a"},
     {"1 c 0 own a a"}},
    {"X12",
     "    1@r0+EX\n    1>PR(iv)\n    1>EX(vb)\n",
     {{"ret 1@r0+EX 0", "r0 G 1:EX"}, {"ret 1>PR(iv) 0", "r0 G 1:PR"}},
     {"1 c 0 own a a"},
     {"1 c 0/VNV own a a"}},
    {"X12",
     "    1@r0+EX(vb,iv)\n    1-(vb) A2@r0+EX(vb) A2>PR\n",
     {{"ret 1@r0+EX(vb,iv) 0", "r0 G 1:EX"}},
     {"ret 1-(vb) 0", "ret A2@r0+EX(vb) 0", "ret A2>PR EBUSY", "A2 c 0"},
     {"ret 1-(vb) 0", "ret A2@r0+EX(vb) 0", "ret A2>PR EBUSY", "A2 c 0/VNV"}},
    {"X13",
     "    1@r0+EX(F)\n    1-(F)\n",
     {{"ret 1@r0+EX(F) 0"}},
     {"ret 1-(F) EINVAL", "r0 G 1:EX"},
     {"ret 1-(F) 0", "1 c EUNLOCK"}},
    {"9.5",
     "    1@r0+PR\n    1>EX(ndw)\n",
     {{"ret 1@r0+PR 0"}},
     {"ret 1>EX(ndw) 0"},
     {"ret 1>EX(ndw) 0", "1 b EX a a"}},
    {"9.5",
     "    1@r0+PR\n    2@r0+PR\n    2>EX(cdl)\n    1>EX(ndw)\n",
     {{"ret 1@r0+PR 0"}, {"ret 2@r0+PR 0"}, {"ret 2>EX(cdl) 0"}},
     {"r0 C 2:PR>EX 1:PR>EX"},
     {"r0 C 2:NL>EX 1:PR>EX"}},
    {"10.5",
     "    1@r0+CW{bast=null}\n    1>PR\n",
     {{"ret 1@r0+CW{bast=null} 0"}},
     {"ret 1>PR 0", "1 c EDEADLK own a a"},
     {"ret 1>PR 0", "1 b PR a a", "1 c EDEADLK own a a"}},
    {"12.4",
     "    2@r0+PR\n    %cut\n    2>EX(vb){lvb=v2} 2-(F)\n    %heal\n    1@r0+PR(vb)\n",
     {{"ret 2@r0+PR 0"}, {"ret 2>EX(vb){lvb=v2} 0", "ret 2-(F) 0"}},
     {"1 c 0 own a a lvb=v2"},
     {"1 c 0 own a a"}},
    {"12.8", "    1@r0+PR(vb)\n", {}, {"1 c 0 own a a lvb=keep"}, {"1 c 0 own a a"}},
};

TEST(Excuses, each_knows_its_case)
{
    for (const Case &c : excused)
        EXPECT_EQ(verdict(c), c.name) << c.text;
}

// What an excuse leaves no trace of excuses nothing later.
TEST(Excuses, the_rest_is_compared)
{
    std::string error;
    const Sequence sequence =
        read_sequences("S [O engine] one\n    1@r0+PR\n    1x\n    1x\n    1>EX\n", error).at(0);
    ASSERT_EQ(error, "");
    History stock, ours;
    stock.steps = {{{"ret 1@r0+PR 0"}}, {{"ret 1x 0"}}, {{"ret 1x EINVAL"}}, {{"ret 1>EX 0"}}};
    ours = stock;
    EXPECT_TRUE(judge(sequence, stock, ours).unexcused.none());
    EXPECT_EQ(judge(sequence, stock, ours).excused, "");
    ours.steps[2].lines = {"ret 1x 0"};
    EXPECT_TRUE(judge(sequence, stock, ours).unexcused.none());
    EXPECT_EQ(judge(sequence, stock, ours).excused, "X8");
    ours.steps[3].lines.push_back("1 b EX a a");
    EXPECT_EQ(judge(sequence, stock, ours).unexcused.step, 3u);
}

// The same differences the other way round are no excuse, nor is anything that comes with them.
TEST(Excuses, nothing_else_is_excused)
{
    for (Case c : excused) {
        std::swap(c.stock, c.ours);
        const std::string reversed = verdict(c);
        // Reported too early and too late both exist.
        EXPECT_TRUE(reversed.empty() || (c.name[0] == 'X' && c.name[1] == '1'))
            << c.text << reversed;
        std::swap(c.stock, c.ours);
        c.ours.push_back("r0 W 7:EX");
        // A lock that stays has consequences; nothing else has.
        EXPECT_EQ(verdict(c), std::string(c.name) == "X13" ? "X13" : "") << c.text;
    }
    const Case strangers[] = {
        {"lookup",
         "    %cut\n    1@r0+PR 4@r0+EX\n    %heal\n",
         {},
         {"ret 1@r0+PR 0", "ret 4@r0+EX 0", "1 c 0"},
         {"ret 1@r0+PR 0", "ret 4@r0+EX 0", "1 c 0", "4 c 0", "4 holds EX"}},
        {"demoted",
         "    2@r0+PR\n    2>EX\n    1>EX(ndw)\n",
         {{"ret 2@r0+PR 0"}, {"ret 2>EX 0"}},
         {"r0 C 2:PR>EX 1:PR>EX"},
         {"r0 C 2:NL>EX 1:PR>EX"}},
        {"written",
         "    2@r0+EX\n    2>EX(vb){lvb=v2}\n    2-(F)\n    1@r0+PR(vb)\n",
         {{"ret 2@r0+EX 0"}, {"ret 2>EX(vb){lvb=v2} 0"}, {"ret 2-(F) 0"}},
         {"1 c 0 own a a lvb=v2"},
         {"1 c 0 own a a lvb=v1"}},
        {"cancel", "    1@r0+PR\n    1x\n", {{"ret 1@r0+PR 0"}}, {"ret 1x EINVAL"}, {"ret 1x 0"}},
        {"bast", "    1@r0+PR\n", {}, {}, {"1 b EX a a"}},
        {"status", "    1@r0+PR(cdl)\n", {}, {"1 c 0"}, {"1 c EDEADLK"}},
        {"mode", "    1@r0+NL\n    1>PR\n", {{"ret 1@r0+NL 0"}}, {"1 holds PR"}, {"1 holds CW"}},
        {"invalid", "    1@r0+PR(vb)\n", {}, {"1 c 0"}, {"1 c 0/VNV"}},
        {"value", "    1@r0+PR(vb)\n", {}, {"1 c 0 own a a"}, {"1 c 0 own a a lvb=x"}},
    };
    for (const Case &c : strangers)
        EXPECT_EQ(verdict(c), "") << c.name;
}

}  // namespace
}  // namespace dlm::differential
