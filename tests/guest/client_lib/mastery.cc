// SPDX-License-Identifier: GPL-2.0-or-later
#include "mastery.h"

#include <bit>

namespace dlm::client {
namespace {

// The state of Bob Jenkins' hash "lookup3": three words, twelve bytes at a time.
struct State {
    std::uint32_t a, b, c;

    void add(std::string_view part)
    {
        std::uint32_t words[3] = {};
        for (std::size_t i = 0; i < part.size(); i++)
            words[i / 4] |= std::uint32_t{static_cast<unsigned char>(part[i])} << 8 * (i % 4);
        a += words[0];
        b += words[1];
        c += words[2];
    }

    void mix()
    {
        step(a, b, c, 4);
        step(b, c, a, 6);
        step(c, a, b, 8);
        step(a, b, c, 16);
        step(b, c, a, 19);
        step(c, a, b, 4);
    }

    void finish()
    {
        last(c, b, 14);
        last(a, c, 11);
        last(b, a, 25);
        last(c, b, 16);
        last(a, c, 4);
        last(b, a, 14);
        last(c, b, 24);
    }

private:
    static void step(std::uint32_t &x, std::uint32_t &y, std::uint32_t &z, int turn)
    {
        x = (x - z) ^ std::rotl(z, turn);
        z += y;
    }
    static void last(std::uint32_t &x, std::uint32_t y, int turn)
    {
        x = (x ^ y) - std::rotl(y, turn);
    }
};

}  // namespace

std::uint32_t name_hash(std::string_view name)
{
    const auto start = static_cast<std::uint32_t>(0xdeadbeef + name.size());
    State state{start, start, start};
    for (; name.size() > 12; name.remove_prefix(12)) {
        state.add(name.substr(0, 12));
        state.mix();
    }
    if (name.empty())
        return state.c;
    state.add(name);
    state.finish();
    return state.c;
}

int hash_node(std::string_view name, const std::vector<int> &members)
{
    return members[(name_hash(name) >> 16) % members.size()];
}

}  // namespace dlm::client
