// SPDX-License-Identifier: GPL-2.0-or-later
// YAML text to the model. A file that contradicts itself is refused: tables of the wrong size,
// an asymmetric compatibility, fields that leave gaps, names that nobody defined.
#pragma once

#include <string>

#include "base/result.h"
#include "codegen/model.h"

namespace dlm::codegen {

base::Result<Modes> parse_modes(const std::string &text);
base::Result<Flags> parse_flags(const std::string &text);
base::Result<Tunables> parse_tunables(const std::string &text);
base::Result<Wire> parse_wire(const std::string &text);

// Reads modes.yaml, flags.yaml, tunables.yaml and wire.yaml of a directory.
base::Result<Specs> load_specs(const std::string &directory);

}  // namespace dlm::codegen
