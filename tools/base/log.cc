// SPDX-License-Identifier: LGPL-2.1-or-later
// Set-up of spdlog for daemons and tools.
#include "base/log.h"

#include <cstdlib>

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace dlm::base {

// "<3>" and so on: the level as the journal reads it from standard error.
class JournalLevel : public spdlog::custom_flag_formatter {
public:
    void format(const spdlog::details::log_msg &msg, const std::tm &,
                spdlog::memory_buf_t &out) override
    {
        static constexpr const char *prefixes[] = {"<7>", "<7>", "<6>", "<4>", "<3>", "<2>", "<6>"};
        std::string_view prefix = prefixes[msg.level];
        out.append(prefix.data(), prefix.data() + prefix.size());
    }
    std::unique_ptr<custom_flag_formatter> clone() const override
    {
        return spdlog::details::make_unique<JournalLevel>();
    }
};

void log_init(bool debug)
{
    auto logger = spdlog::stderr_logger_st("dlm");
    if (getenv("JOURNAL_STREAM")) {
        auto formatter = std::make_unique<spdlog::pattern_formatter>();
        formatter->add_flag<JournalLevel>('*').set_pattern("%*%v");
        logger->set_formatter(std::move(formatter));
    } else {
        logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %l: %v");
    }
    logger->set_level(debug ? spdlog::level::debug : spdlog::level::info);
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(logger);
}

}  // namespace dlm::base
