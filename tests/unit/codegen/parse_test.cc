// SPDX-License-Identifier: GPL-2.0-or-later
// The parser refuses specifications that contradict themselves, and says where.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codegen/parse.h"

namespace {

using namespace dlm::codegen;
using testing::HasSubstr;

std::string spec(const std::string &name)
{
    std::ifstream in(std::string(DLM_SOURCE_DIR "/tests/unit/codegen/specs/") + name + ".yaml");
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

// The small specification with one place changed.
std::string changed(const std::string &name, const std::string &from, const std::string &to)
{
    std::string text = spec(name);
    const auto at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return at == text.npos ? text : text.replace(at, from.size(), to);
}

template <typename T>
void refused(const dlm::base::Result<T> &result, const std::string &reason)
{
    ASSERT_FALSE(result) << "accepted; expected: " << reason;
    EXPECT_THAT(result.error().message(), HasSubstr(reason));
}

TEST(ParseModes, small_one)
{
    const auto modes = parse_modes(spec("modes"));
    ASSERT_TRUE(modes) << modes.error().message();
    EXPECT_EQ(modes->modes.size(), 2u);
    EXPECT_TRUE(modes->compatible[0][1]);
    EXPECT_FALSE(modes->compatible[1][1]);
    EXPECT_EQ(modes->convert[1], "MS");
    EXPECT_EQ(modes->lvb[2], "W-W");
}

TEST(ParseModes, contradictions)
{
    refused(parse_modes(changed("modes", "CR: [ 1, 0 ]", "CR: [ 0, 0 ]")), "contradict");
    refused(parse_modes(changed("modes", "CR: [ 1, 0 ]", "CR: [ 1 ]")), "1 cells instead of 2");
    refused(parse_modes(changed("modes", "CR: [ M, S ]", "CR: [ M, X ]")), "bad cell");
    refused(parse_modes(changed("modes", "CR: [ M, S ]", "PR: [ M, S ]")), "CR");
    refused(parse_modes(changed("modes", "value: 1", "value: 2")), "number 1");
    refused(parse_modes(changed("modes", "value: -1", "value: -2")), "number -1");
    refused(parse_modes(changed("modes", "quecvt:", "quecut:")), "quecvt");
}

TEST(ParseFlags, contradictions)
{
    ASSERT_TRUE(parse_flags(spec("flags")));
    refused(parse_flags(changed("flags", "value: 8", "value: 4")), "taken");
    refused(parse_flags(changed("flags", "value: 8", "value: 9")), "not one bit");
    refused(parse_flags(changed("flags", "uses: [cancel]", "uses: [cansel]")), "cansel");
    refused(parse_flags(changed("flags", "[VALBLK, EXPEDITE]", "[VALBLK, HURRY]")), "HURRY");
    refused(parse_flags(changed("flags", "[VALBLK, EXPEDITE]", "[VALBLK]")), "pair");
    refused(parse_flags(changed("flags", "name: CONVERT", "name: CHANGE")), "CONVERT");
}

TEST(ParseTunables, contradictions)
{
    ASSERT_TRUE(parse_tunables(spec("tunables")));
    refused(parse_tunables(changed("tunables", "default: 5", "default: 10")), "out of range");
    refused(parse_tunables(changed("tunables", "type: u32", "type: u33")), "u33");
    refused(parse_tunables(changed("tunables", "max: 9", "max: nine")), "bad conversion");
}

TEST(ParseWire, contradictions)
{
    const auto wire = parse_wire(spec("wire"));
    ASSERT_TRUE(wire) << wire.error().message();
    refused(parse_wire(changed("wire", "offset: 8,", "offset: 7,")), "field id is at 7");
    refused(parse_wire(changed("wire", "size: 29", "size: 30")), "fields end at 29");
    refused(parse_wire(changed("wire", "type: u64", "type: u65")), "u65");
    refused(parse_wire(changed("wire", "mask: FLAG_MASK", "mask: NO_MASK")), "NO_MASK");
    refused(parse_wire(changed("wire", "uses: [result]", "uses: [resolt]")), "resolt");
    refused(parse_wire(changed("wire", "payload: none", "payload: noise")), "noise");
    refused(parse_wire(changed("wire", "name: TELL, value: 2", "name: TELL, value: 3")),
            "number 2");
    refused(parse_wire(changed("wire", "long_name: answer", "long_name: maybe")), "long_name");
}

TEST(Parse, what_is_no_yaml_is_refused_with_its_line)
{
    refused(parse_modes("a: [1"), "line");
    refused(load_specs("/nonexistent"), "/nonexistent");
}

}  // namespace
