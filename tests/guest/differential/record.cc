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

// What decides a history, besides the module.
void add(Fingerprint &fingerprint, const std::vector<Sequence> &sequences)
{
    fingerprint.add(std::to_string(generator_version) + "." + std::to_string(recorder_version));
    for (const Sequence &sequence : sequences) {
        fingerprint.add(sequence.name);
        for (const Step &step : sequence.steps)
            fingerprint.add((step.overlap ? "\n%" : "\n ") + text_of(step));
    }
}

std::string heading(const std::vector<Sequence> &sequences)
{
    Fingerprint fingerprint;
    add(fingerprint, sequences);
    return "# of the sequences " + fingerprint.text() + "\n";
}

std::string cache_directory()
{
    const char *cache = std::getenv("DLM_CACHE");
    const char *home = std::getenv("HOME");
    return (cache ? std::string(cache) : std::string(home ? home : "/root") + "/.cache/dlm") +
           "/differential";
}

}  // namespace

std::string packed_file()
{
    return DLM_DIFFERENTIAL_DIR "/stock-6.1.0-56.gz";
}

Record::Record(const std::string &module_file, const std::vector<Sequence> &sequences)
    : count_(sequences.size())
{
    Fingerprint fingerprint;
    fingerprint.add(read_all(module_file));
    add(fingerprint, sequences);
    path_ = cache_directory() + "/" + fingerprint.text();
}

std::optional<Histories> Record::load() const
{
    auto histories = from_file(read_all(path_));
    if (histories.size() != count_)
        return std::nullopt;
    return histories;
}

// Moved into its place when complete: another run may be reading.
void Record::save(const Histories &histories) const
{
    std::error_code error;
    std::filesystem::create_directories(cache_directory(), error);
    const std::string draft = path_ + "." + std::to_string(getpid());
    std::ofstream(draft, std::ios::binary) << to_file(histories);
    std::filesystem::rename(draft, path_, error);
}

std::optional<Histories> unpack(const std::string &file, const std::vector<Sequence> &sequences)
{
    FILE *pipe = popen(("gzip -dc '" + file + "' 2> /dev/null").c_str(), "r");
    if (!pipe)
        return std::nullopt;
    std::string text;
    char part[65536];
    while (const std::size_t got = fread(part, 1, sizeof(part), pipe))
        text.append(part, got);
    if (pclose(pipe) || !text.starts_with(heading(sequences)))
        return std::nullopt;
    Histories histories = from_file(text);
    if (histories.size() != sequences.size())
        return std::nullopt;
    return histories;
}

// The same bytes for the same histories: no name, no time.
guest::Outcome pack(const std::string &file, const std::vector<Sequence> &sequences,
                    const Histories &histories)
{
    const std::string text = heading(sequences) + to_file(histories);
    FILE *pipe = popen(("gzip -9nc > '" + file + "'").c_str(), "w");
    if (!pipe)
        return guest::fail() << "gzip does not start";
    const std::size_t written = fwrite(text.data(), 1, text.size(), pipe);
    if (pclose(pipe) || written != text.size())
        return guest::fail() << file << ": cannot be written";
    return guest::ok();
}

}  // namespace dlm::differential
