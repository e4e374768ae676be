// SPDX-License-Identifier: GPL-2.0-or-later
// The generated argument checks against hand-written rules (lock-semantics 5.1, 6.1 line
// 5, 7.1, 7.2).
#include <random>

#include <gtest/gtest.h>

extern "C" {
#include "gen/dlm_flags.h"
}

namespace {

constexpr u32 CONVERT = DLM_LKF_CONVERT;

// Section 5.1, column "illegal", once more.
bool lock_is_legal(u32 f, int mode, bool has_lvb)
{
    const bool convert = f & DLM_LKF_CONVERT;
    const bool noqueue = f & DLM_LKF_NOQUEUE;
    if (mode < 0 || mode > 5)
        return false;
    if (f & DLM_LKF_CANCEL)
        return false;
    if ((f & DLM_LKF_QUECVT) && !convert)
        return false;
    if ((f & DLM_LKF_QUECVT) && (f & DLM_LKF_EXPEDITE))
        return false;
    if ((f & DLM_LKF_EXPEDITE) && (convert || noqueue || mode != DLM_LOCK_NL))
        return false;
    if ((f & DLM_LKF_CONVDEADLK) && (!convert || noqueue))
        return false;
    if ((f & DLM_LKF_VALBLK) && !has_lvb)
        return false;
    return true;
}

TEST(Flags, single_rules)
{
    struct Case {
        const char *what;
        u32 flags;
        int mode;
        bool has_lvb;
        int result;
    };
    const Case cases[] = {
        {"plain request", 0, DLM_LOCK_EX, false, 0},
        {"plain conversion", CONVERT, DLM_LOCK_NL, false, 0},
        {"mode -1", 0, -1, false, -EINVAL},
        {"mode 6", CONVERT, 6, false, -EINVAL},
        {"cancel", DLM_LKF_CANCEL, 0, false, -EINVAL},
        {"cancel of a conversion", DLM_LKF_CANCEL | CONVERT, 0, false, -EINVAL},
        {"value block without buffer", DLM_LKF_VALBLK, 3, false, -EINVAL},
        {"value block", DLM_LKF_VALBLK, 3, true, 0},
        {"invalidate without buffer", DLM_LKF_IVVALBLK, 3, false, 0},
        {"QUECVT without conversion", DLM_LKF_QUECVT, 3, false, -EINVAL},
        {"QUECVT", DLM_LKF_QUECVT | CONVERT, 3, false, 0},
        {"QUECVT and EXPEDITE", DLM_LKF_QUECVT | CONVERT | DLM_LKF_EXPEDITE, 0, false, -EINVAL},
        {"EXPEDITE", DLM_LKF_EXPEDITE, DLM_LOCK_NL, false, 0},
        {"EXPEDITE with CR", DLM_LKF_EXPEDITE, DLM_LOCK_CR, false, -EINVAL},
        {"EXPEDITE of a conversion", DLM_LKF_EXPEDITE | CONVERT, DLM_LOCK_NL, false, -EINVAL},
        {"EXPEDITE and NOQUEUE", DLM_LKF_EXPEDITE | DLM_LKF_NOQUEUE, DLM_LOCK_NL, false, -EINVAL},
        {"CONVDEADLK", DLM_LKF_CONVDEADLK | CONVERT, 3, false, 0},
        {"CONVDEADLK without conversion", DLM_LKF_CONVDEADLK, 3, false, -EINVAL},
        {"CONVDEADLK and NOQUEUE", DLM_LKF_CONVDEADLK | CONVERT | DLM_LKF_NOQUEUE, 3, false,
         -EINVAL},
        {"NOQUEUEBAST alone", DLM_LKF_NOQUEUEBAST, 3, false, 0},
        {"both alternatives", DLM_LKF_ALTPR | DLM_LKF_ALTCW, 5, false, 0},
        {"FORCEUNLOCK is remembered", DLM_LKF_FORCEUNLOCK, 5, false, 0},
        {"ocfs2's own bit", 0x00100000, 5, false, 0},
        {"all unknown bits", 0xfff80000, 5, false, 0},
    };
    for (const auto &c : cases)
        EXPECT_EQ(dlm_flags_check_lock(c.flags, c.mode, c.has_lvb), c.result) << c.what;
}

TEST(Flags, all_combinations_of_known_flags)
{
    for (u32 flags = 0; flags < 1u << 19; flags++)
        for (int mode : {DLM_LOCK_NL, DLM_LOCK_PR})
            for (bool has_lvb : {false, true}) {
                const int wanted = lock_is_legal(flags, mode, has_lvb) ? 0 : -EINVAL;
                ASSERT_EQ(dlm_flags_check_lock(flags, mode, has_lvb), wanted)
                    << std::hex << flags << " mode " << mode << " lvb " << has_lvb;
            }
}

TEST(Flags, unlock_takes_four_flags)
{
    constexpr u32 known = DLM_LKF_CANCEL | DLM_LKF_VALBLK | DLM_LKF_IVVALBLK | DLM_LKF_FORCEUNLOCK;
    const auto wanted = [](u32 flags) {
        if (flags & ~known)
            return -EINVAL;
        if ((flags & DLM_LKF_CANCEL) && (flags & DLM_LKF_FORCEUNLOCK))
            return -EINVAL;
        return 0;
    };
    for (u32 flags = 0; flags < 1u << 19; flags++)
        ASSERT_EQ(dlm_flags_check_unlock(flags), wanted(flags)) << std::hex << flags;
    for (u32 bit = 19; bit < 32; bit++)
        EXPECT_EQ(dlm_flags_check_unlock(1u << bit), -EINVAL);
}

TEST(Flags, names_and_places)
{
    EXPECT_STREQ(dlm_flag_name(DLM_LKF_NOQUEUE), "NOQUEUE");
    EXPECT_STREQ(dlm_flag_name(0x40000), "TIMEOUT");
    EXPECT_EQ(dlm_flag_name(0x80000), nullptr);
    EXPECT_EQ(dlm_flag_name(0), nullptr);
    EXPECT_EQ(dlm_flag_name(3), nullptr);
    u32 all = 0;
    for (const auto &flag : dlm_flag_table) {
        all |= flag.value;
        EXPECT_NE(flag.uses, 0u) << flag.name;
    }
    EXPECT_EQ(all, (1u << 19) - 1);
}

}  // namespace
