// SPDX-License-Identifier: GPL-2.0-or-later
//
// The fixture of guest tests: after each test the logs of all nodes of all clusters that live are
// checked, and left as files when the test has failed.
#pragma once

#include "cluster.h"

namespace dlm::guest {

class ClusterTest : public testing::Test {
protected:
    void TearDown() override
    {
        for (Cluster *cluster : Cluster::all())
            EXPECT_TRUE(cluster->check_logs());
        if (!HasFailure())
            return;
        const auto *test = testing::UnitTest::GetInstance()->current_test_info();
        for (Cluster *cluster : Cluster::all())
            cluster->save_logs(std::string(test->test_suite_name()) + "." + test->name());
    }
};

}  // namespace dlm::guest
