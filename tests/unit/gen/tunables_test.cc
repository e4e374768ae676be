// SPDX-License-Identifier: GPL-2.0-or-later
// The generated list of tunables against a hand-written one (control-plane 2.3).
#include <string>

#include <gtest/gtest.h>

extern "C" {
#include "gen/dlm_tunables.h"
}

namespace {

constexpr u32 any = 0xffffffff;

struct Wanted {
    dlm_tunable_id id;
    const char *name;
    u32 def, min, max;
    bool busy;
};

constexpr Wanted numbers[] = {
    {DLM_TUNABLE_TCP_PORT, "tcp_port", 21064, 1, 65535, true},
    {DLM_TUNABLE_PROTOCOL, "protocol", 0, 0, 1, true},
    {DLM_TUNABLE_BUFFER_SIZE, "buffer_size", 4096, 4096, any, false},
    {DLM_TUNABLE_RSBTBL_SIZE, "rsbtbl_size", 1024, 1, any, false},
    {DLM_TUNABLE_RECOVER_TIMER, "recover_timer", 5, 1, any, false},
    {DLM_TUNABLE_TOSS_SECS, "toss_secs", 10, 1, any, false},
    {DLM_TUNABLE_SCAN_SECS, "scan_secs", 5, 1, any, false},
    {DLM_TUNABLE_LOG_DEBUG, "log_debug", 0, 0, any, false},
    {DLM_TUNABLE_LOG_INFO, "log_info", 1, 0, any, false},
    {DLM_TUNABLE_MARK, "mark", 0, 0, any, false},
    {DLM_TUNABLE_NEW_RSB_COUNT, "new_rsb_count", 128, 0, any, false},
    {DLM_TUNABLE_RECOVER_CALLBACKS, "recover_callbacks", 0, 0, any, false},
    {DLM_TUNABLE_TIMEWARN_CS, "timewarn_cs", 500, 1, any, false},
    {DLM_TUNABLE_DEADLOCK_CS, "deadlock_cs", 1000, 0, any, false},
};

TEST(Tunables, numbers)
{
    for (const auto &w : numbers) {
        const auto &t = dlm_tunable_table[w.id];
        EXPECT_STREQ(t.name, w.name);
        EXPECT_EQ(t.type, u32{DLM_TUNABLE_U32}) << w.name;
        EXPECT_EQ(t.def, w.def) << w.name;
        EXPECT_EQ(t.min, w.min) << w.name;
        EXPECT_EQ(t.max, w.max) << w.name;
        EXPECT_EQ(t.error, -EINVAL) << w.name;
        EXPECT_EQ(t.flags, DLM_TUNABLE_ADMIN | (w.busy ? DLM_TUNABLE_BUSY_RUNNING : 0)) << w.name;
    }
    EXPECT_EQ(DLM_TUNABLE_NR, static_cast<int>(std::size(numbers)) + 1);
}

TEST(Tunables, the_cluster_name_is_a_string_that_the_file_mode_protects)
{
    const auto &t = dlm_tunable_table[DLM_TUNABLE_CLUSTER_NAME];
    EXPECT_STREQ(t.name, "cluster_name");
    EXPECT_EQ(t.type, u32{DLM_TUNABLE_STRING});
    EXPECT_EQ(t.max, 63u);
    EXPECT_EQ(t.flags, 0u);
}

TEST(Tunables, values_are_checked)
{
    for (const auto &w : numbers)
        for (bool running : {false, true}) {
            const int legal = w.busy && running ? -EBUSY : 0;
            EXPECT_EQ(dlm_tunable_check(w.id, w.def, running), legal) << w.name;
            EXPECT_EQ(dlm_tunable_check(w.id, w.min, running), legal) << w.name;
            EXPECT_EQ(dlm_tunable_check(w.id, w.max, running), legal) << w.name;
            if (w.min > 0) {
                EXPECT_EQ(dlm_tunable_check(w.id, w.min - 1, running), -EINVAL) << w.name;
            }
            if (w.max < any) {
                EXPECT_EQ(dlm_tunable_check(w.id, w.max + 1, running), -EINVAL) << w.name;
            }
        }
}

}  // namespace
