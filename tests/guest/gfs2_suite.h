// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the suites with a GFS2 on three nodes share: a booted cluster with a file system, writers,
// and the end at which nothing of the module is left and the disk is sound.
#pragma once

#include "harness/cluster_test.h"
#include "harness/control.h"
#include "harness/gfs2.h"

#include <string>

namespace dlm::guest {

class Gfs2Suite : public ClusterTest {
protected:
    explicit Gfs2Suite(const ClusterSpec &spec = ClusterSpec::from_options(3)) : cluster_(spec) {}

    void SetUp() override
    {
        ASSERT_TRUE(cluster_.boot());
        ASSERT_TRUE(cluster_.each([this](Node &node) { return prepare(node); }));
        ASSERT_TRUE(control_.configure());
        ASSERT_TRUE(fs_.make(3));
    }

    // Until the end nothing of the module may be left, and the disk must be sound.
    void finish(int leaked_inodes = 0)
    {
        ASSERT_TRUE(fs_.umount_all());
        EXPECT_TRUE(fs_.check(leaked_inodes));
        EXPECT_TRUE(cluster_.each([](Node &node) { return node.kmemleak_check(); }));
        EXPECT_TRUE(cluster_.each([](Node &node) { return node.unload_dlm(); }));
    }

    static Outcome prepare(Node &node)
    {
        if (Outcome loaded = node.load_dlm(); !loaded)
            return loaded;
        if (Outcome loaded = node.load_gfs2(); !loaded)
            return loaded;
        return node.kmemleak_clear();
    }

    // Each node writes its own files and appends to a common one under a lock.
    static std::string writer(int rounds)
    {
        return "cd /mnt/g && mkdir -p d && i=0; while [ $i -lt " + std::to_string(rounds) +
               " ]; do echo $(hostname) $i > d/$(hostname).$((i % 8)) || exit 1; "
               "flock d/lock sh -c \"echo $(hostname) $i >> d/common\" || exit 1; "
               "i=$((i + 1)); done; sync";
    }

    // All running nodes see the same bytes.
    Outcome agree()
    {
        std::string first;
        for (int id : cluster_.running_ids()) {
            CommandResult sums = cluster_.node(id).run("cd /mnt/g/d && md5sum *");
            if (!sums.ok())
                return sums.outcome(cluster_.node(id).name() + ": md5sum");
            if (first.empty())
                first = sums.out;
            if (sums.out != first)
                return fail() << cluster_.node(id).name() << " sees\n"
                              << sums.out << "and another node\n"
                              << first;
        }
        return ok();
    }

    Cluster cluster_;
    ManualControl control_{cluster_};
    Gfs2 fs_{cluster_, control_};
};

}  // namespace dlm::guest
