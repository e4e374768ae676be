// SPDX-License-Identifier: GPL-2.0-or-later
#include "scenario.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>
#include <utility>

#include "names.h"

namespace dlm::client {
namespace {

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

// One word, read from left to right.
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
    std::string rest() { return std::string(text_.substr(at_)); }

private:
    std::string_view text_;
    Complaint &bad_;
    std::size_t at_ = 0;
};

bool is_digit(char c)
{
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_upper(char c)
{
    return std::isupper(static_cast<unsigned char>(c)) != 0;
}
bool is_mode(char c)
{
    return is_upper(c) || is_digit(c) || c == '-';
}
bool is_name(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == ':';
}
bool is_status(char c)
{
    return is_upper(c) || is_digit(c);
}

LockName lock_name(Cursor &in, Complaint &bad)
{
    LockName lock;
    if (is_upper(in.peek())) {
        lock.node = in.peek();
        in.skip(lock.node);
    }
    lock.number = in.while_(is_digit);
    if (lock.number.empty())
        bad("no lock number in " + in.rest());
    return lock;
}

std::string spaced(std::string words)
{
    std::replace(words.begin(), words.end(), ',', ' ');
    return words;
}

int return_value(Cursor &in, Complaint &bad)
{
    const std::string name = in.while_(is_status);
    const auto number = status_number(name);
    if (!number)
        bad("unknown errno " + name);
    return number.value_or(0);
}

void tail(Cursor &in, Operation &op, Complaint &bad)
{
    if (in.skip('('))
        op.flags = in.until('(', ')');
    if (in.skip('{'))
        op.words = spaced(in.until('{', '}'));
    if (in.skip('=')) {
        op.expected_return = op.expected_stock = return_value(in, bad);
        if (in.skip(':'))
            op.expected_stock = return_value(in, bad);
    }
    if (!in.done())
        bad("cannot read " + in.rest());
}

Operation operation(const std::string &word, Complaint &bad)
{
    Cursor in(word, bad);
    Operation op;
    op.written = word;
    op.lock = lock_name(in, bad);
    if (in.skip('@'))
        op.resource = in.while_(is_name);
    if (in.skip('+') || in.peek() == '>') {
        op.verb = in.skip('>') ? Verb::convert : Verb::request;
        op.mode = in.while_(is_mode);
        if (op.mode.empty())
            bad("no mode in " + word);
    } else if (in.skip('-')) {
        op.verb = Verb::unlock;
        if (in.skip('F'))
            op.flags = "F";
    } else if (in.skip('x')) {
        op.verb = Verb::cancel;
    } else if (in.skip('"')) {
        op.verb = Verb::buffer;
        op.text = in.until('"', '"');
    } else if (in.skip('~')) {
        op.verb = Verb::sleep;
        op.text = in.while_(is_digit);
    } else if (in.skip('!')) {
        op.verb = Verb::reaction;
        in.need('(');
        op.inner.push_back(operation(in.until('(', ')'), bad));
    } else {
        bad("no operation in " + word);
    }
    const std::string forced = op.flags;
    op.flags.clear();
    tail(in, op, bad);
    if (!forced.empty())
        op.flags = op.flags.empty() ? forced : forced + "," + op.flags;
    return op;
}

void status_and_flags(Cursor &in, Expectation &e, Complaint &bad)
{
    const std::string name = in.while_(is_status);
    const auto number = status_number(name);
    if (!number)
        bad("unknown status " + name);
    e.status = number.value_or(0);
    while (in.skip('/')) {
        const std::string flag = in.while_(is_upper);
        const auto bit = status_flag(flag);
        if (!bit)
            bad("unknown status flag " + flag);
        e.flags |= bit.value_or(0);
    }
}

void expectation(const std::string &word, Expected &out, Complaint &bad)
{
    Cursor in(word, bad);
    const char kind = in.peek();
    if ((kind != 'c' && kind != 'b' && kind != 'v') || !in.skip(kind)) {
        bad("no expectation: " + word);
        return;
    }
    Expectation e;
    e.completion = kind == 'c';
    e.written = word;
    e.lock = lock_name(in, bad);
    in.need('=');
    if (kind == 'v') {
        in.need('"');
        out.buffers.push_back({e.lock, in.until('"', '"')});
        return;
    }
    if (e.completion) {
        status_and_flags(in, e, bad);
    } else {
        const std::string name = in.while_(is_upper);
        const auto mode = mode_number(name);
        if (!mode)
            bad("unknown mode " + name);
        e.mode = mode.value_or(0);
    }
    if (in.skip('{'))
        e.words = parse_words(spaced(in.until('{', '}')));
    if (!in.done())
        bad("cannot read " + in.rest());
    out.callbacks.push_back(std::move(e));
}

// Blanks separate words, but not inside quotes or brackets.
std::vector<std::string> split(const std::string &line)
{
    std::vector<std::string> words;
    std::string word;
    int depth = 0;
    bool quoted = false;
    for (char c : line) {
        if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '(' || c == '{'))
            depth++;
        else if (!quoted && (c == ')' || c == '}'))
            depth--;
        if (c == ' ' && !quoted && depth == 0) {
            if (!word.empty())
                words.push_back(std::exchange(word, ""));
            continue;
        }
        word += c;
    }
    if (!word.empty())
        words.push_back(word);
    return words;
}

Step read_step(const std::string &line, int number, Complaint &bad)
{
    Step step;
    step.line = number;
    step.written = line;
    std::vector<std::string> words = split(line);
    Expected *side = nullptr;
    for (std::size_t i = 0; i < words.size(); i++) {
        const std::string &word = words[i];
        if (word == "->") {
            side = &step.always;
        } else if (word == "|") {
            const std::string who = i + 1 < words.size() ? words[++i] : "";
            if (!side || (who != "ours" && who != "stock"))
                bad("after the first '->': '| ours' or '| stock', not '| " + who + "'");
            side = who == "ours" ? &step.ours : &step.stock;
        } else if (side) {
            expectation(word, *side, bad);
        } else if (word[0] == '%') {
            Operation op;
            op.verb = Verb::cluster;
            op.written = word;
            op.text = word.substr(1);
            while (i + 1 < words.size() && words[i + 1] != "->")
                op.text += " " + words[++i];
            step.operations.push_back(std::move(op));
        } else {
            step.operations.push_back(operation(word, bad));
        }
    }
    return step;
}

Scenario heading(const std::string &line, Complaint &bad)
{
    Scenario scenario;
    std::istringstream in(line);
    in >> scenario.name >> scenario.evidence;
    std::getline(in >> std::ws, scenario.title);
    if (scenario.evidence.size() < 3 || scenario.evidence.front() != '[' ||
        scenario.evidence.back() != ']' || scenario.title.empty()) {
        bad("a heading is: NAME [MARKS] title");
        return scenario;
    }
    scenario.evidence = scenario.evidence.substr(1, scenario.evidence.size() - 2);
    return scenario;
}

void take_line(ScenarioFile &file, std::set<std::string> &names, const std::string &line,
               int number, Complaint &bad)
{
    if (line[0] != ' ') {
        Scenario scenario = heading(line, bad);
        if (!names.insert(scenario.name).second)
            bad("second scenario " + scenario.name);
        file.scenarios.push_back(std::move(scenario));
    } else if (file.scenarios.empty()) {
        bad("a step before the first heading");
    } else {
        file.scenarios.back().steps.push_back(read_step(line, number, bad));
    }
}

}  // namespace

std::string Scenario::nodes() const
{
    std::set<char> letters;
    for (const Step &step : steps)
        for (const Operation &op : step.operations)
            if (op.verb != Verb::cluster)
                letters.insert(op.lock.node);
    letters.erase('M');
    return "M" + std::string(letters.begin(), letters.end());
}

ScenarioFile parse_scenarios(const std::string &text)
{
    ScenarioFile file;
    std::set<std::string> names;
    std::istringstream in(text);
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        number++;
        while (!line.empty() && line.back() == ' ')
            line.pop_back();
        if (line.empty() || line[0] == '#')
            continue;
        Complaint bad;
        take_line(file, names, line, number, bad);
        if (!bad.first().empty())
            file.errors.push_back("line " + std::to_string(number) + ": " + bad.first());
    }
    return file;
}

}  // namespace dlm::client
