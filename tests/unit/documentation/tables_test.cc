// SPDX-License-Identifier: GPL-2.0-or-later
//
// The tables in Documentation/ that say which test holds what: each number has a row, and each test
// that is named is there.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::string content(const std::string &path)
{
    std::ifstream in(std::string(DLM_SOURCE_DIR "/") + path);
    EXPECT_TRUE(in.good()) << path;
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

// First cell -> the rest of the row.
std::map<std::string, std::string> rows(const std::string &path)
{
    static const std::string first = "   * - ";
    std::map<std::string, std::string> all;
    std::string number;
    std::istringstream in(content(path));
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(first) && line.size() > first.size() + 1) {
            number = line.substr(first.size());
            EXPECT_FALSE(all.count(number)) << number << " is there twice";
            all[number] = "";
        } else if (!line.empty() && line[0] != ' ') {
            number.clear();
        } else if (!number.empty()) {
            all[number] += line + "\n";
        }
    }
    return all;
}

// A test: of a file of tests/guest, or a part of the program that user_test runs.
struct Test {
    std::string file, name;
    bool part = false;
};

// All that is written ``file.test`` or ``user_test/NAME``.
std::vector<Test> tests(const std::string &text)
{
    static const std::string quote = "``";
    std::vector<Test> all;
    for (std::size_t at = 0; (at = text.find(quote, at)) != std::string::npos;) {
        const std::size_t end = text.find(quote, at + 2);
        const std::string word = text.substr(at + 2, end - at - 2);
        at = end == std::string::npos ? end : end + 2;
        const std::size_t dot = word.find_first_of("./");
        if (dot != std::string::npos && word.substr(0, dot).ends_with("_test"))
            all.push_back({word.substr(0, dot), word.substr(dot + 1), word[dot] == '/'});
    }
    return all;
}

void expect_tests(const std::string &text)
{
    static const std::string parts =
        content("tests/guest/user/scenarios.cc") + content("tests/guest/user/device_checks.cc");
    for (const Test &test : tests(text)) {
        if (test.part)
            EXPECT_NE(parts.find("{\"" + test.name + "\", "), std::string::npos) << test.name;
        else
            EXPECT_NE(content("tests/guest/" + test.file + ".cc").find(", " + test.name + ")\n{"),
                      std::string::npos)
                << test.file << " has no test " << test.name;
    }
}

bool says_one_of(const std::string &text, const std::vector<std::string> &words)
{
    return std::any_of(words.begin(), words.end(), [&](const std::string &word) {
        return text.find(word) != std::string::npos;
    });
}

void expect_rows(const std::map<std::string, std::string> &table, const std::string &letter,
                 const std::set<int> &numbers, int width)
{
    std::set<int> there;
    for (const auto &[number, row] : table)
        if (number.substr(0, letter.size()) == letter) {
            const std::string digits = number.substr(letter.size());
            EXPECT_GE(static_cast<int>(digits.size()), width) << number;
            there.insert(std::stoi(digits));
        }
    EXPECT_EQ(there, numbers) << letter;
}

std::set<int> range(int first, int last)
{
    std::set<int> all;
    for (; first <= last; first++)
        all.insert(first);
    return all;
}

TEST(DocumentationTables, conformance)
{
    const auto table = rows("Documentation/conformance.rst");
    std::set<int> control_plane = range(1, 30);
    control_plane.erase(25);
    control_plane.erase(26);
    expect_rows(table, "C", control_plane, 1);
    expect_rows(table, "U", range(1, 15), 2);
    expect_rows(table, "P", range(7, 10), 2);
    expect_rows(table, "L", {2, 14}, 2);
    expect_rows(table, "R", {15, 16}, 2);
    for (const auto &[number, row] : table) {
        EXPECT_TRUE(!tests(row).empty() || number == "R15") << number;
        expect_tests(row);
    }
}

// What is said to be mended names a test; everything else says who has it.
TEST(DocumentationTables, weaknesses)
{
    const auto table = rows("Documentation/weaknesses.rst");
    expect_rows(table, "W", range(1, 26), 1);
    for (const auto &[number, row] : table) {
        const bool elsewhere =
            says_one_of(row, {"netlink interface", "daemon's", "tools'", "rule stays"});
        EXPECT_TRUE(says_one_of(row, {"mended"}) ? !tests(row).empty() : elsewhere)
            << number << row;
        expect_tests(row);
    }
}

}  // namespace
