// SPDX-License-Identifier: GPL-2.0-or-later
// dlm_codegen: generates tables and codecs from Documentation/specs, or checks that what is
// checked in is current. Exit: 0 fine, 1 stale or wrong, CLI11's number for bad arguments.
#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "codegen/output.h"
#include "codegen/parse.h"

namespace {

using namespace dlm::codegen;

int write(const std::string &root, const std::vector<GeneratedFile> &files)
{
    const auto written = write_files(root, files);
    if (!written) {
        fmt::print(stderr, "dlm_codegen: {}\n", written.error().message());
        return 1;
    }
    for (const auto &path : *written)
        fmt::print("wrote {}\n", path);
    return 0;
}

int check(const std::string &root, const std::vector<GeneratedFile> &files)
{
    const auto stale = stale_files(root, files);
    for (const auto &path : stale)
        fmt::print(stderr, "{}: not what the specifications say, run dlm_codegen --write\n", path);
    if (stale.empty())
        fmt::print("{} generated files are current\n", files.size());
    return stale.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char **argv)
{
    CLI::App app{"Generates tables and codecs from the specifications"};
    std::string specs_directory;
    std::string root;
    bool do_write = false;
    bool do_check = false;
    app.add_option("--specs", specs_directory, "directory with the YAML files")->required();
    app.add_option("--root", root, "root of the source tree")->required();
    auto *write_flag = app.add_flag("--write", do_write, "write the files that differ");
    app.add_flag("--check", do_check, "only compare")->excludes(write_flag);
    CLI11_PARSE(app, argc, argv);

    if (do_write == do_check) {
        fmt::print(stderr, "dlm_codegen: say --write or --check\n");
        return 2;
    }
    const auto specs = load_specs(specs_directory);
    if (!specs) {
        fmt::print(stderr, "dlm_codegen: {}\n", specs.error().message());
        return 1;
    }
    const auto files = print_all(*specs);
    return do_write ? write(root, files) : check(root, files);
}
