// SPDX-License-Identifier: GPL-2.0-or-later
//
// What a scenario of a guest's device program runs in: which lockspace and shape, names of its own,
// expectations that are counted and printed.
#pragma once

#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>

#include "space.h"

namespace dlm::user {

struct Run {
    std::string space;
    Shape shape = Shape::native;
    bool stock = false;    // the module in this guest is the distribution's
    std::string prefix;    // of resource names
    std::string scenario;  // its number
    int failures = 0;

    std::string name(int number) const { return prefix + scenario + "." + std::to_string(number); }
    // In a process of its own, which then ends with all its files open.
    void process(const std::function<void(Run &)> &what);
    // The same, not waited for.
    pid_t start(const std::function<void(Run &)> &what);
    void join(pid_t pid);
};

template <class A, class B>
void expect_equal(Run &run, const char *file, int line, const char *what, const A &got,
                  const B &wanted)
{
    if (got == wanted)
        return;
    run.failures++;
    std::cout << run.prefix << run.scenario << ": " << file << ":" << line << ": " << what << " is "
              << got << ", not " << wanted << std::endl;
}

#define EXPECT_IS(got, wanted) \
    ::dlm::user::expect_equal(run, __FILE_NAME__, __LINE__, #got, (got), (wanted))
#define EXPECT_THAT(claim) \
    ::dlm::user::expect_equal(run, __FILE_NAME__, __LINE__, #claim, static_cast<bool>(claim), true)

using Scenario = std::function<void(Run &)>;
struct Entry {
    const char *name;
    Scenario scenario;
};

const std::vector<Entry> &scenarios();      // scenarios.cc: U.. of lock-semantics 21.11
const std::vector<Entry> &device_checks();  // device_checks.cc: control-plane.md 5, 17

int scarce(Run &run);  // scarce.cc: exit code

// fuzz/fuzz.cc: exit codes.
constexpr int fuzz_names = 6;  // of resources that all fuzzers share
int fuzz(Run &run, const std::string &device, unsigned seed, int count, bool nobody);
int still_works(Run &run);

// storm.cc: exit code.
int storm(const std::string &space, const std::string &prefix, int node, unsigned seed,
          unsigned seconds);

}  // namespace dlm::user
