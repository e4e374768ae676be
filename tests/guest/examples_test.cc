// SPDX-License-Identifier: GPL-2.0-or-later
//
// The examples of Documentation/callers-guide.rst as a module that loads only if each of them saw
// what the guide says: on a node alone, and on a second one that shares the resources with it.
#include "harness/cluster_test.h"
#include "harness/control.h"
#include "harness/environment.h"

#include <filesystem>

namespace dlm::guest {
namespace {

ClusterSpec with_examples()
{
    ClusterSpec spec = ClusterSpec::from_options(2);
    const std::filesystem::path client = Environment::get().client_ko(spec.kind == Kind::uml);
    // <copy of the sources>/tests/guest/client/dlm_client.ko
    const auto copy = client.parent_path().parent_path().parent_path().parent_path();
    for (auto &node : spec.nodes)
        node.files.push_back(
            {"m/dlm_examples.ko", copy / "Documentation/examples/dlm_examples.ko", 0644});
    return spec;
}

class ExamplesTest : public ClusterTest {};

TEST_F(ExamplesTest, the_guide_says_what_is_so)
{
    Cluster cluster{with_examples()};
    ManualControl control{cluster};
    ASSERT_TRUE(cluster.boot());
    ASSERT_TRUE(cluster.each([](Node &node) { return node.load_dlm(); }));
    ASSERT_TRUE(control.configure());
    for (int id : {1, 2}) {
        const bool stock = cluster.node(id).module() == Module::stock;
        // What is said of the lockspace of another cluster.
        cluster.node(id).expect_log("application cluster name");
        ASSERT_TRUE(control.join(
            "examples", id, std::string("insmod /m/dlm_examples.ko") + (stock ? " stock=1" : "")));
        EXPECT_TRUE(cluster.node(id).sh(
            "dmesg | grep -E 'dlm_examples: " + std::string(stock ? "27" : "29") +
            " examples, 0 expectations not met'"));
        EXPECT_TRUE(cluster.node(id).sh("dmesg | grep -E 'dlm_examples: generation [0-9]+, " +
                                        std::to_string(id) + " members, our slot is " +
                                        std::to_string(id) + "'"));
    }
    ASSERT_TRUE(control.leave_in_turn("examples", "rmmod dlm_examples"));
    EXPECT_TRUE(cluster.each([](Node &node) { return node.unload_dlm(); }));
}

}  // namespace
}  // namespace dlm::guest
