// SPDX-License-Identifier: GPL-2.0-or-later
//
// Writes initramfs archives (cpio, "newc") without needing root or a scratch tree.
#pragma once

#include <set>
#include <string>

#include "outcome.h"

namespace dlm::guest {

class Cpio {
public:
    // Missing parents of any entry are added by themselves.
    void directory(const std::string &path);
    void file(const std::string &path, const std::string &content, unsigned mode = 0644);
    void link(const std::string &path, const std::string &target);
    Outcome host_file(const std::string &path, const std::string &from, unsigned mode = 0644);
    // All entries and the trailer.
    std::string finish();

private:
    void parents(const std::string &path);
    void entry(const std::string &path, unsigned mode, const std::string &content);
    std::string bytes_;
    unsigned inode_ = 1;
    std::set<std::string> directories_;
};

Outcome read_host_file(const std::string &path, std::string &content);
Outcome write_host_file(const std::string &path, const std::string &content);

}  // namespace dlm::guest
