// SPDX-License-Identifier: GPL-2.0-or-later
//
// Requests of programs. The 64-bit bytes are those of linux/dlm_device.h as the compiler lays it
// out; the 32-bit ones are written by hand from control-plane.md 5.3.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "platform/dlm_platform.h"
extern "C" {
#include "abi/request.h"
}

namespace dlm::test {
namespace {

using Bytes = std::vector<u8>;

template <class T>
void put(Bytes &bytes, std::size_t at, T value)
{
    std::memcpy(bytes.data() + at, &value, sizeof(value));
}

void set_version(Bytes &bytes, u32 major = 6, u32 minor = 0, u32 patch = 2)
{
    put<u32>(bytes, 0, major);
    put<u32>(bytes, 4, minor);
    put<u32>(bytes, 8, patch);
}

Bytes native(const std::string &name)
{
    Bytes bytes(sizeof(dlm_write_request) + name.size());
    auto *r = reinterpret_cast<dlm_write_request *>(bytes.data());
    set_version(bytes);
    r->cmd = DLM_USER_LOCK;
    r->is64bit = 1;
    r->i.lock.mode = DLM_LOCK_PR;
    r->i.lock.namelen = static_cast<u8>(name.size());
    r->i.lock.flags = 0x8;
    r->i.lock.lkid = 0x11223344;
    r->i.lock.parent = 0x55;
    r->i.lock.xid = 0x123456789abcULL;
    r->i.lock.timeout = 200;
    r->i.lock.castparam = reinterpret_cast<void *>(0xa000000001ULL);
    r->i.lock.castaddr = reinterpret_cast<void *>(0xa000000002ULL);
    r->i.lock.bastparam = reinterpret_cast<void *>(0xa000000003ULL);
    r->i.lock.bastaddr = reinterpret_cast<void *>(0xa000000004ULL);
    r->i.lock.lksb = reinterpret_cast<struct dlm_lksb *>(0xa000000005ULL);
    std::memcpy(r->i.lock.lvb, "value", 5);
    std::memcpy(bytes.data() + 120, name.data(), name.size());
    return bytes;
}

Bytes compat(const std::string &name, std::size_t tail)
{
    Bytes bytes(100 + name.size() + tail);
    set_version(bytes);
    bytes[12] = DLM_USER_LOCK;
    bytes[16] = DLM_LOCK_PR;
    bytes[17] = static_cast<u8>(name.size());
    put<u32>(bytes, 20, 0x8);
    put<u32>(bytes, 24, 0x11223344);
    put<u32>(bytes, 28, 0x55);
    put<u64>(bytes, 32, 0x123456789abcULL);
    put<u64>(bytes, 40, 200);
    for (u32 i = 0; i < 5; i++)
        put<u32>(bytes, 48 + 4 * i, 0xf0000001 + i);
    std::memcpy(bytes.data() + 68, "value", 5);
    std::memcpy(bytes.data() + 100, name.data(), name.size());
    return bytes;
}

int parse(const Bytes &bytes, dlm_abi_request *request)
{
    return dlm_abi_parse(bytes.data(), bytes.size(), request);
}

void expect_common(const dlm_abi_request &r, const std::string &name)
{
    EXPECT_EQ(r.cmd, DLM_USER_LOCK);
    EXPECT_EQ(r.lock.mode, DLM_LOCK_PR);
    EXPECT_EQ(r.lock.flags, 0x8u);
    EXPECT_EQ(r.lock.lkid, 0x11223344u);
    EXPECT_EQ(r.lock.parent, 0x55u);
    EXPECT_EQ(r.lock.xid, 0x123456789abcULL);
    EXPECT_EQ(r.lock.timeout_cs, 200u);
    EXPECT_EQ(std::string(reinterpret_cast<const char *>(r.lock.name), r.lock.name_len), name);
    EXPECT_STREQ(reinterpret_cast<const char *>(r.lock.lvb), "value");
}

TEST(Request, of_64_bit_programs)
{
    for (const std::string &name : {std::string(), std::string("n"), std::string(64, 'x')}) {
        dlm_abi_request r;
        Bytes bytes = native(name);
        ASSERT_EQ(parse(bytes, &r), 0);
        expect_common(r, name);
        EXPECT_TRUE(r.is64bit);
        EXPECT_EQ(r.lock.callbacks.castparam, 0xa000000001ULL);
        EXPECT_EQ(r.lock.callbacks.castaddr, 0xa000000002ULL);
        EXPECT_EQ(r.lock.callbacks.bastparam, 0xa000000003ULL);
        EXPECT_EQ(r.lock.callbacks.bastaddr, 0xa000000004ULL);
        EXPECT_EQ(r.lock.callbacks.lksb, 0xa000000005ULL);
    }
}

TEST(Request, of_32_bit_programs_of_both_kinds)
{
    for (std::size_t tail : {0, 4})
        for (const std::string &name : {std::string(), std::string("n"), std::string(64, 'x')}) {
            dlm_abi_request r;
            Bytes bytes = compat(name, tail);
            ASSERT_EQ(parse(bytes, &r), 0);
            expect_common(r, name);
            EXPECT_FALSE(r.is64bit);
            EXPECT_EQ(r.lock.callbacks.castparam, 0xf0000001u);
            EXPECT_EQ(r.lock.callbacks.castaddr, 0xf0000002u);
            EXPECT_EQ(r.lock.callbacks.bastparam, 0xf0000003u);
            EXPECT_EQ(r.lock.callbacks.bastaddr, 0xf0000004u);
            EXPECT_EQ(r.lock.callbacks.lksb, 0xf0000005u);
        }
}

TEST(Request, names_do_not_reach_beyond_the_bytes)
{
    dlm_abi_request r;
    Bytes bytes = native("1234");
    bytes[17] = 5;
    EXPECT_EQ(parse(bytes, &r), -EINVAL);
    bytes = compat("1234", 0);
    bytes[17] = 5;
    EXPECT_EQ(parse(bytes, &r), -EINVAL);
    bytes = native("");
    bytes.resize(119);
    EXPECT_EQ(parse(bytes, &r), -EINVAL);
    bytes = compat("", 0);
    bytes.resize(99);
    EXPECT_EQ(parse(bytes, &r), -EINVAL);
}

TEST(Request, versions)
{
    dlm_abi_request r;
    Bytes bytes = native("n");
    set_version(bytes, 6, 0, 99);
    EXPECT_EQ(parse(bytes, &r), 0);
    set_version(bytes, 5, 0, 0);
    EXPECT_EQ(parse(bytes, &r), -EBADE);
    set_version(bytes, 7, 0, 0);
    EXPECT_EQ(parse(bytes, &r), -EBADE);
    set_version(bytes, 6, 1, 0);
    EXPECT_EQ(parse(bytes, &r), -EBADE);
}

TEST(Request, purge_and_commands)
{
    dlm_abi_request r;
    Bytes bytes = native("");
    bytes[12] = DLM_USER_PURGE;
    put<u32>(bytes, 16, 3);
    put<u32>(bytes, 20, 4711);
    ASSERT_EQ(parse(bytes, &r), 0);
    EXPECT_EQ(r.purge.nodeid, 3);
    EXPECT_EQ(r.purge.pid, 4711u);
    bytes.resize(24);
    EXPECT_EQ(parse(bytes, &r), 0);
    bytes.resize(23);
    EXPECT_EQ(parse(bytes, &r), -EINVAL);

    bytes = native("n");
    for (int cmd = 0; cmd < 256; cmd++) {
        bytes[12] = static_cast<u8>(cmd);
        const bool known = cmd == DLM_USER_LOCK || cmd == DLM_USER_UNLOCK ||
                           cmd == DLM_USER_DEADLOCK || cmd == DLM_USER_PURGE;
        EXPECT_EQ(parse(bytes, &r), known ? 0 : -EINVAL) << cmd;
    }
    bytes = native(std::string(64, 'x'));
    bytes.push_back(0);
    EXPECT_EQ(parse(bytes, &r), -EINVAL);
}

// Whatever the bytes: an answer of the table, and nothing outside the request is named.
TEST(Request, mutations)
{
    std::mt19937 random(20260901);
    const Bytes seeds[] = {native("name"), native(""), compat("name", 0), compat("", 4)};
    int accepted = 0;
    for (int i = 0; i < 200000; i++) {
        Bytes bytes = seeds[random() % 4];
        for (unsigned n = random() % 4; n; n--)
            bytes[random() % bytes.size()] = static_cast<u8>(random());
        if (random() % 4 == 0)
            bytes.resize(random() % 200);
        dlm_abi_request r;
        int result = parse(bytes, &r);
        ASSERT_TRUE(result == 0 || result == -EINVAL || result == -EBADE) << result;
        if (result || r.cmd == DLM_USER_PURGE)
            continue;
        accepted++;
        const u8 *end = bytes.data() + bytes.size();
        ASSERT_LE(r.lock.name + r.lock.name_len, end);
        ASSERT_LE(r.lock.lvb + DLM_USER_LVB_LEN, end);
    }
    EXPECT_GT(accepted, 10000);
}

}  // namespace
}  // namespace dlm::test
