// SPDX-License-Identifier: GPL-2.0-or-later
// The 22 names of section 16 of the wire specification with their hash, which was compared there
// with the kernel's function, and their directory nodes.
#pragma once

#include <string>

extern "C" {
#include "platform/dlm_platform.h"
}

namespace dlm::test {

struct NameVector {
    std::string name;
    u32 hash;
    int dir_a;  // members 1, 2, 3
    int dir_b;  // node array 1, 3, 3
};

inline const NameVector name_vectors[] = {
    {"", 0xdeadbeef, 3, 3},
    {"a", 0x58d68708, 3, 3},
    {std::string("a\0", 2), 0x42b17671, 1, 1},
    {"ab", 0xfbb3a8df, 2, 3},
    {"abc", 0x0e397631, 3, 3},
    {"abcd", 0xb5f4889c, 3, 3},
    {"alpha3", 0x9e6143f5, 1, 1},
    {"kilo2", 0x2abb71dd, 2, 3},
    {"beta1", 0x0abcfd23, 1, 1},
    {"november0", 0x7c05a18a, 1, 1},
    {"clvmd_vg_lv", 0xce232727, 2, 3},
    {"123456789012", 0xb578f5b0, 2, 3},
    {"1234567890123", 0xde86d9f5, 3, 3},
    {"       2              16", 0x2ce23c44, 1, 1},
    {"       5               1", 0xd816ecf2, 2, 3},
    {"M0000000000000000000005fe5a0b8e", 0x708462df, 2, 3},
    {"many_resource_names_to_fill_the_block_291", 0xec0d7071, 1, 1},
    {std::string("\0\1\2\3\4\5\6\7", 8), 0xd4ccb93c, 3, 3},
    {std::string(16, '\xff'), 0x9d82926f, 3, 3},
    {"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", 0x92f1464b, 1, 1},
    {"gamma8", 0xf088c3e4, 2, 3},
    {"oscar2", 0xf010d44f, 2, 3},
};

}  // namespace dlm::test
