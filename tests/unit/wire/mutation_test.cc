// SPDX-License-Identifier: GPL-2.0-or-later
// Random damage to the captured messages. Each damaged message lies in a heap buffer of exactly its
// length and everything that the decoder hands out is read, so that the address sanitizer sees any
// pointer that leaves it. The seed is fixed; floors make sure that the run did something.
#include <algorithm>
#include <array>
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "wire/messages.h"

namespace {

using namespace dlm::wire_vectors;

constexpr unsigned rounds = 200000;

class Mutator {
public:
    explicit Mutator(unsigned seed) : random_(seed) {}

    Bytes next()
    {
        Bytes message = all()[pick(all().size())].bytes;
        for (size_t times = 1 + pick(4); times > 0; times--)
            damage(message);
        // Most should pass the framing, or nothing behind it would be tried.
        if (message.size() >= 16 && pick(10) != 0)
            put_unaligned_le16(static_cast<u16>(message.size()), message.data() + 12);
        return message;
    }

private:
    size_t pick(size_t below)
    {
        return std::uniform_int_distribution<size_t>(0, below - 1)(random_);
    }

    void damage(Bytes &message)
    {
        static constexpr std::array<u32, 10> telling = {
            0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 65};
        if (message.size() < 4)
            return;
        const size_t at = pick(std::min<size_t>(message.size() - 3, 200));
        switch (pick(6)) {
        case 0: message[at] ^= static_cast<u8>(1u << pick(8)); break;
        case 1: message[at] = static_cast<u8>(pick(256)); break;
        case 2: put_unaligned_le32(telling[pick(telling.size())], message.data() + at); break;
        case 3: message.resize(pick(message.size() + 1)); break;
        case 4:
            message.resize(std::min<size_t>(message.size() + pick(80), 4096),
                           static_cast<u8>(pick(256)));
            break;
        case 5:  // both lengths of a numbered message
            if (message.size() >= 40)
                put_unaligned_le16(static_cast<u16>(message.size() - 24), message.data() + 36);
            break;
        }
    }

    std::mt19937 random_;
};

unsigned read_all(const u8 *at, size_t len)
{
    unsigned sum = 0;
    for (size_t i = 0; i < len; i++)
        sum += at[i];
    return sum;
}

// Reads what the decoder promises to be there.
unsigned touch(const dlm_in &in)
{
    unsigned sum = read_all(in.name, in.name_len) + read_all(in.lvb, in.lvb_len);
    if (in.hdr.cmd != DLM_CMD_RCOM)
        return sum;
    if (in.rcom.type == DLM_RCOM_STATUS_REPLY)
        for (u32 i = 0; i < in.config.num_slots; i++) {
            dlm_rcom_slot slot;
            dlm_wire_slot(&in, i, &slot);
            sum += slot.nodeid;
        }
    dlm_names_reader r;
    dlm_names_reader_init(&r, in.names, in.names_len);
    const u8 *name;
    size_t len;
    while (dlm_names_next(&r, &name, &len) == DLM_NAMES_NAME)
        sum += read_all(name, len);
    dlm_names_progress progress = {};
    return sum + dlm_names_progressed(&progress, in.names, in.names_len);
}

void check_promises(const dlm_in &in, const Bytes &message)
{
    if (in.hdr.cmd == DLM_CMD_MSG) {
        const auto type = in.msg.type;
        if (type == DLM_MSG_REQUEST || type == DLM_MSG_LOOKUP || type == DLM_MSG_CONVERT) {
            ASSERT_TRUE(dlm_mode_valid(in.msg.rqmode));
        }
        ASSERT_TRUE(dlm_mode_valid(in.msg.bastmode));
        ASSERT_LE(in.msg.result, 0);
        ASSERT_EQ(in.msg.flags & ~0xffffu, 0u);
        ASSERT_TRUE(in.flags & DLM_IN_SEQUENCED);
    }
    if (!(in.flags & DLM_IN_NAME_TOO_LONG)) {
        ASSERT_LE(in.name_len, size_t{DLM_WIRE_NAME_MAX});
    }
    const bool lock = in.hdr.cmd == DLM_CMD_RCOM && in.rcom.type == DLM_RCOM_LOCK;
    if (lock && !(in.flags & DLM_IN_BAD_LOCK)) {
        ASSERT_TRUE(in.lock.status >= 1 && in.lock.status <= 3);
        ASSERT_TRUE(in.lock.grmode >= -1 && in.lock.grmode <= 5);
        ASSERT_TRUE(in.lock.rqmode >= -1 && in.lock.rqmode <= 5);
    }
    ASSERT_LE(message.size(), size_t{DLM_WIRE_MAX});
}

TEST(Mutation, damaged_messages_never_lead_out_of_their_buffer)
{
    Mutator mutator(20261125);
    std::array<unsigned, 4> verdicts = {};
    std::array<unsigned, DLM_FAULT_NR> faults = {};
    unsigned sum = 0;
    for (unsigned i = 0; i < rounds; i++) {
        const Bytes message = mutator.next();
        const auto exact = std::make_unique<u8[]>(message.size());
        std::copy(message.begin(), message.end(), exact.get());
        dlm_in in;
        const auto verdict = dlm_wire_decode(exact.get(), message.size(), &in);
        verdicts.at(verdict)++;
        ASSERT_LT(in.fault, u32{DLM_FAULT_NR});
        faults.at(in.fault)++;
        ASSERT_EQ(verdict == DLM_WIRE_OK, in.fault == DLM_FAULT_NONE) << "round " << i;
        if (verdict != DLM_WIRE_OK)
            continue;
        sum += touch(in);
        check_promises(in, message);
        if (HasFatalFailure())
            FAIL() << "round " << i;
    }
    for (unsigned verdict = 0; verdict < verdicts.size(); verdict++)
        EXPECT_GT(verdicts[verdict], rounds / 100) << "verdict " << verdict;
    for (u32 fault = 0; fault < DLM_FAULT_NR; fault++)
        EXPECT_GT(faults[fault], rounds / 5000) << dlm_wire_fault_name(fault);
    EXPECT_NE(sum, 0u);
}

}  // namespace
