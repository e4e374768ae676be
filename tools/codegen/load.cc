// SPDX-License-Identifier: GPL-2.0-or-later
// All specifications of a directory.
#include "base/file_io.h"
#include "codegen/parse.h"

namespace dlm::codegen {
namespace {

using base::Result;

template <typename T>
Result<T> load(const std::string &path, Result<T> (*parse)(const std::string &))
{
    auto text = base::read_file(path);
    if (!text)
        return std::move(text).error();
    auto spec = parse(*text);
    if (!spec)
        return std::move(spec).error().context("{}", path);
    return spec;
}

}  // namespace

Result<Specs> load_specs(const std::string &directory)
{
    auto modes = load(directory + "/modes.yaml", parse_modes);
    if (!modes)
        return std::move(modes).error();
    auto flags = load(directory + "/flags.yaml", parse_flags);
    if (!flags)
        return std::move(flags).error();
    auto tunables = load(directory + "/tunables.yaml", parse_tunables);
    if (!tunables)
        return std::move(tunables).error();
    auto wire = load(directory + "/wire.yaml", parse_wire);
    if (!wire)
        return std::move(wire).error();
    return Specs{*std::move(modes), *std::move(flags), *std::move(tunables), *std::move(wire)};
}

}  // namespace dlm::codegen
