// SPDX-License-Identifier: GPL-2.0-or-later
//
// The right side of a scenario's step.
#include <sstream>
#include <utility>

#include "scenario_text.h"

namespace dlm::client {
namespace {

void completion(Cursor &in, Expectation &e, Complaint &bad)
{
    e.status = status_word(in, bad);
    while (in.skip('/')) {
        const std::string flag = in.while_(is_upper);
        const auto bit = status_flag(flag);
        if (!bit)
            bad("unknown status flag " + flag);
        e.flags |= bit.value_or(0);
    }
}

void blocking(Cursor &in, Expectation &e, Complaint &bad)
{
    const std::string name = in.while_(is_upper);
    const auto mode = mode_number(name);
    if (!mode)
        bad("unknown mode " + name);
    e.mode = mode.value_or(0);
}

bool is_queue(const std::string &word)
{
    const auto open = word.find('[');
    return (word[0] == 'G' || word[0] == 'C' || word[0] == 'W') &&
           (open == 1 || (open == 2 && (is_upper(word[1]) || word[1] == '*')));
}

void queue(const std::string &word, Expected &out, Complaint &bad)
{
    QueueExpectation e;
    e.written = word;
    e.queue = word[0];
    Cursor in(std::string_view(word).substr(1), bad);
    e.node = in.skip('*') ? '*' : node_letter(in);
    in.need('[');
    std::istringstream locks(in.until('[', ']'));
    for (std::string lock; locks >> lock;)
        e.locks.push_back(lock);
    in.end();
    out.queues.push_back(std::move(e));
}

// recover_prep, recover_slot, recover_done: pA, sA=M, dA=AB
void recovery(Cursor &in, Expectation &e)
{
    e.lock.node = node_letter(in);
    if (e.kind == 'p' || !in.skip('='))
        return;
    e.text = in.while_([](char c) { return c != '{'; });
}

}  // namespace

void read_expectation(const std::string &word, int phase, Expected &out, Complaint &bad)
{
    if (is_queue(word)) {
        queue(word, out, bad);
        return;
    }
    Cursor in(word, bad);
    Expectation e;
    e.any_time = in.skip('~');
    const char kind = in.peek();
    if (std::string("cbrvpsd").find(kind) == std::string::npos || !in.skip(kind)) {
        bad("no expectation: " + word);
        return;
    }
    e.kind = kind;
    e.written = word;
    e.phase = phase;
    if (kind == 'p' || kind == 's' || kind == 'd') {
        recovery(in, e);
        if (kind != 'p' && e.text.empty())
            bad("of whom? " + word);
    } else {
        e.lock = lock_name(in, bad);
        in.need('=');
    }
    if (kind == 'v') {
        in.need('"');
        out.buffers.push_back({e.lock, in.until('"', '"')});
        return;
    }
    if (kind == 'c' || kind == 'r')
        completion(in, e, bad);
    if (kind == 'b')
        blocking(in, e, bad);
    if (in.skip('{'))
        e.words = parse_words(spaced(in.until('{', '}')));
    in.end();
    out.callbacks.push_back(std::move(e));
}

}  // namespace dlm::client
