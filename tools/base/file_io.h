// SPDX-License-Identifier: LGPL-2.1-or-later
// Whole-file reads and single-write stores, as kernel attributes want them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace dlm::base {

// Opens with O_CLOEXEC.
Result<unique_fd> open_file(const std::string &path, int flags, int mode = 0);

// Reads to the end of the file.
Result<std::string> read_file(const std::string &path);

// Writes all bytes with exactly one write(2): the kernel's attributes take one write as one store.
// A short write is an error. `extra_flags` is or-ed to O_WRONLY.
Result<void> store_file(const std::string &path, std::string_view bytes, int extra_flags = 0);

// Puts the bytes into a new file beside `path` and renames it, so that a reader never sees a half.
Result<void> replace_file(const std::string &path, std::string_view bytes, int mode);

}  // namespace dlm::base
