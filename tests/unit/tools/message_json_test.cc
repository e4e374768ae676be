// SPDX-License-Identifier: GPL-2.0-or-later
// Messages between daemons: round trips, refusal of what does not fit, and framing.
#include <gtest/gtest.h>

#include "daemon/frame_stream.h"
#include "daemon/message_json.h"

namespace dlm::daemon::test {

static NodeFacts some_facts()
{
    return {{1, {0, NodeFact::Out::none, "b1"}}, {2, {3, NodeFact::Out::dead, "b2"}}};
}

static Report some_report()
{
    Report report;
    report.facts = some_facts();
    report.newest_change = 9;
    report.lockspaces["foo \"x\""] = {
        Role::leaving, Phase::started, "j1", 8, {{1, "b1", "j1"}, {3, "b3", "j3"}}, "e"};
    report.pending["bar"] = {9, true, {1, 2}, {3}};
    report.zombie = true;
    return report;
}

TEST(MessageJson, report_survives_the_round_trip)
{
    auto frame = decode_frame(encode_frame(Message(some_report())));
    ASSERT_TRUE(frame) << frame.error().message();
    EXPECT_EQ(std::get<Report>(std::get<Message>(*frame)), some_report());
}

TEST(MessageJson, commands_survive_the_round_trip)
{
    auto start =
        decode_frame(encode_frame(Message(StartCommand{"foo", 7, {{2, "b", "j"}}, some_facts()})));
    ASSERT_TRUE(start);
    const auto &command = std::get<StartCommand>(std::get<Message>(*start));
    EXPECT_EQ(command.lockspace, "foo");
    EXPECT_EQ(command.change, 7u);
    EXPECT_EQ(command.members, (Members{{2, "b", "j"}}));
    EXPECT_EQ(command.facts, some_facts());
    auto stop = decode_frame(encode_frame(Message(StopCommand{"foo", 8, some_facts()})));
    ASSERT_TRUE(stop);
    EXPECT_EQ(std::get<StopCommand>(std::get<Message>(*stop)).change, 8u);
    auto release = decode_frame(encode_frame(Message(ReleaseCommand{"foo", 9, {}})));
    ASSERT_TRUE(release);
    EXPECT_EQ(std::get<ReleaseCommand>(std::get<Message>(*release)).change, 9u);
}

TEST(MessageJson, hello_refusal_and_ping)
{
    auto hello = decode_frame(encode_frame(Hello{1, 3, "c", "d", "b"}));
    ASSERT_TRUE(hello);
    EXPECT_EQ(std::get<Hello>(*hello).node, 3);
    auto refusal = decode_frame(encode_frame(Refusal{true, "why"}));
    ASSERT_TRUE(refusal);
    EXPECT_TRUE(std::get<Refusal>(*refusal).declared_dead);
    auto ping = decode_frame(encode_frame(Ping{}));
    ASSERT_TRUE(ping);
    EXPECT_TRUE(std::holds_alternative<Ping>(*ping));
}

TEST(MessageJson, what_does_not_fit_is_refused)
{
    for (
        const char *text : {
            "",
            "{",
            "[]",
            "7",
            "null",
            "{}",
            R"({"type":7})",
            R"({"type":"hullo"})",
            R"({"type":"hello"})",
            R"({"type":"hello","protocol":1,"node":0,"cluster":"c","settings":"d","boot":"b"})",
            R"({"type":"hello","protocol":1,"node":"1","cluster":"c","settings":"d","boot":"b"})",
            R"({"type":"stop","lockspace":"x","change":-1,"facts":[]})",
            R"({"type":"stop","lockspace":"x","change":1.5,"facts":[]})",
            R"({"type":"stop","lockspace":7,"change":1,"facts":[]})",
            R"({"type":"stop","lockspace":"x","change":1,"facts":{}})",
            R"({"type":"stop","lockspace":"x","change":1,"facts":[{"node":1,"count":1,"out":"none","boot":""}]})",
            R"({"type":"stop","lockspace":"x","change":1,"facts":[{"node":1,"count":0,"out":"dead","boot":""}]})",
            R"({"type":"stop","lockspace":"x","change":1,"facts":[{"node":1,"count":0,"out":"gone","boot":""}]})",
            R"({"type":"start","lockspace":"x","change":1,"facts":[]})",
            R"({"type":"start","lockspace":"x","change":1,"facts":[],"members":[{"node":2,"boot":"","join":""},{"node":1,"boot":"","join":""}]})",
            R"({"type":"report","facts":[],"newest_change":1,"lockspaces":[],"pending":{},"zombie":false})",
            R"({"type":"report","facts":[],"newest_change":1,"lockspaces":{"a":{}},"pending":{},"zombie":false})",
        }) {
        auto frame = decode_frame(text);
        ASSERT_FALSE(frame) << text;
        EXPECT_EQ(frame.error().code(), EBADMSG);
    }
}

TEST(MessageJson, saved_state_survives_the_round_trip)
{
    SavedState state{"boot", some_facts(), 12, some_report().lockspaces};
    auto back = saved_state_from_json(to_json(state).dump());
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->boot, "boot");
    EXPECT_EQ(back->facts, state.facts);
    EXPECT_EQ(back->newest_change, 12u);
    EXPECT_EQ(back->lockspaces, state.lockspaces);
    EXPECT_FALSE(saved_state_from_json("{}"));
}

TEST(FrameStream, frames_in_any_pieces)
{
    std::string bytes = frame_of("one") + frame_of("") + frame_of(std::string(5000, 'x'));
    for (size_t piece : {1, 3, 7, 6000}) {
        FrameStream stream;
        std::vector<std::string> frames;
        for (size_t at = 0; at < bytes.size(); at += piece) {
            auto more = stream.feed(std::string_view(bytes).substr(at, piece));
            ASSERT_TRUE(more);
            frames.insert(frames.end(), more->begin(), more->end());
        }
        ASSERT_EQ(frames.size(), 3u) << piece;
        EXPECT_EQ(frames[0], "one");
        EXPECT_EQ(frames[1], "");
        EXPECT_EQ(frames[2].size(), 5000u);
    }
}

TEST(FrameStream, a_frame_that_is_too_long_is_an_error_before_it_is_read)
{
    FrameStream stream;
    auto frames = stream.feed(std::string_view("\x00\x10\x00\x01", 4));
    ASSERT_FALSE(frames);
    EXPECT_EQ(frames.error().code(), EMSGSIZE);
}

}  // namespace dlm::daemon::test
