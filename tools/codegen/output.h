// SPDX-License-Identifier: GPL-2.0-or-later
// Generated text against the tree: written where it differs, or only compared.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "codegen/print.h"

namespace dlm::codegen {

// Paths of the files that differ from what is in the tree, or are missing there.
std::vector<std::string> stale_files(const std::string &root,
                                     const std::vector<GeneratedFile> &files);

// Writes the stale ones only, so that time stamps of the others stay. Returns their paths.
base::Result<std::vector<std::string>> write_files(const std::string &root,
                                                   const std::vector<GeneratedFile> &files);

}  // namespace dlm::codegen
