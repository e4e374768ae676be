// SPDX-License-Identifier: GPL-2.0-or-later
// Each printer makes of the small specifications in specs/ exactly the text in golden/. After a
// wanted change of a printer: DLM_GOLDEN_WRITE=1 writes the files anew, and the diff is read before
// it is committed.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "codegen/output.h"
#include "codegen/parse.h"
#include "codegen/print.h"

namespace {

using namespace dlm::codegen;

const std::string here = DLM_SOURCE_DIR "/tests/unit/codegen";

std::string golden_path(const GeneratedFile &file)
{
    std::string name = file.path;
    for (auto &c : name)
        if (c == '/')
            c = '_';
    return here + "/golden/" + name + ".golden";
}

std::string read(const std::string &path)
{
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<GeneratedFile> files()
{
    auto specs = load_specs(here + "/specs");
    return specs ? print_all(*specs) : std::vector<GeneratedFile>();
}

class Golden : public testing::TestWithParam<GeneratedFile> {};

TEST_P(Golden, text)
{
    const auto &file = GetParam();
    const auto path = golden_path(file);
    if (std::getenv("DLM_GOLDEN_WRITE") != nullptr)
        std::ofstream(path) << file.text;
    const auto wanted = read(path);
    ASSERT_FALSE(wanted.empty()) << path;
    EXPECT_EQ(file.text, wanted);
}

INSTANTIATE_TEST_SUITE_P(Printers, Golden, testing::ValuesIn(files()),
                         [](const testing::TestParamInfo<GeneratedFile> &info) {
                             std::string name = info.param.path;
                             for (auto &c : name)
                                 if (!std::isalnum(static_cast<unsigned char>(c)))
                                     c = '_';
                             return name;
                         });

TEST(Golden, the_specifications_could_be_read)
{
    EXPECT_EQ(files().size(), 16u);
}

TEST(Output, two_runs_give_the_same)
{
    const auto first = files();
    const auto second = files();
    ASSERT_EQ(first.size(), second.size());
    for (size_t i = 0; i < first.size(); i++)
        EXPECT_EQ(first[i].text, second[i].text) << first[i].path;
}

TEST(Output, stale_files_are_found_and_written)
{
    std::string root = testing::TempDir() + "dlm_codegen_XXXXXX";
    ASSERT_NE(mkdtemp(root.data()), nullptr);
    const auto all = files();
    EXPECT_EQ(stale_files(root, all).size(), all.size()) << "all are missing";
    const auto written = write_files(root, all);
    ASSERT_TRUE(written);
    EXPECT_EQ(written->size(), all.size());
    EXPECT_TRUE(stale_files(root, all).empty());

    std::ofstream(root + "/" + all[3].path, std::ios::app) << "x";
    EXPECT_EQ(stale_files(root, all), std::vector<std::string>{all[3].path});
    EXPECT_EQ(*write_files(root, all), std::vector<std::string>{all[3].path});
    EXPECT_TRUE(stale_files(root, all).empty());
    std::filesystem::remove_all(root);
}

// The tree itself: what is checked in is what the specifications say.
TEST(Output, the_tree_is_current)
{
    const auto specs = load_specs(DLM_SOURCE_DIR "/Documentation/specs");
    ASSERT_TRUE(specs) << specs.error().message();
    EXPECT_EQ(stale_files(DLM_SOURCE_DIR, print_all(*specs)), std::vector<std::string>());
}

}  // namespace
