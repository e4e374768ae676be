// SPDX-License-Identifier: GPL-2.0-or-later
//
// Where the things lie that guests are made of: build/guest.env (written when the images are
// built), each entry to be overridden by an environment variable of the same name.
// A missing entry is a failure of the test that needs it, never a skip.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "outcome.h"

namespace dlm::guest {

class Environment {
public:
    static const Environment &get();

    // Empty when the key is unknown.
    std::string value(const std::string &key) const;
    // The file or directory that the key names must exist.
    Outcome require(const std::vector<std::string> &keys) const;

    std::string build_dir() const;                             // build/ of the checkout
    std::string guest_program(const std::string &name) const;  // static, of tests/guest/agent
    std::string our_dlm_ko(bool uml) const;
    std::string client_ko(bool uml) const;
    std::string user_program(const std::string &name) const;  // built beside the tests

private:
    Environment();
    std::map<std::string, std::string> values_;
};

// How lockspaces get their masters: by who asks first, or by the name alone, which is said by a
// flag of the creator or by the control plane.
enum class Directory { used, none_by_flag, none_by_sysfs };

// Chosen on the command line of the test binary: --kind=uml|qemu, --mix=ours/stock/ours,
// --cpus=2, --nodir=flag|sysfs, --seed=N --count=N of what is random.
struct RunOptions {
    std::string kind = "uml";
    std::string mix = "ours/ours/ours";
    unsigned cpus = 1;
    Directory directory = Directory::used;
    unsigned long seed = 1;
    int count = 0;  // 0: the test's own number

    int count_or(int own) const { return count > 0 ? count : own; }
};
RunOptions &run_options();

}  // namespace dlm::guest
