// SPDX-License-Identifier: GPL-2.0-or-later
#include "scenario.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "scenario_text.h"

namespace dlm::client {
namespace {

// =EBUSY, or =0:EBUSY where stock differs
void returned(Cursor &in, Operation &op, Complaint &bad)
{
    if (!in.skip('='))
        return;
    op.expected_return = op.expected_stock = status_word(in, bad);
    if (in.skip(':'))
        op.expected_stock = status_word(in, bad);
}

void tail(Cursor &in, Operation &op, Complaint &bad)
{
    if (in.skip('('))
        op.flags = in.until('(', ')');
    if (in.skip('{'))
        op.words = spaced(in.until('{', '}'));
    returned(in, op, bad);
    in.end();
}

// The same as a word of its own.
void result(const std::string &word, Operation &op, Complaint &bad)
{
    Cursor in(word, bad);
    returned(in, op, bad);
    in.end();
}

// A:create(x,lvblen=7)=EINVAL{ops_result=0}
void command(Cursor &in, Operation &op, Complaint &bad)
{
    op.verb = Verb::command;
    op.text = in.while_(is_name);
    in.need('(');
    op.text += " " + spaced(in.until('(', ')'));
    returned(in, op, bad);
    if (in.skip('{'))
        op.expected_words = parse_words(spaced(in.until('{', '}')));
    in.end();
}

void verb(Cursor &in, Operation &op, Complaint &bad)
{
    if (in.skip('+') || in.peek() == '>') {
        op.verb = in.skip('>') ? Verb::convert : Verb::request;
        op.mode = in.while_(is_mode);
        if (op.mode.empty())
            bad("no mode in " + op.written);
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
        op.inner.push_back(read_operation(in.until('(', ')'), bad));
    } else {
        bad("no operation in " + op.written);
    }
}

// *100..102*MA*#+EX: the words for each number, the letters in turn.
std::vector<std::string> multiplied(const std::string &word, Complaint &bad)
{
    Cursor in(word, bad);
    std::vector<std::string> words;
    in.need('*');
    const int first = std::atoi(in.while_(is_digit).c_str());
    in.need('.');
    in.need('.');
    const int last = std::atoi(in.while_(is_digit).c_str());
    in.need('*');
    const std::string letters = in.while_(is_upper);
    in.need('*');
    if (letters.empty() || last < first || last - first > 9999)
        bad("no range: " + word);
    for (int n = first; n <= last && bad.first().empty(); n++) {
        const char letter = letters[static_cast<std::size_t>(n - first) % letters.size()];
        const std::string lock = LockName{letter, std::to_string(n)}.text();
        std::istringstream parts(in.rest());
        for (std::string part; std::getline(parts, part, ';');) {
            for (auto at = part.find('#'); at != std::string::npos; at = part.find('#', at))
                part.replace(at, 1, lock);
            words.push_back(part);
        }
    }
    return words;
}

std::vector<std::string> step_words(const std::string &line, Complaint &bad)
{
    std::vector<std::string> words;
    for (const std::string &word : split_words(line)) {
        if (word[0] != '*') {
            words.push_back(word);
            continue;
        }
        for (std::string &one : multiplied(word, bad))
            words.push_back(std::move(one));
    }
    return words;
}

Step read_step(const std::string &line, int number, Complaint &bad)
{
    Step step;
    step.line = number;
    step.written = line;
    const std::vector<std::string> words = step_words(line, bad);
    Expected *side = nullptr;
    int phase = 0;
    for (std::size_t i = 0; i < words.size(); i++) {
        const std::string &word = words[i];
        if (word == "->") {
            side = &step.always;
        } else if (word == "|") {
            const std::string who = i + 1 < words.size() ? words[++i] : "";
            if (!side || (who != "ours" && who != "stock"))
                bad("after the first '->': '| ours' or '| stock', not '| " + who + "'");
            side = who == "ours" ? &step.ours : &step.stock;
            phase = 0;
        } else if (side && word == "then") {
            phase++;
        } else if (side) {
            read_expectation(word, phase, *side, bad);
        } else if (word[0] == '%') {
            Operation op;
            op.verb = Verb::cluster;
            op.written = word;
            op.text = word.substr(1);
            while (i + 1 < words.size() && words[i + 1] != "->") {
                if (words[++i][0] == '=')
                    result(words[i], op, bad);
                else
                    op.text += " " + words[i];
            }
            step.operations.push_back(std::move(op));
        } else {
            step.operations.push_back(read_operation(word, bad));
        }
    }
    return step;
}

Scenario heading(const std::string &line, Complaint &bad)
{
    Scenario scenario;
    std::istringstream in(line);
    std::string open, close;
    in >> scenario.name >> scenario.evidence >> scenario.tier;
    std::getline(in >> std::ws, scenario.title);
    if (scenario.evidence.size() < 2 || scenario.evidence.front() != '[' ||
        scenario.tier.size() < 2 || scenario.tier.back() != ']' || scenario.title.empty()) {
        bad("a heading is: NAME [MARKS TIER] title");
        return scenario;
    }
    scenario.evidence.erase(0, 1);
    scenario.tier.pop_back();
    if (scenario.tier != "engine" && scenario.tier != "shell" && scenario.tier != "uml")
        bad("no tier: " + scenario.tier);
    if (scenario.evidence.find_first_not_of("OPRDW") != std::string::npos)
        bad("no marks: " + scenario.evidence);
    return scenario;
}

// "word: text" below a heading; false if the line is a step.
bool attribute(Scenario &scenario, const std::string &line, Complaint &bad)
{
    const auto start = line.find_first_not_of(' ');
    const std::string text = line.substr(start);
    auto after = [&](const char *key) {
        return text.starts_with(key) ? text.substr(std::string(key).size()) : "";
    };
    if (const std::string why = after("not on stock: "); !why.empty())
        scenario.not_on_stock = why;
    else if (const std::string same = after("same on stock: "); !same.empty())
        scenario.same_on_stock = same;
    else if (const std::string split = after("not mixed: "); !split.empty())
        scenario.not_mixed = split;
    else if (const std::string judge = after("judge: "); !judge.empty())
        scenario.judge = judge[0];
    else
        return false;
    if (!scenario.steps.empty())
        bad("stands below the heading: " + text);
    return true;
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
    } else if (!attribute(file.scenarios.back(), line, bad)) {
        file.scenarios.back().steps.push_back(read_step(line, number, bad));
    }
}

}  // namespace

std::string spaced(std::string words)
{
    std::replace(words.begin(), words.end(), ',', ' ');
    return words;
}

std::vector<std::string> split_words(const std::string &line)
{
    std::vector<std::string> words;
    std::string word;
    int depth = 0;
    bool quoted = false;
    for (char c : line) {
        if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '(' || c == '{' || c == '['))
            depth++;
        else if (!quoted && (c == ')' || c == '}' || c == ']'))
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

Operation read_operation(const std::string &word, Complaint &bad)
{
    Cursor in(word, bad);
    Operation op;
    op.written = word;
    op.aside = in.skip('&');
    op.lock.node = node_letter(in);
    if (in.skip(':')) {
        command(in, op, bad);
        return op;
    }
    op.lock.number = in.while_(is_digit);
    if (op.lock.number.empty())
        bad("no lock number in " + word);
    if (in.skip('@')) {
        op.resource = in.while_(is_name);
        if (in.skip('/'))
            op.directory = node_letter(in);
    }
    verb(in, op, bad);
    const std::string forced = std::exchange(op.flags, "");
    tail(in, op, bad);
    if (!forced.empty())
        op.flags = op.flags.empty() ? forced : forced + "," + op.flags;
    return op;
}

bool Step::differs() const
{
    for (const Operation &op : operations)
        if (op.expected_return != op.expected_stock)
            return true;
    return !ours.empty() || !stock.empty();
}

bool Scenario::differs() const
{
    return std::any_of(steps.begin(), steps.end(), [](const Step &s) { return s.differs(); });
}

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

ScenarioFile read_all_scenarios()
{
    ScenarioFile all;
    std::set<std::filesystem::path> paths;
    for (const auto &entry : std::filesystem::directory_iterator(DLM_SCENARIO_DIR))
        paths.insert(entry.path());
    for (const auto &path : paths) {
        std::ifstream in(path);
        std::stringstream text;
        text << in.rdbuf();
        ScenarioFile file = parse_scenarios(text.str());
        for (const auto &error : file.errors)
            all.errors.push_back(path.filename().string() + ": " + error);
        for (Scenario &scenario : file.scenarios)
            all.scenarios.push_back(std::move(scenario));
    }
    return all;
}

}  // namespace dlm::client
