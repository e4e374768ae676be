// SPDX-License-Identifier: GPL-2.0-or-later
// The user-space platform header behaves as the kernel facilities of the same name.
#include <string>
#include <vector>

#include <gtest/gtest.h>

extern "C" {
#include "platform/dlm_platform.h"
}

namespace {

struct Item {
    int number;
    list_head link;
    hlist_node hash_link;
};

class List : public testing::Test {
protected:
    void SetUp() override
    {
        INIT_LIST_HEAD(&head);
        INIT_LIST_HEAD(&other);
        for (int i = 0; i < 4; i++) {
            items[i].number = i;
            list_add_tail(&items[i].link, &head);
        }
    }

    static std::vector<int> numbers(list_head *list)
    {
        std::vector<int> forward;
        std::vector<int> backward;
        Item *item;
        list_for_each_entry(item, list, link) forward.push_back(item->number);
        list_for_each_entry_reverse(item, list, link) backward.push_back(item->number);
        EXPECT_EQ(std::vector<int>(backward.rbegin(), backward.rend()), forward);
        return forward;
    }

    using Numbers = std::vector<int>;
    list_head head;
    list_head other;
    Item items[4];
};

TEST_F(List, adding_and_taking_away)
{
    EXPECT_EQ(numbers(&head), (Numbers{0, 1, 2, 3}));
    list_del_init(&items[1].link);
    EXPECT_TRUE(list_empty(&items[1].link));
    list_add(&items[1].link, &head);
    EXPECT_EQ(numbers(&head), (Numbers{1, 0, 2, 3}));
    list_move_tail(&items[0].link, &head);
    list_move(&items[3].link, &head);
    EXPECT_EQ(numbers(&head), (Numbers{3, 1, 2, 0}));
    EXPECT_TRUE(list_is_first(&items[3].link, &head));
    EXPECT_TRUE(list_is_last(&items[0].link, &head));
}

TEST_F(List, splicing)
{
    list_splice_init(&other, &head);
    EXPECT_EQ(numbers(&head).size(), 4u);
    list_move(&items[2].link, &other);
    list_splice_init(&head, &other);
    EXPECT_TRUE(list_empty(&head));
    EXPECT_EQ(numbers(&other), (Numbers{0, 1, 3, 2}));
    list_move_tail(&items[1].link, &head);
    list_splice_tail_init(&other, &head);
    EXPECT_EQ(numbers(&head), (Numbers{1, 0, 3, 2}));
    EXPECT_TRUE(list_empty(&other));
}

TEST_F(List, ends)
{
    EXPECT_EQ((list_first_entry(&head, Item, link))->number, 0);
    EXPECT_EQ((list_last_entry(&head, Item, link))->number, 3);
    EXPECT_EQ(list_first_entry_or_null(&other, Item, link), nullptr);
    Item *second = list_next_entry(&items[0], link);
    EXPECT_EQ(second->number, 1);
    EXPECT_EQ(list_prev_entry(second, link)->number, 0);
    EXPECT_FALSE(list_is_singular(&head));
    list_move(&items[0].link, &other);
    EXPECT_TRUE(list_is_singular(&other));
}

TEST_F(List, walks_that_start_in_the_middle_or_delete)
{
    Numbers got;
    Item *item = &items[1];
    list_for_each_entry_continue(item, &head, link) got.push_back(item->number);
    EXPECT_EQ(got, (Numbers{2, 3}));
    got.clear();
    Item *next;
    list_for_each_entry_safe(item, next, &head, link)
    {
        got.push_back(item->number);
        list_del(&item->link);
    }
    EXPECT_EQ(got, (Numbers{0, 1, 2, 3}));
    EXPECT_TRUE(list_empty(&head));
}

TEST(Hlist, chains)
{
    hlist_head head = HLIST_HEAD_INIT;
    Item a{1, {}, {}};
    Item b{2, {}, {}};
    INIT_HLIST_NODE(&a.hash_link);
    EXPECT_TRUE(hlist_unhashed(&a.hash_link));
    hlist_del_init(&a.hash_link);
    hlist_add_head(&a.hash_link, &head);
    hlist_add_head(&b.hash_link, &head);
    std::vector<int> got;
    Item *item;
    hlist_for_each_entry(item, &head, hash_link) got.push_back(item->number);
    EXPECT_EQ(got, (std::vector<int>{2, 1}));
    hlist_node *next;
    hlist_for_each_entry_safe(item, next, &head, hash_link) hlist_del_init(&item->hash_link);
    EXPECT_TRUE(hlist_empty(&head));
}

TEST(Bits, set_test_clear)
{
    DECLARE_BITMAP(map, 130);
    bitmap_zero(map, 130);
    EXPECT_FALSE(test_and_set_bit(129, map));
    EXPECT_TRUE(test_and_set_bit(129, map));
    set_bit(64, map);
    EXPECT_TRUE(test_bit(64, map));
    EXPECT_FALSE(test_bit(63, map));
    clear_bit(64, map);
    EXPECT_FALSE(test_bit(64, map));
    EXPECT_TRUE(test_and_clear_bit(129, map));
    EXPECT_FALSE(test_bit(129, map));
    EXPECT_EQ(fls(0), 0);
    EXPECT_EQ(fls(0x80000000u), 32);
    EXPECT_EQ(hweight32(0xf0f0u), 8u);
}

TEST(ByteOrder, odd_addresses)
{
    u8 buf[16] = {};
    put_unaligned_le32(0x11223344, buf + 1);
    EXPECT_EQ(buf[1], 0x44);
    EXPECT_EQ(get_unaligned_le32(buf + 1), 0x11223344u);
    put_unaligned_be16(0xa1b2, buf + 5);
    EXPECT_EQ(buf[5], 0xa1);
    EXPECT_EQ(get_unaligned_be16(buf + 5), 0xa1b2);
    put_unaligned_le64(0x0102030405060708, buf + 7);
    EXPECT_EQ(get_unaligned_le64(buf + 7), 0x0102030405060708u);
    EXPECT_EQ(get_unaligned_be64(buf + 7), 0x0807060504030201u);
}

bool fail_all(size_t, gfp_t)
{
    return true;
}

TEST(Memory, allocations_are_counted_zeroed_and_can_fail)
{
    const size_t before = dlm_platform_allocs_live();
    auto *p = static_cast<u8 *>(kzalloc(100, GFP_NOIO));
    ASSERT_NE(p, nullptr);
    for (int i = 0; i < 100; i++)
        EXPECT_EQ(p[i], 0);
    EXPECT_EQ(dlm_platform_allocs_live(), before + 1);
    p = static_cast<u8 *>(krealloc(p, 200, GFP_NOIO));
    EXPECT_EQ(dlm_platform_allocs_live(), before + 1);
    dlm_platform_alloc_hook = fail_all;
    EXPECT_EQ(kmalloc(1, GFP_NOWAIT), nullptr);
    EXPECT_EQ(kcalloc(1, 1, GFP_NOWAIT), nullptr);
    EXPECT_EQ(kmemdup("x", 1, GFP_NOWAIT), nullptr);
    dlm_platform_alloc_hook = nullptr;
    EXPECT_EQ(kcalloc(SIZE_MAX, 2, GFP_NOWAIT), nullptr);
    kfree(p);
    kfree(nullptr);
    EXPECT_EQ(dlm_platform_allocs_live(), before);
}

TEST(Memory, bounded_strings)
{
    char buf[4];
    EXPECT_EQ(strscpy(buf, "abc", sizeof(buf)), 3);
    EXPECT_STREQ(buf, "abc");
    EXPECT_EQ(strscpy(buf, "abcd", sizeof(buf)), -E2BIG);
    EXPECT_STREQ(buf, "abc");
    EXPECT_EQ(scnprintf(buf, sizeof(buf), "%d", 12345), 3);
    EXPECT_STREQ(buf, "123");
}

std::string last_warning;
void note_warning(const char *, int, const char *what)
{
    last_warning = what;
}

TEST(Diagnose, a_test_can_catch_a_warning)
{
    dlm_platform_warn_hook = note_warning;
    EXPECT_TRUE(WARN_ON_ONCE(1 + 1 == 2));
    EXPECT_EQ(last_warning, "1 + 1 == 2");
    last_warning.clear();
    EXPECT_FALSE(WARN_ON(false));
    EXPECT_EQ(last_warning, "");
    dlm_platform_warn_hook = nullptr;
}

TEST(DiagnoseDeathTest, without_a_hook_a_warning_aborts)
{
    EXPECT_DEATH((void)WARN_ON(true), "WARNING: true");
}

TEST(Diagnose, probes_are_listed_before_they_are_hit)
{
    const auto find = [](const std::string &name) -> dlm_platform_probe * {
        for (size_t i = 0; dlm_platform_probe_at(i) != nullptr; i++)
            if (name == dlm_platform_probe_at(i)->name)
                return dlm_platform_probe_at(i);
        return nullptr;
    };
    ASSERT_NE(find("platform_test_probe"), nullptr);
    EXPECT_EQ(find("platform_test_probe")->hits, 0u);
    for (int i = 0; i < 3; i++)
        DLM_PROBE("platform_test_probe");
    EXPECT_EQ(find("platform_test_probe")->hits, 3u);
    EXPECT_EQ(find("no such probe"), nullptr);
}

}  // namespace
