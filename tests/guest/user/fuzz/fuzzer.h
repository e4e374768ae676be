// SPDX-License-Identifier: GPL-2.0-or-later
//
// What the mutations of all devices share: the seed, the answers that came, held against the table.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "answers.h"
#include "user/run.h"

namespace dlm::user {

using Bytes = std::vector<std::uint8_t>;

class Fuzzer {
public:
    Fuzzer(Run &run, unsigned seed, int count, bool nobody)
        : run_(run), random_(seed), count_(count), nobody_(nobody)
    {
    }

    // One result, as put() gives it, of an operation of the table.
    void note(const std::string &operation, int result);
    // -errno of a call of the C library.
    void note_call(const std::string &operation, long result)
    {
        note(operation, result < 0 ? -errno : static_cast<int>(result));
    }
    // As many requests as were wanted have been mutated.
    bool done() const { return mutated_ >= count_; }
    void mutated() { mutated_++; }
    int count() const { return count_; }
    // To be run without privileges; and from here on it is.
    bool nobody() const { return nobody_; }
    void drop_privileges();
    Run &run() { return run_; }
    int seen(const std::string &operation, int error) const;
    void print() const;

    unsigned below(unsigned n) { return static_cast<unsigned>(random_()) % n; }
    bool one_in(unsigned n) { return below(n) == 0; }
    // A few bytes of it changed, now and then its length.
    void mutate(Bytes &bytes, unsigned longest = 220);
    // Numbers as a program would write them, and other text.
    std::string number();

private:
    Run &run_;
    std::mt19937 random_;
    int count_, calls_ = 0, mutated_ = 0;
    bool nobody_, dropped_ = false;
    std::map<std::string, std::map<int, int>> seen_;  // operation, errno or 0 -> how often
};

// Each until that many requests have been mutated.
void fuzz_space(Fuzzer &f);
void fuzz_control(Fuzzer &f);
void fuzz_monitor(Fuzzer &f);
void fuzz_plock(Fuzzer &f, const std::string &file);
void fuzz_files(Fuzzer &f);

}  // namespace dlm::user
