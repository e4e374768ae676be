/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views against the vectors of wire spec section 16, and their bad input. */
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "name_vectors.h"

extern "C" {
#include "cluster/view.h"
}

namespace {

dlm_member member(int nodeid, int weight = 1)
{
    dlm_member m{};
    m.nodeid = nodeid;
    m.weight = weight;
    return m;
}

TEST(View, directory_nodes_are_those_of_the_wire_spec)
{
    const dlm_member a[] = {member(1), member(2), member(3)};
    const dlm_member b[] = {member(3, 2), member(1), member(2, 0)};
    dlm_view *view_a = dlm_view_alloc(a, 3, 1);
    dlm_view *view_b = dlm_view_alloc(b, 3, 1);
    ASSERT_FALSE(IS_ERR(view_a));
    ASSERT_FALSE(IS_ERR(view_b));
    for (const auto &v : dlm::test::name_vectors) {
        const u32 hash = jhash(v.name.data(), v.name.size(), 0);
        EXPECT_EQ(hash, v.hash) << v.name;
        EXPECT_EQ(dlm_view_directory_node(view_a, hash), v.dir_a) << v.name;
        EXPECT_EQ(dlm_view_directory_node(view_b, hash), v.dir_b) << v.name;
    }
    dlm_view_free(view_a);
    dlm_view_free(view_b);
}

TEST(View, members_are_ascending_and_found)
{
    const dlm_member list[] = {member(70), member(2), member(11), member(5)};
    dlm_view *view = dlm_view_alloc(list, 4, 9);
    ASSERT_FALSE(IS_ERR(view));
    EXPECT_EQ(view->low_nodeid, 2);
    EXPECT_EQ(view->number, 9u);
    for (int i = 1; i < view->nr_members; i++)
        EXPECT_LT(view->members[i - 1].nodeid, view->members[i].nodeid);
    for (int nodeid : {2, 5, 11, 70})
        EXPECT_EQ(dlm_view_member(view, nodeid)->nodeid, nodeid);
    for (int nodeid : {0, 1, 3, 71, -1})
        EXPECT_EQ(dlm_view_member(view, nodeid), nullptr);
    dlm_view_free(view);
}

TEST(View, all_weights_zero_count_as_one)
{
    const dlm_member list[] = {member(1, 0), member(2, 0)};
    dlm_view *view = dlm_view_alloc(list, 2, 1);
    ASSERT_FALSE(IS_ERR(view));
    EXPECT_EQ(view->nr_array, 2);
    EXPECT_EQ(dlm_view_directory_node(view, 0), 1);
    EXPECT_EQ(dlm_view_directory_node(view, 1 << 16), 2);
    dlm_view_free(view);
}

TEST(View, bad_lists_are_refused)
{
    const dlm_member twice[] = {member(1), member(2), member(1)};
    const dlm_member negative[] = {member(1, -3)};
    const dlm_member huge[] = {member(1, DLM_WEIGHT_MAX + 1)};
    EXPECT_EQ(PTR_ERR(dlm_view_alloc(twice, 3, 1)), -EINVAL);
    EXPECT_EQ(PTR_ERR(dlm_view_alloc(negative, 1, 1)), -EINVAL);
    EXPECT_EQ(PTR_ERR(dlm_view_alloc(huge, 1, 1)), -EINVAL);
}

TEST(View, the_greatest_weight_is_one)
{
    const std::vector<dlm_member> members = {member(1, DLM_WEIGHT_MAX), member(2, DLM_WEIGHT_MAX)};
    dlm_view *view = dlm_view_alloc(members.data(), 2, 1);
    ASSERT_FALSE(IS_ERR(view));
    EXPECT_EQ(view->nr_array, 2 * DLM_WEIGHT_MAX);
    EXPECT_EQ(view->array[DLM_WEIGHT_MAX - 1], 1);
    EXPECT_EQ(view->array[DLM_WEIGHT_MAX], 2);
    dlm_view_free(view);
    const dlm_member more = member(1, DLM_WEIGHT_MAX + 1);
    EXPECT_EQ(PTR_ERR(dlm_view_alloc(&more, 1, 1)), -EINVAL);
}

TEST(View, an_empty_view_has_no_directory)
{
    dlm_view *view = dlm_view_alloc(nullptr, 0, 0);
    ASSERT_FALSE(IS_ERR(view));
    EXPECT_EQ(dlm_view_directory_node(view, 0x12345678), 0);
    EXPECT_EQ(dlm_view_member(view, 1), nullptr);
    dlm_view_free(view);
}

}  // namespace
