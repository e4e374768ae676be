// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpio.h"

#include <cstdio>
#include <fstream>
#include <sstream>

namespace dlm::guest {
namespace {

constexpr unsigned type_directory = 0040000;
constexpr unsigned type_file = 0100000;
constexpr unsigned type_link = 0120000;

}  // namespace

void Cpio::entry(const std::string &path, unsigned mode, const std::string &content)
{
    const std::string name = path[0] == '/' ? path.substr(1) : path;
    char header[111];
    std::snprintf(header, sizeof(header),
                  "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", inode_++, mode, 0u,
                  0u, 1u, 0u, static_cast<unsigned>(content.size()), 0u, 0u, 0u, 0u,
                  static_cast<unsigned>(name.size() + 1), 0u);
    bytes_.append(header, 110);
    bytes_.append(name);
    bytes_.push_back('\0');
    bytes_.append((4 - bytes_.size() % 4) % 4, '\0');
    bytes_.append(content);
    bytes_.append((4 - bytes_.size() % 4) % 4, '\0');
}

void Cpio::directory(const std::string &path)
{
    if (path.empty() || path == "/" || !directories_.insert(path).second)
        return;
    parents(path);
    entry(path, type_directory | 0755, "");
}

void Cpio::parents(const std::string &path)
{
    const auto slash = path.rfind('/');
    if (slash != std::string::npos && slash > 0)
        directory(path.substr(0, slash));
}

void Cpio::file(const std::string &path, const std::string &content, unsigned mode)
{
    parents(path);
    entry(path, type_file | mode, content);
}

void Cpio::link(const std::string &path, const std::string &target)
{
    parents(path);
    entry(path, type_link | 0777, target);
}

Outcome Cpio::host_file(const std::string &path, const std::string &from, unsigned mode)
{
    std::string content;
    Outcome read = read_host_file(from, content);
    if (read)
        file(path, content, mode);
    return read;
}

std::string Cpio::finish()
{
    entry("TRAILER!!!", 0, "");
    bytes_.append((512 - bytes_.size() % 512) % 512, '\0');
    return bytes_;
}

Outcome read_host_file(const std::string &path, std::string &content)
{
    std::ifstream in(path, std::ios::binary);
    if (!in)
        return fail() << "cannot read " << path;
    std::stringstream all;
    all << in.rdbuf();
    content = all.str();
    return ok();
}

Outcome write_host_file(const std::string &path, const std::string &content)
{
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out)
        return fail() << "cannot write " << path;
    return ok();
}

}  // namespace dlm::guest
