// SPDX-License-Identifier: GPL-2.0-or-later
//
// Which answer of the daemon belongs to which request (control-plane.md 6.3).
#include <gtest/gtest.h>

#include "platform/dlm_platform.h"
extern "C" {
#include "abi/plock.h"
}

namespace dlm::test {
namespace {

dlm_plock_info request(bool wait)
{
    dlm_plock_info info = {};
    info.optype = DLM_PLOCK_OP_LOCK;
    info.ex = 1;
    info.wait = wait;
    info.pid = 100;
    info.fsid = 7;
    info.number = 42;
    info.start = 10;
    info.end = 19;
    info.owner = 0xffff;
    return info;
}

TEST(Plock, versions)
{
    dlm_plock_info info = {};
    EXPECT_EQ(dlm_plock_check_version(&info), -EINVAL);
    dlm_plock_set_version(&info);
    EXPECT_EQ(dlm_plock_check_version(&info), 0);
    EXPECT_EQ(info.version[0], 1u);
    EXPECT_EQ(info.version[1], 2u);
    info.version[1] = 1;
    EXPECT_EQ(dlm_plock_check_version(&info), 0);
    info.version[1] = 3;
    EXPECT_EQ(dlm_plock_check_version(&info), -EINVAL);
    info.version[0] = 2;
    info.version[1] = 2;
    EXPECT_EQ(dlm_plock_check_version(&info), -EINVAL);
}

TEST(Plock, who_waits_is_found_by_all_that_was_asked)
{
    const dlm_plock_info asked = request(true);
    dlm_plock_info answer = asked;
    answer.nodeid = 3;
    answer.rv = -5;
    EXPECT_EQ(dlm_plock_match(&asked, &answer), DLM_PLOCK_YES);
    for (int field = 0; field < 8; field++) {
        answer = asked;
        switch (field) {
        case 0: answer.fsid++; break;
        case 1: answer.number++; break;
        case 2: answer.owner++; break;
        case 3: answer.pid++; break;
        case 4: answer.start++; break;
        case 5: answer.end++; break;
        case 6: answer.ex = 0; break;
        case 7: answer.wait = 0; break;
        }
        EXPECT_EQ(dlm_plock_match(&asked, &answer), DLM_PLOCK_NO) << field;
    }
}

TEST(Plock, others_are_answered_in_order)
{
    const dlm_plock_info asked = request(false);
    dlm_plock_info answer = asked;
    answer.start = 0;  // the answer to "who holds it?" says so
    answer.end = 5;
    answer.pid = 9;
    EXPECT_EQ(dlm_plock_match(&asked, &answer), DLM_PLOCK_YES);
    answer.number++;
    EXPECT_EQ(dlm_plock_match(&asked, &answer), DLM_PLOCK_MAY);
    answer.fsid++;
    EXPECT_EQ(dlm_plock_match(&asked, &answer), DLM_PLOCK_NO);
    answer = asked;
    answer.wait = 1;
    EXPECT_EQ(dlm_plock_match(&asked, &answer), DLM_PLOCK_NO);
}

}  // namespace
}  // namespace dlm::test
