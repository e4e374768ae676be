// SPDX-License-Identifier: GPL-2.0-or-later
#include "generate.h"

#include <map>

namespace dlm::differential {
namespace {

// SplitMix64: the standard library's distributions differ between libraries.
class Dice {
public:
    Dice(std::uint64_t seed, int number)
        : state_(seed * 0x9e3779b97f4a7c15ull + static_cast<std::uint64_t>(number))
    {
        for (int i = 0; i < 4; i++)
            next();
    }

    int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
    // True in n of 1000 cases.
    bool chance(int n) { return below(1000) < n; }
    template <typename T>
    const T &one_of(const std::vector<T> &list)
    {
        return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
    }

private:
    std::uint64_t next()
    {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15ull;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
        z = (z ^ z >> 27) * 0x94d049bb133111ebull;
        return z ^ z >> 31;
    }

    std::uint64_t state_;
};

struct Share {
    const char *flag;
    int in_1000;
};

// Illegal combinations are part of it. Two at the end of each list: bits that stock keeps although
// they mean nothing to it, and those whose effect there is a known defect.
constexpr Share request_shares[] = {
    {"vb", 380}, {"noq", 110},     {"nqb", 80},     {"head", 50},  {"apr", 35},
    {"acw", 35}, {"exp", 25},      {"ndb", 15},     {"pers", 15},  {"orph", 10},
    {"iv", 10},  {"0x100000", 30}, {"timeout", 10}, {"quecvt", 6}, {"cdl", 6},
    {"ndw", 20}, {"noord", 8},     {"cancel", 3},   {"F", 2},
};
constexpr Share convert_shares[] = {
    {"vb", 420},    {"noq", 120},     {"nqb", 80}, {"head", 50}, {"apr", 35},   {"acw", 35},
    {"quecvt", 90}, {"cdl", 70},      {"ndb", 15}, {"pers", 15}, {"orph", 10},  {"iv", 15},
    {"exp", 6},     {"0x100000", 30}, {"ndw", 15}, {"noord", 6}, {"cancel", 3}, {"F", 2},
};
constexpr Share unlock_shares[] = {
    {"vb", 250}, {"F", 120}, {"iv", 15}, {"noq", 10}, {"cancel", 8},
};

template <std::size_t N>
std::string roll_flags(Dice &dice, const Share (&shares)[N])
{
    std::string flags;
    for (const Share &share : shares)
        if (dice.chance(share.in_1000))
            flags += (flags.empty() ? "" : ",") + std::string(share.flag);
    return flags;
}

bool has_flag(const std::string &flags, const std::string &flag)
{
    return ("," + flags + ",").find("," + flag + ",") != std::string::npos;
}

const std::vector<std::string> modes = {"NL", "NL", "CR", "CW", "CW", "PR", "PR",
                                        "PR", "PW", "PW", "EX", "EX", "EX"};

void add_word(Operation &op, const std::string &word)
{
    op.words += (op.words.empty() ? "" : " ") + word;
}

// What the generator believes of a lock; the runner knows better.
struct Place {
    LockName name;
    bool live = false;
    bool cancelled = false;  // the last thing done to it
    bool mute = false;       // has no blocking function
    int resource = 0;
};

class Generator {
public:
    Generator(std::uint64_t seed, int number) : dice_(seed, number)
    {
        sequence_.name = "d" + std::to_string(seed) + "n" + std::to_string(number);
        nodes_ = 1 + dice_.below(3);
        resources_ = 1 + dice_.below(dice_.chance(500) ? 1 : 3);
        anchored_ = dice_.chance(300);
        const int locks = 2 + dice_.below(anchored_ ? 6 : 7);
        for (int i = 0; i < locks; i++)
            places_.push_back({{"MAB"[dice_.below(nodes_)], std::to_string(i + 1)}});
    }

    Sequence run()
    {
        if (anchored_)
            anchor();
        const int steps = 5 + dice_.below(9);
        while (static_cast<int>(sequence_.steps.size()) < steps) {
            if (nodes_ > 1 && dice_.chance(170))
                overlap();
            else
                rest();
        }
        return std::move(sequence_);
    }

private:
    static std::string resource_name(int number) { return "r" + std::to_string(number); }

    void step(std::vector<Operation> operations, bool overlap)
    {
        if (!operations.empty())
            sequence_.steps.push_back({overlap, std::move(operations)});
    }

    // A lock that keeps the first resource and its value alive.
    void anchor()
    {
        Place keeper{{"MAB"[dice_.below(nodes_)], "9"}};
        Operation op = request(keeper, 0);
        op.mode = "NL";
        op.flags = "exp";
        op.words = "lvb=hex:00";
        step({op}, false);
    }

    Operation operation(Verb verb, const Place &place)
    {
        Operation op;
        op.verb = verb;
        op.lock = place.name;
        return op;
    }

    std::string roll_mode()
    {
        if (dice_.chance(6))
            return dice_.chance(500) ? "6" : "-1";
        return dice_.one_of(modes);
    }

    // Functions, argument and status block: seldom others than the usual.
    //
    // A remote lock has a blocking function all its life or never: a stock master does not look at
    // m_asts of a CONVERT, goes on sending, and the owner calls NULL.
    void roll_callbacks(Operation &op, Place &place)
    {
        if (op.verb == Verb::request || nodes_ == 1)
            place.mute = dice_.chance(70);
        if (place.mute)
            add_word(op, "bast=null");
        else if (dice_.chance(60))
            add_word(op, "bast=b");
        if (dice_.chance(50))
            add_word(op, "ast=b");
        else if (dice_.chance(4))
            add_word(op, "ast=null");
        if (dice_.chance(40))
            add_word(op, "lksb=other");
        if (dice_.chance(10))
            add_word(op, "lvb=none");
    }

    void roll_value(Operation &op, int in_1000)
    {
        if (op.words.find("lvb=") == std::string::npos && dice_.chance(in_1000))
            add_word(op, "lvb=v" + std::to_string(++values_));
    }

    Operation request(Place &place, int resource)
    {
        Operation op = operation(Verb::request, place);
        op.resource = resource_name(resource);
        op.mode = roll_mode();
        op.flags = roll_flags(dice_, request_shares);
        if (op.mode == "NL" && dice_.chance(150) && op.flags.empty())
            op.flags = "exp";
        roll_callbacks(op, place);
        if (dice_.chance(3))
            add_word(op, "namelen=65");
        /* A value never written: stock leaves the buffer of a local request as it was. */
        if (op.words.find("lvb=") == std::string::npos && !dice_.chance(5))
            add_word(op, "lvb=hex:00");
        place.live = true;
        place.cancelled = false;
        place.resource = resource;
        if (!master_.count(resource))
            master_[resource] = place.name.node;
        return op;
    }

    Operation convert(Place &place)
    {
        Operation op = operation(Verb::convert, place);
        op.mode = roll_mode();
        op.flags = roll_flags(dice_, convert_shares);
        roll_callbacks(op, place);
        roll_value(op, 450);
        place.cancelled = false;
        return op;
    }

    Operation unlock(Place &place)
    {
        Operation op = operation(Verb::unlock, place);
        op.flags = roll_flags(dice_, unlock_shares);
        roll_value(op, 300);
        place.live = dice_.chance(150);
        return op;
    }

    Operation cancel(Place &place)
    {
        Operation op = operation(Verb::cancel, place);
        place.cancelled = true;
        return op;
    }

    Operation on_live(Place &place)
    {
        const int roll = dice_.below(1000);
        if (roll < 640)
            return convert(place);
        // Twice in a row is one of the known defects.
        if (roll < 790 && (!place.cancelled || dice_.chance(40)))
            return cancel(place);
        return unlock(place);
    }

    void rest()
    {
        Place &place =
            places_[static_cast<std::size_t>(dice_.below(static_cast<int>(places_.size())))];
        if (!place.live) {
            step({request(place, dice_.below(resources_))}, false);
        } else {
            step({on_live(place)}, false);
        }
    }

    std::vector<Place *> of(char node, bool live, int resource)
    {
        std::vector<Place *> found;
        for (Place &place : places_)
            if (place.name.node == node && place.live == live &&
                (!live || place.resource == resource))
                found.push_back(&place);
        return found;
    }

    static void silence(Operation &op, const Place &place)
    {
        if (place.mute)
            add_word(op, "bast=null");
    }

    // Laid over an operation that is under way: what may be, and what must be refused.
    void lay_over(Place &place, std::vector<Operation> &operations, int most)
    {
        const int count = 1 + dice_.below(most);
        for (int i = 0; i < count; i++) {
            Operation op = operation(Verb::unlock, place);
            const int roll = dice_.below(100);
            if (roll < 38) {
                op.flags = "F";
                place.live = false;
            } else if (roll < 76) {
                op.verb = Verb::cancel;
                place.cancelled = true;
            } else if (roll < 90) {
                // plain: refused
            } else {
                op.verb = Verb::convert;
                op.mode = dice_.one_of(modes);
                silence(op, place);
            }
            operations.push_back(op);
            if (op.flags == "F")
                return;
        }
    }

    // The master does something of its own at the same time: the messages cross.
    void cross(char node, int resource, std::vector<Operation> &operations)
    {
        std::vector<Place *> locks = of(node, true, resource);
        if (locks.empty() || !dice_.chance(400))
            return;
        Place &place = *dice_.one_of(locks);
        Operation op = plain(dice_.chance(700) ? convert(place) : unlock(place), place);
        const bool first = dice_.chance(500);
        operations.insert(first ? operations.begin() : operations.end(), op);
    }

    // One node that is not the master asks, and nothing arrives before it has asked everything.
    void overlap()
    {
        const int resource = dice_.below(resources_);
        const auto master = master_.find(resource);
        const char asker = "MAB"[dice_.below(nodes_)];
        if (master != master_.end() && master->second == asker)
            return rest();
        std::vector<Operation> operations;
        std::vector<Place *> live = of(asker, true, resource), idle = of(asker, false, 0);
        if (!live.empty() && dice_.chance(650)) {
            Place &place = *dice_.one_of(live);
            operations.push_back(plain(dice_.chance(750) ? convert(place) : unlock(place), place));
            lay_over(place, operations, 3);
        } else if (!idle.empty()) {
            const bool two = idle.size() > 1 && dice_.chance(300);
            Place &place = *idle.front();
            operations.push_back(plain(request(place, resource), place));
            if (two)
                operations.push_back(plain(request(*idle.back(), resource), *idle.back()));
            if (!two || dice_.chance(700))
                lay_over(place, operations, two ? 1 : 3);
            if (two && dice_.chance(700))
                lay_over(*idle.back(), operations, 1);
        } else {
            return rest();
        }
        if (master != master_.end())
            cross(master->second, resource, operations);
        step(std::move(operations), true);
    }

    // Under way, an operation keeps to the usual functions and has no unlawful arguments: what
    // these come to is known from operations at rest.
    Operation plain(Operation op, const Place &place)
    {
        std::string value;
        if (const auto at = op.words.find("lvb="); at != std::string::npos)
            value = op.words.substr(at, op.words.find(' ', at) - at);
        op.words = value == "lvb=none" ? "" : value;
        if (op.verb == Verb::convert || op.verb == Verb::request)
            silence(op, place);
        if (op.verb == Verb::unlock && !has_flag(op.flags, "F"))
            op.flags = has_flag(op.flags, "vb") ? "vb" : "";
        return op;
    }

    Dice dice_;
    Sequence sequence_;
    bool anchored_ = false;
    int nodes_ = 1;
    int resources_ = 1;
    int values_ = 0;
    std::vector<Place> places_;
    std::map<int, char> master_;  // by resource: who asked first
};

}  // namespace

Sequence generate(std::uint64_t seed, int number)
{
    return Generator(seed, number).run();
}

}  // namespace dlm::differential
