// SPDX-License-Identifier: GPL-2.0-or-later
// Which printer fills which file.
#include "codegen/print.h"

namespace dlm::codegen {

std::vector<GeneratedFile> print_all(const Specs &specs)
{
    return {
        {"kernel/gen/dlm_modes.h", print_modes_h(specs.modes)},
        {"kernel/gen/dlm_modes.c", print_modes_c(specs.modes)},
        {"kernel/gen/dlm_flags.h", print_flags_h(specs.flags)},
        {"kernel/gen/dlm_flags.c", print_flags_c(specs.flags)},
        {"kernel/gen/dlm_tunables.h", print_tunables_h(specs.tunables)},
        {"kernel/gen/dlm_tunables.c", print_tunables_c(specs.tunables)},
        {"kernel/gen/dlm_wire.h", print_wire_h(specs.wire)},
        {"kernel/gen/dlm_wire.c", print_wire_c(specs.wire)},
        {"tools/base/gen/modes.h", print_modes_cpp(specs.modes)},
        {"tools/base/gen/flags.h", print_flags_cpp(specs.flags)},
        {"tools/base/gen/tunables.h", print_tunables_cpp(specs.tunables)},
        {"tools/base/gen/wire.h", print_wire_cpp(specs.wire)},
        {"Documentation/gen/modes.rst", print_modes_rst(specs.modes)},
        {"Documentation/gen/flags.rst", print_flags_rst(specs.flags)},
        {"Documentation/gen/tunables.rst", print_tunables_rst(specs.tunables)},
        {"Documentation/gen/wire.rst", print_wire_rst(specs.wire)},
    };
}

}  // namespace dlm::codegen
