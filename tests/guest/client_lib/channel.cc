// SPDX-License-Identifier: GPL-2.0-or-later
#include "channel.h"

#include <thread>

namespace dlm::client {
namespace {

constexpr const char *file = "/sys/kernel/debug/dlm_client/command";

// Output that is kept in the line's memory before a new shell is started.
constexpr std::size_t restart_after = 4u << 20;

std::string mark(unsigned long number)
{
    return "=== " + std::to_string(number) + "\n";
}

// By guest_client.cc where it is in the guest (ClientCluster brings it), else by the shell alone.
std::string loop_script()
{
    return std::string("p=/usr/local/sbin/dlm-client; [ ! -x $p ] || exec $p; exec 3<>") + file +
           " || exit 1; n=0; "
           "while read -r line; do printf '%s\\n' \"$line\" >&3; cat <&3; n=$((n+1)); "
           "echo \"=== $n\"; done";
}

}  // namespace

std::string one_shot(const std::string &line)
{
    return std::string("exec 3<>") + file + " || exit 1; printf '%s\\n' '" + line +
           "' >&3; a=$(cat <&3); echo \"$a\"; case $a in *ret=0*) ;; *) exit 1 ;; esac";
}

Channel::~Channel()
{
    if (open_)
        command_.close_stdin();
}

guest::Outcome Channel::open()
{
    if (open_)
        command_.close_stdin();
    command_ = node_.start(loop_script(), "", true);
    open_ = true;
    read_ = 0;
    asked_ = 0;
    Answer answer = ask("violations");
    if (!answer.valid())
        return guest::fail() << "client of " << node_.name() << ": " << answer.text();
    return guest::ok();
}

// What has come in meanwhile, in one look: there may be hundreds.
bool Channel::take_answers(std::vector<Answer> &answers, std::size_t wanted)
{
    const std::string out = command_.out_so_far(read_);
    std::size_t from = 0;
    while (answers.size() < wanted) {
        const std::string end = mark(asked_ + 1);
        const auto at = out.find(end, from);
        if (at == std::string::npos)
            break;
        answers.emplace_back(out.substr(from, at - from));
        from = at + end.size();
        asked_++;
    }
    read_ += from;
    return from > 0;
}

std::vector<Answer> Channel::ask(const std::vector<std::string> &lines,
                                 guest::Milliseconds deadline)
{
    const auto end = guest::Clock::now() + deadline;
    std::vector<Answer> answers;
    std::string input;

    if (open_ && read_ > restart_after)
        if (guest::Outcome again = open(); !again)
            open_ = false;
    if (!open_)
        return std::vector<Answer>(lines.size(), Answer("bad channel: not open"));
    for (const auto &line : lines)
        input += line + "\n";
    command_.write(input);
    while (answers.size() < lines.size()) {
        if (take_answers(answers, lines.size()))
            continue;
        if (!command_.running() || guest::Clock::now() > end) {
            const char *why = command_.running() ? "no answer in time to: " : "shell gone at: ";
            open_ = false;
            command_.close_stdin();
            answers.resize(lines.size(),
                           Answer("bad channel: " + std::string(why) + lines[answers.size()]));
            break;
        }
        std::this_thread::sleep_for(guest::Milliseconds(1));
    }
    return answers;
}

Answer Channel::ask(const std::string &line, guest::Milliseconds deadline)
{
    return ask(std::vector<std::string>{line}, deadline).front();
}

}  // namespace dlm::client
