// SPDX-License-Identifier: GPL-2.0-or-later
#include "environment.h"

#include <cstdlib>
#include <fstream>

#include <unistd.h>

namespace dlm::guest {

const Environment &Environment::get()
{
    static const Environment instance;
    return instance;
}

Environment::Environment()
{
    const char *file = std::getenv("DLM_GUEST_ENV");
    std::ifstream in(file ? std::string(file) : build_dir() + "/guest.env");
    for (std::string line; std::getline(in, line);) {
        auto sign = line.find('=');
        if (sign != std::string::npos && line[0] != '#')
            values_[line.substr(0, sign)] = line.substr(sign + 1);
    }
}

std::string Environment::value(const std::string &key) const
{
    if (const char *set = std::getenv(key.c_str()))
        return set;
    auto it = values_.find(key);
    return it == values_.end() ? std::string() : it->second;
}

Outcome Environment::require(const std::vector<std::string> &keys) const
{
    for (const auto &key : keys) {
        std::string path = value(key);
        if (path.empty())
            return fail() << key
                          << " is not set: the guest images are not built (make guests), see "
                          << build_dir() << "/guest.env";
        if (path[0] == '/' && access(path.c_str(), R_OK))
            return fail() << key << " names " << path << ", which is not there";
    }
    return ok();
}

std::string Environment::build_dir() const
{
    const char *set = std::getenv("DLM_BUILD_DIR");
    return set ? set : DLM_SOURCE_DIR "/build";
}

std::string Environment::guest_program(const std::string &name) const
{
    return DLM_GUEST_BINARY_DIR "/agent/" + name;
}

std::string Environment::our_dlm_ko(bool uml) const
{
    const char *set = std::getenv(uml ? "DLM_OURS_UML_KO" : "DLM_OURS_KO");
    if (set)
        return set;
    return build_dir() + "/kbuild/" + (uml ? std::string("um") : value("DLM_GUEST_KVER")) +
           "/kernel/dlm.ko";
}

std::string Environment::client_ko(bool uml) const
{
    const char *set = std::getenv(uml ? "DLM_CLIENT_UML_KO" : "DLM_CLIENT_KO");
    if (set)
        return set;
    return build_dir() + "/kbuild/" + (uml ? std::string("um") : value("DLM_GUEST_KVER")) +
           "/tests/guest/client/dlm_client.ko";
}

std::string Environment::user_program(const std::string &name) const
{
    return std::string(DLM_GUEST_BINARY_DIR) + "/" + name;
}

RunOptions &run_options()
{
    static RunOptions options;
    return options;
}

}  // namespace dlm::guest
