// SPDX-License-Identifier: GPL-2.0-or-later
//
// Valid requests, mutated: whatever a program writes, and whoever it is, the answer is one of the
// table (answers.cc), and the lockspace still works.
#include <iostream>

#include <grp.h>
#include <unistd.h>

#include "fuzzer.h"

namespace dlm::user {

void Fuzzer::note(const std::string &operation, int result)
{
    const auto row = answers().find(operation);
    if (row == answers().end()) {
        std::cout << "no row \"" << operation << "\"" << std::endl;
        std::exit(2);
    }
    calls_++;
    seen_[operation][result < 0 ? -result : 0]++;
    const Answers &a = row->second;
    const bool other = dropped_ && a.differs;
    const Good good = other ? a.nobodys_good : a.good;
    const auto &errors = other ? a.nobodys_errors : a.errors;
    const bool fine = result < 0               ? errors.count(-result) > 0
                      : good == Good::zero     ? result == 0
                      : good == Good::positive ? result > 0
                                               : good == Good::any;
    if (fine)
        return;
    // One of each kind is enough to read.
    if (run_.failures < 100 && seen_[operation][result < 0 ? -result : 0] <= 3)
        std::cout << "call " << calls_ << ": " << operation << " (" << a.section << "): " << result
                  << std::endl;
    run_.failures++;
}

int Fuzzer::seen(const std::string &operation, int error) const
{
    const auto row = seen_.find(operation);
    if (row == seen_.end())
        return 0;
    const auto answer = row->second.find(error);
    return answer == row->second.end() ? 0 : answer->second;
}

void Fuzzer::print() const
{
    std::cout << mutated_ << " mutations, " << calls_ << " calls" << (nobody_ ? " of nobody" : "")
              << std::endl;
    for (const auto &[operation, answers] : seen_) {
        std::cout << "  " << operation << ":";
        for (const auto &[error, times] : answers)
            std::cout << " " << error << " x " << times;
        std::cout << "\n";
    }
}

void Fuzzer::mutate(Bytes &bytes, unsigned longest)
{
    mutated();
    for (unsigned n = below(4); n > 1 && !bytes.empty(); n--)
        bytes[below(static_cast<unsigned>(bytes.size()))] =
            static_cast<std::uint8_t>(below(4) ? 1u << below(8) : random_());
    if (one_in(20))
        bytes.resize(below(longest));
}

std::string Fuzzer::number()
{
    static const char *const edges[] = {"",
                                        "-",
                                        "0x",
                                        "08",
                                        "1 ",
                                        "1\n\n",
                                        "\n",
                                        "1 2",
                                        "2147483647",
                                        "2147483648",
                                        "4294967295",
                                        "4294967296",
                                        "+1",
                                        "-2147483648",
                                        "9e9",
                                        "0x7fffffff",
                                        "-1",
                                        "1x",
                                        "18446744073709551616"};
    std::string text = one_in(4)   ? edges[below(std::size(edges))]
                       : one_in(2) ? std::to_string(below(10))
                                   : std::to_string(static_cast<std::uint32_t>(random_()));
    if (one_in(3))
        text += one_in(2) ? std::string(1, '\n') : std::string(1, '\0');
    if (one_in(8) && !text.empty())
        text[below(static_cast<unsigned>(text.size()))] = static_cast<char>(random_());
    if (one_in(200))
        text.resize(below(9000), '1');
    return text;
}

void Fuzzer::drop_privileges()
{
    if (setgroups(0, nullptr) || setgid(65534) || setuid(65534)) {
        std::cout << "cannot become nobody" << std::endl;
        std::exit(2);
    }
    dropped_ = true;
}

namespace {

using Fuzz = void (*)(Fuzzer &);

Fuzz find(const std::string &device)
{
    if (device == "space")
        return fuzz_space;
    if (device == "control")
        return fuzz_control;
    if (device == "monitor")
        return fuzz_monitor;
    if (device == "files")
        return fuzz_files;
    return nullptr;
}

}  // namespace

int fuzz(Run &run, const std::string &device, unsigned seed, int count, bool nobody)
{
    run.scenario = "fuzz " + device;
    Fuzzer f(run, seed, count, nobody);
    if (device == "plock")
        fuzz_plock(f, run.space);
    else if (Fuzz all = find(device))
        all(f);
    else
        return 2;
    f.print();
    return run.failures ? 1 : 0;
}

// After it, when all nodes have purged their orphans: each name can be had.
int still_works(Run &run)
{
    run.scenario = "fuzz";
    Space s(run.space);
    for (int i = 0; i < fuzz_names; i++) {
        EXPECT_THAT(s.lock(run.prefix + "fuzz." + std::to_string(i), 5) > 0);
        EXPECT_IS(s.status(60000), 0);
    }
    return run.failures ? 1 : 0;
}

}  // namespace dlm::user
