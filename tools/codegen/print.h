// SPDX-License-Identifier: GPL-2.0-or-later
// One printer per generated file: model in, text out. Nothing else decides what is written where.
#pragma once

#include <string>
#include <vector>

#include "codegen/model.h"

namespace dlm::codegen {

// Kernel C.
std::string print_modes_h(const Modes &spec);
std::string print_modes_c(const Modes &spec);
std::string print_flags_h(const Flags &spec);
std::string print_flags_c(const Flags &spec);
std::string print_tunables_h(const Tunables &spec);
std::string print_tunables_c(const Tunables &spec);
std::string print_wire_h(const Wire &spec);
std::string print_wire_c(const Wire &spec);

// C++ for tools and tests.
std::string print_modes_cpp(const Modes &spec);
std::string print_flags_cpp(const Flags &spec);
std::string print_tunables_cpp(const Tunables &spec);
std::string print_wire_cpp(const Wire &spec);

// Tables for the documentation.
std::string print_modes_rst(const Modes &spec);
std::string print_flags_rst(const Flags &spec);
std::string print_tunables_rst(const Tunables &spec);
std::string print_wire_rst(const Wire &spec);

struct GeneratedFile {
    std::string path;  // below the root of the tree
    std::string text;
};

std::vector<GeneratedFile> print_all(const Specs &specs);

}  // namespace dlm::codegen
