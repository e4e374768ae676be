// SPDX-License-Identifier: LGPL-2.1-or-later
// KernelFiles: the few file operations that configfs, sysfs, debugfs and /dev need, below a prefix.
// With a prefix the tree is an ordinary folder (tests): attributes are made when first stored and
// a removed directory takes its attributes along, as configfs does by itself. Tests also derive
// from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dlm::lib {

class KernelFiles {
public:
    explicit KernelFiles(std::string prefix = "") : prefix_(std::move(prefix)) {}
    virtual ~KernelFiles() = default;

    // All paths are absolute paths of a real system; the prefix is put in front here.
    virtual base::Result<void> store(const std::string &path, std::string_view bytes) const;
    virtual base::Result<std::string> load(const std::string &path) const;
    // True: made now. False: it was there.
    virtual base::Result<bool> make_directory(const std::string &path) const;
    // A directory that is not there is no error.
    virtual base::Result<void> remove_directory(const std::string &path) const;

    // Sorted names of the directories in `path`; none when it does not exist.
    std::vector<std::string> directories(const std::string &path) const;
    bool exists(const std::string &path) const;
    std::string real_path(const std::string &path) const { return prefix_ + path; }
    bool has_prefix() const { return !prefix_.empty(); }

private:
    std::string prefix_;
};

}  // namespace dlm::lib
