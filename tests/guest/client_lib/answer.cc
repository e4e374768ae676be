// SPDX-License-Identifier: GPL-2.0-or-later
#include "answer.h"

#include <cstdlib>
#include <sstream>

namespace dlm::client {
namespace {

EventKind kind_of(const std::string &word)
{
    static const std::map<std::string, EventKind> kinds = {
        {"call", EventKind::call},           {"return", EventKind::ret},
        {"cast", EventKind::cast},           {"bast", EventKind::bast},
        {"prep", EventKind::prep},           {"slot", EventKind::slot},
        {"done", EventKind::done},           {"async", EventKind::async},
        {"violation", EventKind::violation}, {"reaction", EventKind::reaction},
    };
    auto it = kinds.find(word);
    return it == kinds.end() ? EventKind::other : it->second;
}

std::string find(const Words &words, const std::string &key)
{
    auto it = words.find(key);
    return it == words.end() ? std::string() : it->second;
}

}  // namespace

Words parse_words(std::string_view line)
{
    Words words;
    std::istringstream in{std::string(line)};
    for (std::string word; in >> word;)
        if (auto sign = word.find('='); sign != std::string::npos)
            words.emplace(word.substr(0, sign), word.substr(sign + 1));
    return words;
}

Answer::Answer(std::string text) : text_(std::move(text))
{
    std::istringstream in(text_);
    for (std::string line; std::getline(in, line);)
        if (!line.empty())
            lines_.push_back(line);
    if (!lines_.empty())
        words_ = parse_words(lines_.back());
}

int Answer::number(const std::string &key, int otherwise) const
{
    auto it = words_.find(key);
    return it == words_.end() ? otherwise
                              : static_cast<int>(std::strtol(it->second.c_str(), nullptr, 0));
}

unsigned long long Answer::big(const std::string &key) const
{
    return std::strtoull(word(key).c_str(), nullptr, 0);
}

std::string Answer::word(const std::string &key) const
{
    return find(words_, key);
}

std::optional<Event> parse_event(const std::string &line)
{
    if (!line.starts_with("seq="))
        return std::nullopt;
    Event event;
    event.text = line;
    event.words = parse_words(line);
    event.seq = std::strtoull(find(event.words, "seq").c_str(), nullptr, 0);
    event.time_ns = std::strtoull(find(event.words, "t").c_str(), nullptr, 0);
    event.kind = kind_of(find(event.words, "kind"));
    event.space = find(event.words, "space");
    event.lock = find(event.words, "lock");
    const char *status = event.kind == EventKind::ret ? "ret" : "status";
    event.status = std::atoi(find(event.words, status).c_str());
    event.flags =
        static_cast<unsigned>(std::strtoul(find(event.words, "flags").c_str(), nullptr, 0));
    event.lvb = find(event.words, "lvb");
    if (event.words.count("mode"))
        event.mode = std::atoi(event.words.at("mode").c_str());
    return event;
}

}  // namespace dlm::client
