// SPDX-License-Identifier: GPL-2.0-or-later
//
// Fixture of the suites that lock with the kernel client: one cluster for all tests of a suite,
// since booting costs more than most tests. A test that fails takes the cluster with it; the
// next one gets a fresh one. After the last test the module must unload without a trace.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client_cluster.h"
#include "harness/cluster_test.h"

namespace dlm::client {

class ClientSuite : public guest::ClusterTest {
public:
    static void SetUpTestSuite() {}
    static void TearDownTestSuite()
    {
        if (shared_) {
            EXPECT_TRUE(shared_->unload());
            EXPECT_TRUE(shared_->cluster().check_logs());
        }
        shared_.reset();
    }

protected:
    void SetUp() override
    {
        if (!shared_)
            fresh_cluster();
    }

    // In the place of the one that is there, which may be in any state.
    void fresh_cluster()
    {
        shared_.reset();
        guest::ClusterSpec spec = guest::ClusterSpec::from_options(3);
        shape(spec);
        auto fresh = std::make_unique<ClientCluster>(std::move(spec));
        ASSERT_TRUE(fresh->start());
        shared_ = std::move(fresh);
    }

    void TearDown() override
    {
        if (shared_) {
            EXPECT_TRUE(shared_->no_violations());
        }
        guest::ClusterTest::TearDown();
        if (HasFailure())
            shared_.reset();
    }

    // What else a suite's nodes need.
    virtual void shape(guest::ClusterSpec &) {}

    // How the load generator has to behave. Stock 6.1 loses a completion now and then when a
    // cancel or a forced unlock meets an answer that is under way, and logs "remwait error"; so
    // where stock takes part, nothing is laid over an operation that was only just made. And a
    // forced unlock that crosses a grant of PW or EX makes stock write the buffer as it was before
    // the grant: an old value.
    std::string load_manners()
    {
        bool stock = false;
        for (int id : {1, 2, 3}) {
            if (node(id).module() != guest::Module::stock)
                continue;
            stock = true;
            node(id).expect_log("remwait error");
        }
        return stock ? " patience_min_ms=300 force=0" : "";
    }

    // The test has left nodes dead that the next one would miss.
    void drop_cluster() { shared_.reset(); }

    ClientCluster &cluster() { return *shared_; }
    guest::Node &node(int id) { return shared_->node(id); }
    Client &client(int id) { return (*shared_)[id]; }

private:
    static inline std::unique_ptr<ClientCluster> shared_;
};

}  // namespace dlm::client
