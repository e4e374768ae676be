// SPDX-License-Identifier: LGPL-2.1-or-later
// Error texts that come from errno.
#include "base/result.h"

#include <cstring>

namespace dlm::base {

Error Error::from_errno(int code, std::string_view what)
{
    char text[128];
    return Error(fmt::format("{}: {}", what, strerror_r(code, text, sizeof text)), code);
}

}  // namespace dlm::base
