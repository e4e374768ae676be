// SPDX-License-Identifier: GPL-2.0-or-later
#include "record.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

#include "generate.h"
#include "runner.h"

namespace dlm::differential {
namespace {

class Fingerprint {
public:
    void add(const std::string &text)
    {
        for (unsigned char c : text)
            value_ = (value_ ^ c) * 1099511628211ull;
    }
    std::string text() const
    {
        char digits[17];
        std::snprintf(digits, sizeof(digits), "%016llx", static_cast<unsigned long long>(value_));
        return digits;
    }

private:
    std::uint64_t value_ = 14695981039346656037ull;
};

std::string read_all(const std::string &path)
{
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string cache_directory()
{
    const char *cache = std::getenv("DLM_CACHE");
    const char *home = std::getenv("HOME");
    return (cache ? std::string(cache) : std::string(home ? home : "/root") + "/.cache/dlm") +
           "/differential";
}

}  // namespace

Record::Record(const std::string &module_file, const std::vector<Sequence> &sequences)
    : count_(sequences.size())
{
    Fingerprint fingerprint;
    fingerprint.add(read_all(module_file));
    fingerprint.add(std::to_string(generator_version) + "." + std::to_string(recorder_version));
    for (const Sequence &sequence : sequences) {
        fingerprint.add(sequence.name);
        for (const Step &step : sequence.steps)
            fingerprint.add((step.overlap ? "\n%" : "\n ") + text_of(step));
    }
    path_ = cache_directory() + "/" + fingerprint.text();
}

std::optional<std::map<std::string, History>> Record::load() const
{
    auto histories = from_file(read_all(path_));
    if (histories.size() != count_)
        return std::nullopt;
    return histories;
}

// Moved into its place when complete: another run may be reading.
void Record::save(const std::map<std::string, History> &histories) const
{
    std::error_code error;
    std::filesystem::create_directories(cache_directory(), error);
    const std::string draft = path_ + "." + std::to_string(getpid());
    std::ofstream(draft, std::ios::binary) << to_file(histories);
    std::filesystem::rename(draft, path_, error);
}

}  // namespace dlm::differential
