/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shares.hh"

#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <type_traits>
#include <vector>

namespace dlm::sim {

static_assert(std::is_trivially_copyable_v<Share>, "goes through a pipe as it is");

std::string parse_seeds(const std::string &text, Seeds &seeds)
{
    const char *end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, seeds.first);
    if (first.ec == std::errc{} && first.ptr != end && *first.ptr == '-') {
        const auto last = std::from_chars(first.ptr + 1, end, seeds.last);
        if (last.ec == std::errc{} && last.ptr == end && seeds.first >= 1 &&
            seeds.first <= seeds.last)
            return {};
    }
    return "'" + text + "' is no range of seeds: FIRST-LAST, FIRST at least 1, LAST not below it";
}

namespace {

struct Job {
    pid_t pid = -1;
    int result = -1; /* read end of its pipe */
};

Job start(const Seeds &seeds, const Work &work)
{
    int ends[2];
    Job job;
    if (pipe(ends))
        return job;
    job.pid = fork();
    if (job.pid == 0) {
        close(ends[0]);
        const Share share = work(seeds);
        const bool told = write(ends[1], &share, sizeof(share)) == ssize_t{sizeof(share)};
        std::exit(told ? 0 : 1); /* not _exit(): the sanitizers look for leaks at the end */
    }
    close(ends[1]);
    job.result = ends[0];
    return job;
}

Share finish(const Job &job)
{
    Share share;
    int status = 0;
    const bool told =
        job.pid > 0 && read(job.result, &share, sizeof(share)) == ssize_t{sizeof(share)};
    if (job.result >= 0)
        close(job.result);
    const bool ended = job.pid > 0 && waitpid(job.pid, &status, 0) == job.pid && status == 0;
    if (!told || !ended) {
        std::printf("a process with a share of the seeds %s, wait status %d\n",
                    job.pid > 0 ? "has died" : "could not be started", status);
        share.failed++;
    }
    return share;
}

}  // namespace

Share in_shares(const Seeds &seeds, unsigned jobs, const Work &work)
{
    if (jobs <= 1)
        return work(seeds);
    std::fflush(stdout);
    setvbuf(stdout, nullptr, _IOLBF, 0); /* lines stay whole */
    std::vector<Job> started;
    for (unsigned i = 0; i < jobs && i <= seeds.last - seeds.first; i++)
        started.push_back(start({seeds.first + i, seeds.last, jobs}, work));
    Share sum;
    for (const Job &job : started) {
        const Share share = finish(job);
        sum.counters += share.counters;
        sum.failed += share.failed;
    }
    return sum;
}

}  // namespace dlm::sim
