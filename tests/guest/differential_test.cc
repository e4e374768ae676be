// SPDX-License-Identifier: GPL-2.0-or-later
//
// Random sequences of lock operations on a cluster of stock nodes and on one of ours: what callers
// see must be the same, but for what is excused by name (differential/excuses.h). A difference is
// printed as the smallest scenario that shows it.
//
// Ours runs on machines of either kind. Stock runs on QEMU, and only when no record tells what it
// does (differential/record.h).
//
//   --seed=N --count=N    which sequences; the same numbers give the same ones
//   DLM_SEQUENCES=FILE    those of a file instead, as this test prints them
//   DLM_EXPLAIN=0         differences as they are, without looking for the smallest scenario
//   DLM_PACK=FILE         where the histories of stock are written as they are kept in the tree
#include "client_lib/client_cluster.h"
#include "differential/excuses.h"
#include "differential/generate.h"
#include "differential/minimise.h"
#include "differential/record.h"
#include "differential/runner.h"
#include "harness/environment.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>

namespace dlm::differential {
namespace {

using guest::Outcome;

constexpr std::size_t at_once = 400;
constexpr std::size_t minimised_at_most = 4;
constexpr int excused_percent = 2;

// A cluster that is booted when it is first needed.
class Side {
public:
    explicit Side(guest::Module module) : module_(module) {}

    Outcome run(const std::vector<Sequence> &sequences, Histories &histories)
    {
        if (!cluster_)
            if (Outcome started = start(); !started)
                return started;
        for (std::size_t from = 0; from < sequences.size(); from += at_once) {
            const std::size_t to = std::min(from + at_once, sequences.size());
            const std::vector<Sequence> part(sequences.begin() + static_cast<long>(from),
                                             sequences.begin() + static_cast<long>(to));
            if (Outcome done = runner_->run(part, histories); !done)
                return done;
        }
        return guest::ok();
    }

    // Leaves, unloads, and the logs are clean. Stock dumps its stack for mistakes of callers.
    Outcome end()
    {
        if (!cluster_)
            return guest::ok();
        Outcome done = runner_->stop();
        if (done)
            done = cluster_->unload();
        for (int id : {1, 2, 3})
            if (cluster_->node(id).module() == guest::Module::stock)
                cluster_->node(id).expect_log(".");
        const Outcome logs = cluster_->cluster().check_logs();
        cluster_.reset();
        return done ? logs : done;
    }

private:
    Outcome start()
    {
        guest::ClusterSpec spec = guest::ClusterSpec::from_options(3);
        if (module_ == guest::Module::stock) {
            spec.kind = guest::Kind::qemu;
            for (guest::NodeSpec &node : spec.nodes)
                node.module = module_;
        }
        cluster_ = std::make_unique<client::ClientCluster>(spec);
        if (Outcome started = cluster_->start(); !started)
            return started;
        runner_ = std::make_unique<Runner>(*cluster_);
        return runner_->start();
    }

    guest::Module module_;
    std::unique_ptr<client::ClientCluster> cluster_;
    std::unique_ptr<Runner> runner_;
};

std::vector<Sequence> chosen_sequences()
{
    std::vector<Sequence> sequences;
    if (const char *file = std::getenv("DLM_SEQUENCES")) {
        std::ifstream in(file);
        std::stringstream text;
        text << in.rdbuf();
        std::string error;
        sequences = read_sequences(text.str(), error);
        EXPECT_EQ(error, "") << file;
        return sequences;
    }
    for (int i = 0; i < guest::run_options().count_or(300); i++)
        sequences.push_back(generate(guest::run_options().seed, i));
    return sequences;
}

class Differential : public testing::Test {
protected:
    Differential() : stock_(guest::Module::stock), ours_(guest::Module::ours) {}

    Outcome run_stock(const std::vector<Sequence> &sequences, Histories &histories)
    {
        if (Outcome done = stock_.run(sequences, histories); !done)
            return done;
        record_of(sequences).save(histories);
        return guest::ok();
    }

    // From the tree where no stock node is at hand, else from the cache.
    Outcome look_up_stock(const std::vector<Sequence> &sequences, Histories &histories)
    {
        std::optional<Histories> known;
        std::string where = packed_file();
        if (guest::run_options().kind == "uml")
            known = unpack(packed_file(), sequences);
        if (!known) {
            const Record record = record_of(sequences);
            known = record.load();
            where = record.path();
        }
        if (!known)
            return run_stock(sequences, histories);
        std::cout << "stock: as recorded in " << where << "\n";
        histories = std::move(*known);
        return guest::ok();
    }

    static Record record_of(const std::vector<Sequence> &sequences)
    {
        return Record(guest::Environment::get().value("DLM_STOCK_DLM_KO"), sequences);
    }

    std::string explain(const Sequence &sequence)
    {
        const Sequence least = minimise(sequence, [this](const std::vector<Sequence> &candidates) {
            Histories stock, ours;
            std::vector<bool> shows(candidates.size());
            const Outcome a = stock_.run(candidates, stock), b = ours_.run(candidates, ours);
            EXPECT_TRUE(a);
            EXPECT_TRUE(b);
            if (a && b)
                for (std::size_t i = 0; i < candidates.size(); i++)
                    shows[i] = !judge(candidates[i], stock.at(candidates[i].name),
                                      ours.at(candidates[i].name))
                                    .unexcused.none();
            return shows;
        });
        Histories stock, ours;
        Sequence again = least;
        again.name += "x";
        EXPECT_TRUE(stock_.run({again}, stock));
        EXPECT_TRUE(ours_.run({again}, ours));
        return text_of(again, stock[again.name], ours[again.name]);
    }

    Side stock_, ours_;
};

// The histories in the tree are still those of the stock module.
TEST_F(Differential, stock_does_what_the_tree_says)
{
    const std::vector<Sequence> sequences = chosen_sequences();
    Histories now;
    ASSERT_TRUE(run_stock(sequences, now));
    EXPECT_TRUE(stock_.end());
    if (const char *file = std::getenv("DLM_PACK")) {
        ASSERT_TRUE(pack(file, sequences, now));
    }
    const std::optional<Histories> kept = unpack(packed_file(), sequences);
    ASSERT_TRUE(kept) << packed_file()
                      << " is not of these sequences; DLM_PACK=FILE writes a new one";
    for (const Sequence &sequence : sequences) {
        const Difference difference = compare(now.at(sequence.name), kept->at(sequence.name));
        EXPECT_TRUE(difference.none())
            << "\"ours\" is what the tree has\n"
            << text_of(sequence, now.at(sequence.name), kept->at(sequence.name));
    }
}

TEST_F(Differential, callers_see_the_same)
{
    const std::vector<Sequence> sequences = chosen_sequences();
    Histories stock, ours;
    std::cout << "seed " << guest::run_options().seed << ", " << sequences.size() << " sequences\n";
    ASSERT_TRUE(look_up_stock(sequences, stock));
    ASSERT_TRUE(ours_.run(sequences, ours));

    std::map<std::string, int> excused;
    std::vector<Sequence> unexplained;
    std::size_t steps = 0, lines = 0;
    for (const Sequence &sequence : sequences) {
        for (const Moment &moment : ours.at(sequence.name).steps) {
            steps++;
            lines += moment.lines.size();
        }
        const Verdict verdict = judge(sequence, stock.at(sequence.name), ours.at(sequence.name));
        if (!verdict.unexcused.none())
            unexplained.push_back(sequence);
        else if (!verdict.excused.empty())
            excused[verdict.excused]++;
    }
    // Nothing compared is no agreement.
    EXPECT_GE(steps, 3 * sequences.size());
    EXPECT_GE(lines, 3 * steps);
    int all_excused = 0;
    std::cout << steps << " steps, " << lines << " lines compared; " << unexplained.size()
              << " sequences differ; excused:";
    for (const auto &[name, count] : excused) {
        std::cout << " " << name << " " << count;
        all_excused += count;
    }
    std::cout << (excused.empty() ? " none" : "") << ", "
              << 100.0 * all_excused /
                     static_cast<double>(std::max<std::size_t>(sequences.size(), 1))
              << " %\n";
    EXPECT_LE(all_excused * 100, excused_percent * static_cast<int>(sequences.size()))
        << "more is excused than can be called an exception";
    // At once: to find the smallest one takes its time.
    for (const Sequence &sequence : unexplained)
        std::cout << text_of(sequence, stock.at(sequence.name), ours.at(sequence.name));
    const char *set = std::getenv("DLM_EXPLAIN");
    const std::size_t minimised = set && set[0] == '0' ? 0 : minimised_at_most;
    for (std::size_t i = 0; i < unexplained.size(); i++) {
        const Sequence &sequence = unexplained[i];
        const Difference difference =
            judge(sequence, stock.at(sequence.name), ours.at(sequence.name)).unexcused;
        if (i < minimised)
            ADD_FAILURE() << explain(sequence);
        else
            ADD_FAILURE() << sequence.name << ", step " << difference.step << "\n"
                          << difference.text();
    }
    EXPECT_TRUE(ours_.end());
    EXPECT_TRUE(stock_.end());
}

}  // namespace
}  // namespace dlm::differential
