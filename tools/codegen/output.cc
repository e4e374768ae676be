// SPDX-License-Identifier: GPL-2.0-or-later
#include "codegen/output.h"

#include <filesystem>
#include <system_error>

#include "base/file_io.h"

namespace dlm::codegen {
namespace {

bool is_stale(const std::string &root, const GeneratedFile &file)
{
    const auto text = base::read_file(root + "/" + file.path);
    return !text || *text != file.text;
}

}  // namespace

std::vector<std::string> stale_files(const std::string &root,
                                     const std::vector<GeneratedFile> &files)
{
    std::vector<std::string> stale;
    for (const auto &file : files)
        if (is_stale(root, file))
            stale.push_back(file.path);
    return stale;
}

base::Result<std::vector<std::string>> write_files(const std::string &root,
                                                   const std::vector<GeneratedFile> &files)
{
    std::vector<std::string> written;
    for (const auto &file : files) {
        if (!is_stale(root, file))
            continue;
        const auto path = root + "/" + file.path;
        std::error_code error;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
        if (error)
            return base::Error::from_errno(error.value(), path);
        if (auto done = base::replace_file(path, file.text, 0644); !done)
            return std::move(done).error();
        written.push_back(file.path);
    }
    return written;
}

}  // namespace dlm::codegen
