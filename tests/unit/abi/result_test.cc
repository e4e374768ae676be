// SPDX-License-Identifier: GPL-2.0-or-later
//
// Records as programs read them: the 64-bit one through linux/dlm_device.h, the 32-bit one by the
// offsets of control-plane.md 5.4.
#include <gtest/gtest.h>

#include <cstring>

#include "platform/dlm_platform.h"
extern "C" {
#include "abi/result.h"
}

namespace dlm::test {
namespace {

dlm_abi_result sample()
{
    dlm_abi_result r = {};
    r.astaddr = 0x7f0012345678ULL;
    r.astparam = 0x7f0000000002ULL;
    r.lksb = 0x7f0000000003ULL;
    r.status = -DLM_EUNLOCK;
    r.lkid = 0x1234;
    r.sb_flags = DLM_SBF_VALNOTVALID;
    r.has_lvb = true;
    std::memcpy(r.lvb, "value", 5);
    return r;
}

TEST(Result, of_64_bit_programs)
{
    u8 out[DLM_ABI_RESULT_MAX];
    dlm_abi_result r = sample();
    EXPECT_EQ(dlm_abi_result_size(true), sizeof(dlm_lock_result));
    ASSERT_EQ(dlm_abi_put_result(&r, true, 104, out), 104u);
    dlm_lock_result got;
    std::memcpy(&got, out, sizeof(got));
    EXPECT_EQ(got.version[0], 6u);
    EXPECT_EQ(got.version[1], 0u);
    EXPECT_EQ(got.version[2], 2u);
    EXPECT_EQ(got.length, 104u);
    EXPECT_EQ(reinterpret_cast<u64>(got.user_astaddr), r.astaddr);
    EXPECT_EQ(reinterpret_cast<u64>(got.user_astparam), r.astparam);
    EXPECT_EQ(reinterpret_cast<u64>(got.user_lksb), r.lksb);
    EXPECT_EQ(got.lksb.sb_status, r.status);
    EXPECT_EQ(got.lksb.sb_lkid, r.lkid);
    EXPECT_EQ(got.lksb.sb_flags, r.sb_flags);
    EXPECT_EQ(got.lksb.sb_lvbptr, nullptr);
    EXPECT_EQ(got.bast_mode, 0);
    EXPECT_EQ(got.lvb_offset, 72u);
    EXPECT_STREQ(reinterpret_cast<char *>(out) + 72, "value");
}

u32 number(const u8 *p)
{
    u32 value;
    std::memcpy(&value, p, sizeof(value));
    return value;
}

TEST(Result, of_32_bit_programs)
{
    u8 out[DLM_ABI_RESULT_MAX];
    dlm_abi_result r = sample();
    r.bast_mode = DLM_LOCK_EX;
    EXPECT_EQ(dlm_abi_result_size(false), 52u);
    ASSERT_EQ(dlm_abi_put_result(&r, false, 104, out), 84u);
    EXPECT_EQ(number(out + 12), 84u);
    EXPECT_EQ(number(out + 16), 0x12345678u);
    EXPECT_EQ(number(out + 20), 2u);
    EXPECT_EQ(number(out + 24), 3u);
    EXPECT_EQ(static_cast<int>(number(out + 28)), -DLM_EUNLOCK);
    EXPECT_EQ(number(out + 32), 0x1234u);
    EXPECT_EQ(out[36], DLM_SBF_VALNOTVALID);
    EXPECT_EQ(number(out + 40), 0u);
    EXPECT_EQ(out[44], DLM_LOCK_EX);
    EXPECT_EQ(number(out + 48), 52u);
    EXPECT_STREQ(reinterpret_cast<char *>(out) + 52, "value");
}

TEST(Result, value_block_needs_room)
{
    u8 out[DLM_ABI_RESULT_MAX];
    dlm_abi_result r = sample();
    EXPECT_EQ(dlm_abi_put_result(&r, true, 103, out), 72u);
    EXPECT_EQ(number(out + 68), 0u);
    EXPECT_EQ(number(out + 12), 72u);
    EXPECT_EQ(dlm_abi_put_result(&r, false, 83, out), 52u);
    EXPECT_EQ(number(out + 48), 0u);
    r.has_lvb = false;
    EXPECT_EQ(dlm_abi_put_result(&r, true, 104, out), 72u);
}

}  // namespace
}  // namespace dlm::test
