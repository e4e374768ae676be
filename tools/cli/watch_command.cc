// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/watch_command.h"

#include <chrono>
#include <cstdio>

#include "cli/event_text.h"
#include "cli/exit_code.h"
#include "cli/output.h"

namespace dlm::cli {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

static milliseconds left(const std::optional<Clock::time_point> &end)
{
    constexpr milliseconds a_while(60000);
    if (!end)
        return a_while;
    return std::min(a_while, std::chrono::duration_cast<milliseconds>(*end - Clock::now()));
}

int watch(const Context &context, const WatchOptions &options)
{
    std::optional<Clock::time_point> end;
    if (options.timeout_s)
        end = Clock::now() + std::chrono::seconds(*options.timeout_s);
    auto stream = options.listener ? lib::EventStream::open_listener() : lib::EventStream::open();
    if (!stream)
        return complain(stream.error());
    for (unsigned seen = 0; !options.count || seen < *options.count;) {
        auto event = stream->next(left(end));
        if (!event)
            return complain(event.error());
        if (*event) {
            seen++;
            print("{}", context.json ? event_json(**event).dump() + "\n" : event_line(**event));
            std::fflush(stdout);
        } else if (end && Clock::now() >= *end) {
            return options.count ? exit_failure : exit_fine;
        }
        if (!output_complete())
            return exit_failure;
    }
    return exit_fine;
}

}  // namespace dlm::cli
