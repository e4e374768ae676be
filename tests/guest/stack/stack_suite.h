// SPDX-License-Identifier: GPL-2.0-or-later
//
// The fixture of tests with the whole stack. To boot it takes most of a minute under emulation, so
// the tests of a suite share one cluster: each begins with all nodes up and no lockspace, and
// leaves it so. After a failure the next test gets a new one. When the suite ends the stack is
// stopped and the module unloaded everywhere, with nothing left of it.
#pragma once

#include <memory>

#include "file_locks.h"
#include "harness/cluster_test.h"
#include "stack.h"

namespace dlm::guest {

// The command that holds a lock until its input ends; it says "held".
std::string hold(const std::string &ls, const std::string &resource, int mode);

class StackTest : public ClusterTest {
protected:
    void SetUp() override;
    void TearDown() override;
    static void TearDownTestSuite();

    virtual ClusterSpec spec() const { return Stack::spec(3); }

    static Cluster &cluster() { return running_->cluster; }
    static Stack &stack() { return running_->stack; }
    static Node &node(int id) { return cluster().node(id); }

    // In lockspace "foo", nodes 1 and 2 hold "door" in PR and node 3 waits for it in EX.
    struct Door {
        Command one, two, three;
    };
    static void contend(Door &door);
    // All three let it go.
    static void part(Door &door);

private:
    struct Running {
        explicit Running(const ClusterSpec &spec) : cluster(spec), stack(cluster) {}
        Cluster cluster;
        Stack stack;
    };
    static std::unique_ptr<Running> running_;
};

}  // namespace dlm::guest
