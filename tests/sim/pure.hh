/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pure layers as seen from C++. */
#pragma once

extern "C" {
#include "platform/dlm_platform.h"

#include "cluster/cluster.h"
#include "cluster/detect.h"
#include "cluster/directory.h"
#include "cluster/master.h"
#include "cluster/owner.h"
#include "cluster/rebuild.h"
#include "core/callback.h"
#include "core/engine.h"
#include "gen/dlm_flags.h"
#include "gen/dlm_modes.h"
#include "gen/dlm_wire.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/frame.h"
#include "wire/names.h"
}
