// SPDX-License-Identifier: GPL-2.0-or-later
//
// A sequence of lock operations of up to three nodes, to be carried out by two implementations.
// Its text is the scenarios' notation, so a sequence that shows something is a scenario.
#pragma once

#include <string>
#include <vector>

#include "client_lib/scenario.h"

namespace dlm::differential {

using client::LockName;
using client::Operation;
using client::Verb;

// Made back to back, then everything comes to rest. overlap: while no message between nodes
// arrives, so that what is asked of another node is still under way at the next operation.
struct Step {
    bool overlap = false;
    std::vector<Operation> operations;
};

struct Sequence {
    std::string name;  // also of its resources: name + "r0"
    std::vector<Step> steps;

    // Resources and locks that occur, each once, in order.
    std::vector<std::string> resources() const;
    std::vector<LockName> locks() const;
};

// As written in a scenario, without what is expected: "A1@r0>PR(vb)".
std::string text_of(const Operation &op);
std::string text_of(const Step &step);

// Of scenarios as they are printed by this test: "%cut" and "%heal" around what overlaps.
std::vector<Sequence> read_sequences(const std::string &text, std::string &error);

}  // namespace dlm::differential
