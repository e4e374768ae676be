// SPDX-License-Identifier: GPL-2.0-or-later
//
// Whether KVM really works here, found out by starting the guest's kernel with a deadline:
// /dev/kvm may open and even run small programs while every Linux guest hangs. The answer is kept
// in the build directory for the boot of the host that it was found on.
#pragma once

#include <string>
#include <vector>

namespace dlm::guest {

// QEMU's arguments: -accel and -cpu.
std::vector<std::string> accelerator_arguments();
bool kvm_works();

}  // namespace dlm::guest
