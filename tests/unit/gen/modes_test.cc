// SPDX-License-Identifier: GPL-2.0-or-later
// The generated mode tables against hand-written ones (lock-semantics sections 3 and 12.1): typed
// here a second time on purpose, not made from Documentation/specs.
#include <climits>

#include <gtest/gtest.h>

extern "C" {
#include "gen/dlm_modes.h"
}

namespace {

constexpr int outside[] = {-2, 6, 7, 127, -128, INT_MAX, INT_MIN};

TEST(Modes, compatibility)
{
    //                        IV NL CR CW PR PW EX
    const bool table[7][7] = {{1, 1, 1, 1, 1, 1, 1},   // IV
                              {1, 1, 1, 1, 1, 1, 1},   // NL
                              {1, 1, 1, 1, 1, 1, 0},   // CR
                              {1, 1, 1, 1, 0, 0, 0},   // CW
                              {1, 1, 1, 0, 1, 0, 0},   // PR
                              {1, 1, 1, 0, 0, 0, 0},   // PW
                              {1, 1, 0, 0, 0, 0, 0}};  // EX
    for (int a = -1; a <= 5; a++)
        for (int b = -1; b <= 5; b++)
            EXPECT_EQ(dlm_mode_compatible(a, b), table[a + 1][b + 1]) << a << " " << b;
}

TEST(Modes, kinds_of_conversion)
{
    const char *table[6] = {"SUUUUU",   // NL
                            "DSUUUU",   // CR
                            "DDSMUU",   // CW
                            "DDMSUU",   // PR
                            "DDDDSU",   // PW
                            "DDDDDS"};  // EX
    for (int from = 0; from <= 5; from++)
        for (int to = 0; to <= 5; to++) {
            const auto kind = dlm_convert_kind(from, to);
            const char letter = kind == DLM_CONVERT_SAME   ? 'S'
                                : kind == DLM_CONVERT_UP   ? 'U'
                                : kind == DLM_CONVERT_DOWN ? 'D'
                                                           : 'M';
            EXPECT_EQ(letter, table[from][to]) << from << " to " << to;
        }
}

TEST(Modes, down_and_same_conversions_never_meet_a_new_conflict)
{
    for (int from = 0; from <= 5; from++)
        for (int to = 0; to <= 5; to++) {
            const auto kind = dlm_convert_kind(from, to);
            if (kind != DLM_CONVERT_DOWN && kind != DLM_CONVERT_SAME)
                continue;
            for (int other = 0; other <= 5; other++)
                EXPECT_TRUE(!dlm_mode_compatible(from, other) || dlm_mode_compatible(to, other));
        }
}

TEST(Modes, conversions_that_may_say_quecvt)
{
    const char *table[6] = {".xxxxx",   // NL
                            "..xxxx",   // CR
                            "...xxx",   // CW
                            "..x.xx",   // PR
                            ".....x",   // PW
                            "......"};  // EX
    for (int from = 0; from <= 5; from++)
        for (int to = 0; to <= 5; to++)
            EXPECT_EQ(dlm_quecvt_allowed(from, to), table[from][to] == 'x') << from << " to " << to;
}

TEST(Modes, direction_of_the_value_block)
{
    //                       NL CR CW PR PW EX, unlock
    const char *table[7] = {"RRRRRR-",   // new
                            "RRRRRR-",   // NL
                            "-RRRRR-",   // CR
                            "--RRRR-",   // CW
                            "---RRR-",   // PR
                            "WWWWWRW",   // PW
                            "WWWWWWW"};  // EX
    const auto letter = [](enum dlm_lvb_op op) {
        return op == DLM_LVB_READ ? 'R' : op == DLM_LVB_WRITE ? 'W' : '-';
    };
    for (int granted = -1; granted <= 5; granted++) {
        for (int to = 0; to <= 5; to++)
            EXPECT_EQ(letter(dlm_lvb_op(granted, to)), table[granted + 1][to])
                << granted << " " << to;
        EXPECT_EQ(letter(dlm_lvb_op_unlock(granted)), table[granted + 1][6]) << granted;
    }
}

TEST(Modes, names)
{
    const char *names[] = {"IV", "NL", "CR", "CW", "PR", "PW", "EX"};
    for (int mode = -1; mode <= 5; mode++)
        EXPECT_STREQ(dlm_mode_name(mode), names[mode + 1]);
    for (int mode : outside)
        EXPECT_STREQ(dlm_mode_name(mode), "??");
}

TEST(Modes, numbers_that_are_no_mode_are_harmless)
{
    EXPECT_FALSE(dlm_mode_valid(DLM_LOCK_IV));
    for (int mode = 0; mode <= 5; mode++)
        EXPECT_TRUE(dlm_mode_valid(mode));
    for (int mode : outside) {
        EXPECT_FALSE(dlm_mode_valid(mode));
        EXPECT_FALSE(dlm_mode_compatible(mode, DLM_LOCK_NL));
        EXPECT_FALSE(dlm_mode_compatible(DLM_LOCK_NL, mode));
        EXPECT_FALSE(dlm_quecvt_allowed(mode, DLM_LOCK_EX));
        EXPECT_FALSE(dlm_quecvt_allowed(DLM_LOCK_NL, mode));
        EXPECT_EQ(dlm_lvb_op(mode, DLM_LOCK_EX), DLM_LVB_NONE);
        EXPECT_EQ(dlm_lvb_op(DLM_LOCK_EX, mode), DLM_LVB_NONE);
        EXPECT_EQ(dlm_lvb_op_unlock(mode), DLM_LVB_NONE);
        EXPECT_EQ(dlm_convert_kind(mode, DLM_LOCK_EX), DLM_CONVERT_UP);
        EXPECT_EQ(dlm_convert_kind(DLM_LOCK_EX, mode), DLM_CONVERT_UP);
    }
    EXPECT_EQ(dlm_convert_kind(DLM_LOCK_IV, DLM_LOCK_NL), DLM_CONVERT_UP);
}

}  // namespace
