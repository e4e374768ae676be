// SPDX-License-Identifier: GPL-2.0-or-later
//
// main() of every guest test binary: GoogleTest's arguments, and
//   --kind=uml|qemu          what the machines are made of
//   --mix=ours/stock/ours    the module of each node in turn
//   --cpus=2                 processors of each node (QEMU)
//   --nodir=flag|sysfs       lockspaces without directory
//   --seed=N --count=N       which random runs, and how many (where a test makes them)
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "environment.h"

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    signal(SIGPIPE, SIG_IGN);
    auto &options = dlm::guest::run_options();
    for (int i = 1; i < argc; i++) {
        const std::string argument = argv[i];
        if (argument == "--kind=uml" || argument == "--kind=qemu") {
            options.kind = argument.substr(7);
        } else if (argument.starts_with("--mix=")) {
            options.mix = argument.substr(6);
        } else if (argument.starts_with("--cpus=")) {
            options.cpus = static_cast<unsigned>(std::atoi(argument.c_str() + 7));
            if (options.cpus < 1 || options.cpus > 8) {
                std::fprintf(stderr, "between 1 and 8: %s\n", argv[i]);
                return 2;
            }
        } else if (argument.starts_with("--seed=")) {
            options.seed = std::strtoul(argument.c_str() + 7, nullptr, 10);
        } else if (argument.starts_with("--count=")) {
            options.count = std::atoi(argument.c_str() + 8);
        } else if (argument == "--nodir=flag") {
            options.directory = dlm::guest::Directory::none_by_flag;
        } else if (argument == "--nodir=sysfs") {
            options.directory = dlm::guest::Directory::none_by_sysfs;
        } else {
            std::fprintf(stderr, "unknown argument: %s\n", argv[i]);
            return 2;
        }
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    return RUN_ALL_TESTS();
}
