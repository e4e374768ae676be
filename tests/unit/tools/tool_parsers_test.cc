// SPDX-License-Identifier: GPL-2.0-or-later
// Parsers of what the kernel and dlm_controld say, on text with random damage: each line is a
// record or counted as malformed, and nothing is read beyond the text (the sanitizers watch).
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "lib/debug_locks.h"
#include "lib/debug_names.h"
#include "lib/debug_sublocks.h"
#include "lib/debug_waiters.h"
#include "lib/posix_locks.h"

namespace dlm::lib::test {

class DamagedText : public ::testing::Test {
protected:
    static constexpr int rounds = 5000;

    std::string damaged(std::string text)
    {
        static const std::string bytes = "0-1 fz\"\\x/.\n" + std::string(1, '\0') + "\xff";
        for (size_t i = number(3) + 1; i > 0 && !text.empty(); i--) {
            const size_t at = number(text.size());
            switch (number(10)) {
            default: text[at] = bytes[number(bytes.size())]; break;
            case 1: text.insert(at, 1, bytes[number(bytes.size())]); break;
            case 2: text.erase(at, number(8)); break;
            case 3: text.resize(at); break;
            }
        }
        // A copy without room behind it.
        return {text.data(), text.size()};
    }
    static size_t lines(const std::string &text)
    {
        const auto ends = std::count(text.begin(), text.end(), '\n');
        return static_cast<size_t>(ends) + (text.empty() || text.ends_with('\n') ? 0 : 1);
    }

private:
    size_t number(size_t below)
    {
        return std::uniform_int_distribution<size_t>(0, below - 1)(random_);
    }

    std::mt19937 random_{1};
};

TEST_F(DamagedText, posix_locks)
{
    size_t understood = 0;
    for (int i = 0; i < rounds; i++) {
        const std::string text = damaged(
            "16968 WR 10-19 nodeid 2 pid 148 owner ff242cd7011c1080 rown 0 WAITING\n"
            "16968 RD 0-9223372036854775807 nodeid 1 pid 147 owner 1f rown -1\n"
            "7 rown 3 unused_ms 1234\n");
        auto table = parse_posix_locks(text);
        const size_t records = table.locks.size() + table.files.size();
        EXPECT_EQ(records + static_cast<size_t>(table.malformed), lines(text)) << text;
        understood += records;
    }
    EXPECT_GT(understood, size_t{rounds} / 2);
    EXPECT_LT(understood, size_t{rounds} * 3);
}

TEST_F(DamagedText, sublocks_and_waiters)
{
    size_t understood = 0;
    for (int i = 0; i < rounds; i++) {
        const std::string text =
            damaged("\"root\"/\"0\" 1b a 2\n\"a b\"/\"q\\x22\\x5c\"/\"begin\".. c0ffee 1b 3\n");
        auto table = parse_sublocks(text);
        const size_t records = table.sublocks.size();
        EXPECT_EQ(records + static_cast<size_t>(table.malformed), lines(text)) << text;
        for (const auto &[id, path] : paths_by_id(table))
            EXPECT_GE(path->size(), 2u);
        understood += records;
        const std::string waits = damaged("7 1 2 res two\nb 11 3 \n00000009 3 1 x\n");
        auto waiters = parse_waiters(waits);
        EXPECT_EQ(waiters.waiters.size() + static_cast<size_t>(waiters.malformed), lines(waits));
    }
    EXPECT_GT(understood, size_t{rounds} / 2);
    EXPECT_LT(understood, size_t{rounds} * 2);
}

TEST_F(DamagedText, locks_and_their_names)
{
    size_t named = 0;
    for (int i = 0; i < rounds; i++) {
        const LockNames names =
            parse_lock_names(damaged("rsb 00000000e9a8bcaa 0 0 0 0 0 0 5 str a b  \nlvb 1 32 4c\n"
                                     "lkb 1 2 1 1 0 8 10001 2 3 -1 0 0 0 1 4 0\n"
                                     "rsb 00000000e9a8bcab -1 0 0 0 0 0 3 hex 41 00 41\n"
                                     "lkb 3 0 0 1 0 8 1 2 3 -1 0 0 0 1 4 0\n"));
        auto table = parse_locks(
            damaged(
                "1 1 2 1 0 8 1 1 -1 3 501619 1 5 \"a b  \"\n3 1 2 1 0 8 1 1 -1 3 5 1 3 \"A\"\n"),
            names);
        for (const auto &lock : table.locks)
            if (auto name = names.find(lock.id); name != names.end() && name->second == lock.name)
                named++;
    }
    EXPECT_GT(named, size_t{rounds} / 4);
}

}  // namespace dlm::lib::test
