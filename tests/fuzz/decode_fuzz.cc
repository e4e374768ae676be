// SPDX-License-Identifier: GPL-2.0-or-later
// libFuzzer on the door for bytes of other nodes: the input is what a connection delivers. Cut into
// messages, decoded, and held against what wire/inspect.h promises of each accepted message.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "wire/inspect.h"

using namespace dlm::wire_inspect;

namespace {

void one_message(const u8 *buf, size_t len)
{
    // A copy of exactly this length: the next message must not hide a read beyond the end.
    const auto exact = std::make_unique<u8[]>(len);
    std::memcpy(exact.get(), buf, len);
    dlm_in in;
    const auto verdict = dlm_wire_decode(exact.get(), len, &in);
    if ((verdict == DLM_WIRE_OK) != (in.fault == DLM_FAULT_NONE))
        std::abort();
    if (verdict != DLM_WIRE_OK)
        return;
    volatile unsigned sum = touch(in);
    (void)sum;
    const auto broken = broken_promise(in);
    if (!broken.empty()) {
        std::fprintf(stderr, "broken promise: %s\n", broken.c_str());
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t at = 0;
    size_t len = 0;
    while (dlm_frame_next(data + at, size - at, &len) == DLM_FRAME_MESSAGE) {
        one_message(data + at, len);
        at += len;
    }
    return 0;
}
