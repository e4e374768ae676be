// SPDX-License-Identifier: GPL-2.0-or-later
#include "client.h"

#include <cstdlib>
#include <ostream>

namespace dlm::client {
namespace {

std::string call_line(const char *verb, const std::string &space, const std::string &id,
                      const std::string &flags, const std::string &more)
{
    std::string line = std::string(verb) + " " + space + " " + id;
    if (!flags.empty())
        line += " flags=" + flags;
    if (!more.empty())
        line += " " + more;
    return line;
}

std::string ask_line(const std::string &space, const std::string &name, Mode mode)
{
    return "ask " + space + " name=" + name + " mode=" + mode_name(mode);
}

int ask_result(const Answer &answer)
{
    return answer.ret() ? answer.ret() : answer.number("status", -9999);
}

}  // namespace

std::string text_of_hex(const std::string &hex)
{
    std::string text;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        const char byte = static_cast<char>(std::strtol(hex.substr(i, 2).c_str(), nullptr, 16));
        if (!byte)
            break;
        text += byte;
    }
    return text;
}

std::ostream &operator<<(std::ostream &out, const Completion &completion)
{
    out << "ret " << status_name(completion.ret);
    if (completion.ret == 0 && !completion.came)
        return out << ", no completion in time";
    if (completion.came)
        out << ", status " << status_name(completion.status) << " "
            << status_flag_names(completion.flags) << " value \"" << completion.lvb << "\"";
    return out;
}

Client::Client(guest::Node &node, std::string space)
    : node_(node), space_(std::move(space)), channel_(std::make_unique<Channel>(node))
{
}

guest::Outcome Client::open()
{
    next_event_ = 1;
    return channel_->open();
}

Answer Client::command(const std::string &line, guest::Milliseconds deadline)
{
    return channel_->ask(line, deadline);
}

std::vector<Answer> Client::commands(const std::vector<std::string> &lines,
                                     guest::Milliseconds deadline)
{
    return channel_->ask(lines, deadline);
}

Answer Client::lock(const std::string &id, const std::string &name, Mode mode,
                    const std::string &flags, const std::string &more)
{
    return command(call_line("lock", space_, id, flags, more) + " name=" + name +
                   " mode=" + mode_name(mode));
}

Answer Client::convert(const std::string &id, Mode mode, const std::string &flags,
                       const std::string &more)
{
    return command(call_line("convert", space_, id, flags, more) + " mode=" + mode_name(mode));
}

Answer Client::unlock(const std::string &id, const std::string &flags, const std::string &more)
{
    return command(call_line("unlock", space_, id, flags, more));
}

Answer Client::cancel(const std::string &id)
{
    return command(call_line("cancel", space_, id, "", ""));
}

Completion Client::wait(const std::string &id, const Answer &call, guest::Milliseconds deadline)
{
    Completion completion;
    completion.ret = call.ret();
    if (completion.ret)
        return completion;
    const int wanted = call.number("casts") + 1;
    const Answer waited = command("wait " + space_ + " " + id + " casts=" + std::to_string(wanted) +
                                      " timeout_ms=" + std::to_string(deadline.count()),
                                  deadline + guest::Seconds(20));
    completion.came = waited.valid() && waited.ret() == 0;
    if (!completion.came)
        return completion;
    completion.status = waited.number("status");
    completion.flags = static_cast<unsigned>(waited.number("flags"));
    completion.lvb = text_of_hex(waited.word("lvb"));
    return completion;
}

Completion Client::lock_wait(const std::string &id, const std::string &name, Mode mode,
                             const std::string &flags, const std::string &more)
{
    return wait(id, lock(id, name, mode, flags, more));
}

Completion Client::convert_wait(const std::string &id, Mode mode, const std::string &flags,
                                const std::string &more)
{
    return wait(id, convert(id, mode, flags, more));
}

Completion Client::unlock_wait(const std::string &id, const std::string &flags,
                               const std::string &more)
{
    return wait(id, unlock(id, flags, more));
}

int Client::ask(const std::string &name, Mode mode)
{
    return ask_result(command(ask_line(space_, name, mode)));
}

std::vector<int> Client::ask(const std::vector<std::pair<std::string, Mode>> &questions)
{
    std::vector<std::string> lines;
    std::vector<int> results;
    lines.reserve(questions.size());
    for (const auto &[name, mode] : questions)
        lines.push_back(ask_line(space_, name, mode));
    for (const Answer &answer : commands(lines))
        results.push_back(ask_result(answer));
    return results;
}

std::string Client::settle_line(guest::Milliseconds quiet) const
{
    return "settle quiet_ms=" + std::to_string(quiet.count()) + " timeout_ms=30000";
}

guest::Outcome Client::settle(guest::Milliseconds quiet)
{
    const Answer answer = command(settle_line(quiet));
    if (answer.ret() == 0)
        return guest::ok();
    return guest::fail() << node_.name() << " does not settle: " << answer.text();
}

bool Client::take_events(const Answer &answer, std::vector<Event> &events)
{
    if (!answer.valid())
        return false;
    for (const auto &line : answer.lines())
        if (auto event = parse_event(line);
            event && (event->space == space_ || event->kind == EventKind::violation ||
                      event->kind == EventKind::async))
            events.push_back(std::move(*event));
    next_event_ = answer.big("next");
    return answer.number("more") != 0;
}

std::vector<Event> Client::events()
{
    std::vector<Event> events;
    while (take_events(command("events from=" + std::to_string(next_event_)), events))
        ;
    return events;
}

guest::Outcome Client::settle_events(guest::Milliseconds quiet, std::vector<Event> &events)
{
    const auto answers =
        commands({settle_line(quiet), "events from=" + std::to_string(next_event_)});
    if (answers[0].ret())
        return guest::fail() << node_.name() << " does not settle: " << answers[0].text();
    if (!answers[1].valid())
        return guest::fail() << node_.name() << ": no events: " << answers[1].text();
    if (take_events(answers[1], events))
        for (Event &event : this->events())
            events.push_back(std::move(event));
    return guest::ok();
}

void Client::skip_events()
{
    next_event_ = command("settle quiet_ms=0").big("next");
}

guest::Outcome Client::no_violations()
{
    const Answer answer = command("violations");
    if (answer.valid() && answer.number("violations", -1) == 0)
        return guest::ok();
    guest::Outcome failure = guest::fail();
    failure << node_.name() << ": " << answer.text();
    next_event_ = 1;
    int shown = 0;
    for (const Event &event : events())
        if (event.kind == EventKind::violation && shown++ < 20)
            failure << "  " << event.text << "\n";
    return failure;
}

}  // namespace dlm::client
