// SPDX-License-Identifier: GPL-2.0-or-later
//
// One in a hundred allocations from the marked slab caches fails: those that the kernel argument
// slub_debug=A,<names> of the node has named. Debug kernel only.
#pragma once

#include <string>

#include "node.h"

namespace dlm::guest {

inline Outcome fail_allocations(Node &node, bool on)
{
    return node.sh(std::string("cd /sys/kernel/debug/failslab && echo 0 > verbose && "
                               "echo Y > cache-filter && echo N > ignore-gfp-wait && "
                               "echo 1000000 > times && echo 1 > interval && echo ") +
                   (on ? "1" : "0") + " > probability");
}

// How many have failed since they began to.
inline int failed_allocations(Node &node)
{
    return 1000000 - std::stoi(node.read("cat /sys/kernel/debug/failslab/times"));
}

}  // namespace dlm::guest
