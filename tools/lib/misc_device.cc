// SPDX-License-Identifier: LGPL-2.1-or-later
// Finding misc devices.
#include "lib/misc_device.h"

#include <cerrno>
#include <sstream>

namespace dlm::lib {

using base::Error;
using base::Result;

Result<std::string> misc_device_path(const KernelFiles &files, const std::string &name)
{
    for (const char *folder : {"/dev/", "/dev/misc/"})
        if (files.exists(folder + name))
            return files.real_path(folder + name);
    return Error(
        fmt::format("neither /dev/{0} nor /dev/misc/{0} exists: is the dlm module loaded?", name),
        ENOENT);
}

Result<int> lockspace_minor(const KernelFiles &files, const std::string &lockspace)
{
    auto text = files.load("/proc/misc");
    if (!text)
        return std::move(text).error();
    std::istringstream lines(*text);
    std::string line;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        int minor;
        if (!(words >> minor))
            continue;
        words.ignore(1);
        std::string name;
        std::getline(words, name);
        if (name == "dlm_" + lockspace)
            return minor;
    }
    return Error(
        fmt::format("lockspace \"{}\" has no device: it does not exist, or only the kernel "
                    "uses it",
                    lockspace),
        ENOENT);
}

}  // namespace dlm::lib
