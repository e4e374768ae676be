// SPDX-License-Identifier: GPL-2.0-or-later
//
// Reading one word of a scenario file from left to right.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string>
#include <string_view>

#include "names.h"
#include "scenario.h"

namespace dlm::client {

// The first thing wrong with a line; what is read after it does not matter.
class Complaint {
public:
    void operator()(const std::string &what)
    {
        if (first_.empty())
            first_ = what;
    }
    const std::string &first() const { return first_; }

private:
    std::string first_;
};

class Cursor {
public:
    Cursor(std::string_view text, Complaint &bad) : text_(text), bad_(bad) {}

    bool done() const { return at_ == text_.size(); }
    char peek() const { return done() ? '\0' : text_[at_]; }
    bool skip(char c)
    {
        if (peek() != c)
            return false;
        at_++;
        return true;
    }
    void need(char c)
    {
        if (!skip(c))
            bad_(std::string("expected '") + c + "' in " + std::string(text_));
    }
    std::string while_(bool (*good)(char))
    {
        std::string out;
        while (!done() && good(peek()))
            out += text_[at_++];
        return out;
    }
    // Up to the closing bracket that fits; brackets nest.
    std::string until(char open, char close)
    {
        std::string out;
        for (int depth = 1; !done(); at_++) {
            if (peek() == close && --depth == 0) {
                at_++;
                return out;
            }
            if (open != close && peek() == open)
                depth++;
            out += peek();
        }
        bad_(std::string("no '") + close + "' in " + std::string(text_));
        return out;
    }
    std::string rest() const { return std::string(text_.substr(at_)); }
    void end()
    {
        if (!done())
            bad_("cannot read " + rest());
    }

private:
    std::string_view text_;
    Complaint &bad_;
    std::size_t at_ = 0;
};

inline bool is_digit(char c)
{
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
inline bool is_upper(char c)
{
    return std::isupper(static_cast<unsigned char>(c)) != 0;
}
inline bool is_mode(char c)
{
    return is_upper(c) || is_digit(c) || c == '-';
}
inline bool is_name(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ':';
}
inline bool is_status(char c)
{
    return is_upper(c) || is_digit(c);
}

// The letter in front, if there is one.
inline char node_letter(Cursor &in)
{
    const char letter = in.peek();
    return is_upper(letter) && in.skip(letter) ? letter : 'M';
}

inline LockName lock_name(Cursor &in, Complaint &bad)
{
    LockName lock;
    lock.node = node_letter(in);
    lock.number = in.while_(is_digit);
    if (lock.number.empty())
        bad("no lock number in " + in.rest());
    return lock;
}

inline int status_word(Cursor &in, Complaint &bad)
{
    const std::string name = in.while_(is_status);
    const auto number = status_number(name);
    if (number)
        return *number;
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_digit))
        bad("unknown errno or status " + name);
    return std::atoi(name.c_str());
}

std::string spaced(std::string words);
// Blanks separate words, but not inside quotes or brackets.
std::vector<std::string> split_words(const std::string &line);

// One word of a step's left side, and of its right side (scenario_expect.cc).
Operation read_operation(const std::string &word, Complaint &bad);
void read_expectation(const std::string &word, int phase, Expected &out, Complaint &bad);

}  // namespace dlm::client
