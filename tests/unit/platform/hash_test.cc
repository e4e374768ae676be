// SPDX-License-Identifier: GPL-2.0-or-later
// The user-space name hash against the vectors of the wire specification.
#include <string>

#include <gtest/gtest.h>

#include "name_vectors.h"

namespace {

using dlm::test::name_vectors;

TEST(Hash, names)
{
    for (const auto &v : name_vectors)
        EXPECT_EQ(jhash(v.name.data(), static_cast<u32>(v.name.size()), 0), v.hash) << v.name;
    EXPECT_EQ(std::size(name_vectors), 22u);
}

TEST(Hash, directory_nodes)
{
    const int array_a[] = {1, 2, 3};
    const int array_b[] = {1, 3, 3};
    for (const auto &v : name_vectors) {
        EXPECT_EQ(array_a[(v.hash >> 16) % 3], v.dir_a) << v.name;
        EXPECT_EQ(array_b[(v.hash >> 16) % 3], v.dir_b) << v.name;
    }
}

TEST(Hash, alignment_does_not_matter)
{
    for (const auto &v : name_vectors)
        for (size_t shift = 0; shift < 4; shift++) {
            const std::string padded = std::string(shift, 'x') + v.name;
            EXPECT_EQ(jhash(padded.data() + shift, static_cast<u32>(v.name.size()), 0), v.hash);
        }
}

}  // namespace
