// SPDX-License-Identifier: GPL-2.0-or-later
// The C headers under test.
#pragma once

extern "C" {
#include "gen/dlm_flags.h"
#include "gen/dlm_modes.h"
#include "gen/dlm_tunables.h"
#include "gen/dlm_wire.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/frame.h"
#include "wire/names.h"
}
