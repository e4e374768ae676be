// SPDX-License-Identifier: GPL-2.0-or-later
// The user-space stand-in of the kernel's sha256() against digests that sha256sum made, at the
// lengths where the padding changes.
#include <gtest/gtest.h>

#include <string>

extern "C" {
#include "platform/dlm_platform.h"
}

namespace {

std::string digest_of(const std::string &text)
{
    u8 digest[32];
    std::string hex;

    sha256(reinterpret_cast<const u8 *>(text.data()), static_cast<unsigned>(text.size()), digest);
    for (const u8 byte : digest) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    return hex;
}

TEST(Digest, lengths)
{
    EXPECT_EQ(digest_of(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(digest_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    const std::pair<size_t, const char *> of_a[] = {
        {55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
        {56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
        {64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
        {200, "c2a908d98f5df987ade41b5fce213067efbcc21ef2240212a41e54b5e7c28ae5"},
    };
    for (const auto &[length, digest] : of_a)
        EXPECT_EQ(digest_of(std::string(length, 'a')), digest) << length;
}

}  // namespace
