// SPDX-License-Identifier: GPL-2.0-or-later
// Random damage to the captured messages. Each damaged message lies in a heap buffer of exactly its
// length and everything that the decoder hands out is read, so that the address sanitizer sees any
// pointer that leaves it. The seed is fixed; floors make sure that the run did something.
#include <algorithm>
#include <array>
#include <memory>
#include <random>

#include <gtest/gtest.h>

#include "wire/inspect.h"
#include "wire/messages.h"

namespace {

using namespace dlm::wire_inspect;
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
        ASSERT_EQ(broken_promise(in), "") << "round " << i;
    }
    for (unsigned verdict = 0; verdict < verdicts.size(); verdict++)
        EXPECT_GT(verdicts[verdict], rounds / 100) << "verdict " << verdict;
    for (u32 fault = 0; fault < DLM_FAULT_NR; fault++)
        EXPECT_GT(faults[fault], rounds / 5000) << dlm_wire_fault_name(fault);
    EXPECT_NE(sum, 0u);
}

}  // namespace
