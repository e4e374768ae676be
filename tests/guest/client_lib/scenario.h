// SPDX-License-Identifier: GPL-2.0-or-later
//
// Conformance scenarios as text: what to do with locks and which callbacks must follow. The
// notation is that of the specification's scenario tables, made regular. Knows neither guests nor
// the lock manager: a backend (scenario_run.h) carries the operations out.
//
//   B01 [O engine] a waiting lock is unlocked plainly   number, marks and tier, what it shows
//       1+EX           -> c1=0                      one step; operations run back to back,
//       2+EX           -> b1=EX W[2]                then everything settles; the right side
//       2-             -> c2=EUNLOCK W[]            lists all callbacks that came
//       1>PR(quecvt)=EINVAL                         a call that must return an error;
//       1x=0:EINVAL                                 0 from ours, the error from stock
//       5+PR(noord)    -> c5=0 | ours b5=EX         more, on one implementation only
//
// A second part of a number is B01.b. Marks: O seen on stock, P ours alone, R read, D documented;
// W: stock warns in its log. Tiers: engine (needs no kernel), shell (needs one), uml (needs the
// debug kernel). Lines "word: text" below the heading:
//   not on stock: reason   would take the node down, or there is no such thing
//   not mixed: reason      only where all nodes run the same
//   same on stock: reason  though marked P
//   judge: A               whose implementation chooses between ours and stock (else M's)
//
// Locks: a number, before it the node's letter (none: M, the master's). 1+EX request, 1>EX
// convert, 1- unlock, 1-F forced, 1x cancel, each with (flags) and {words of the client}.
// 1@name+EX another resource than the scenario's own, 1@name/A+EX one whose directory is at A (by
// itself: @/A); 1"text" fills the lock's value buffer; 1!(1-) runs an operation inside the next
// completion; 1~300 makes completions sleep 300 ms; &A1+PR is called by a thread of its own, which
// may sleep. A:create(x,lvblen=7)=EINVAL{ops_result=0} is a command for A's client.
// %cut A, %heal A, %wait 500 (milliseconds), %kill M and the like go to the backend.
//
// Expected: c1=0/DEM completion, b1=EX blocking callback (both with {words of the event}), r1=0
// what a call inside a completion or of a thread returned; pA, sA=M, dA=AB recover_prep, _slot (of
// M, with the slot that M had; sA=M:-1 another one), _done (the members); v1="text" the buffer.
// Callbacks of one lock are compared in order, those of different locks have none; but what stands
// before "then" comes first on each node. G[1:PR A2:CR] C[1:PR>EX] W[3:EX] the queues at M, and
// GA[..] as A sees them, G*[..] at whoever is master; modes may be left out. ~c1=0 heeds no "then".
// *100..102*MA*#+EX stands for 100+EX A101+EX 102+EX, with ";" between several words, on both
// sides.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "answer.h"

namespace dlm::client {

struct LockName {
    char node = 'M';
    std::string number;
    std::string text() const { return (node == 'M' ? "" : std::string(1, node)) + number; }
    auto operator<=>(const LockName &) const = default;
};

enum class Verb { request, convert, unlock, cancel, buffer, reaction, sleep, command, cluster };

struct Operation {
    Verb verb = Verb::request;
    LockName lock;         // of a command only the node
    std::string resource;  // empty: the scenario's
    char directory = 0;    // letter of the node that must be its directory
    std::string mode;      // as written: a name or any number
    std::string flags;
    std::string words;   // more words for the client, blank-separated
    std::string text;    // buffer contents; command; milliseconds
    bool aside = false;  // by a thread of its own
    int expected_return = 0;
    int expected_stock = 0;
    Words expected_words;          // of a command's answer
    std::string written;           // as in the file
    std::vector<Operation> inner;  // reaction
};

struct Expectation {
    char kind = 'c';  // c b r; p s d
    LockName lock;    // p s d: only the node
    int status = 0;
    unsigned flags = 0;
    int mode = 0;
    std::string text;  // s: the node; d: the members
    Words words;
    std::string written;
    int phase = 0;  // how many "then" stand before it
    bool any_time = false;
};

struct BufferExpectation {
    LockName lock;
    std::string text;
};

struct QueueExpectation {
    char node = 'M';
    char queue = 'G';
    std::vector<std::string> locks;
    std::string written;
};

struct Expected {
    std::vector<Expectation> callbacks;
    std::vector<BufferExpectation> buffers;
    std::vector<QueueExpectation> queues;
    bool empty() const { return callbacks.empty() && buffers.empty() && queues.empty(); }
};

struct Step {
    int line = 0;
    std::string written;
    std::vector<Operation> operations;
    Expected always, ours, stock;
    bool differs() const;
};

struct Scenario {
    std::string name;
    std::string evidence;
    std::string tier;
    std::string title;
    std::string not_on_stock, not_mixed, same_on_stock;  // reasons
    char judge = 'M';
    std::vector<Step> steps;
    // Without the letter of a part.
    std::string number() const { return name.substr(0, name.find('.')); }
    bool marked(char mark) const { return evidence.find(mark) != std::string::npos; }
    // Something is expected of one implementation that is not expected of the other.
    bool differs() const;
    // Letters of the nodes it needs, M first.
    std::string nodes() const;
};

struct ScenarioFile {
    std::vector<Scenario> scenarios;
    std::vector<std::string> errors;  // "line 7: ..."; a file with errors must not be run
};

ScenarioFile parse_scenarios(const std::string &text);

// All files of the tree; errors carry the file's name.
ScenarioFile read_all_scenarios();

}  // namespace dlm::client
