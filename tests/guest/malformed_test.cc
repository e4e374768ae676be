// SPDX-License-Identifier: GPL-2.0-or-later
//
// Bad input from the network: each kind of malformed message, sent from a configured peer's
// address, does what the design says and no more. Broken framing resets the connection; what is
// malformed and numbered is acknowledged, counted and dropped; what is malformed and not numbered
// is counted and dropped; what has an error reply gets it. After each group the lockspace of the
// two healthy nodes still works and their logs hold nothing but the lines that belong to it.
//
// Nodes 1 and 2 run the module and lock. Node 3 is configured but runs no lock manager: raw_peer/
// speaks for it, byte by byte. In the lockspace "second" of node 1 it is a member.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <regex>
#include <sstream>

#include "client_lib/client_cluster.h"
#include "harness/cluster_test.h"
#include "harness/environment.h"
#include "raw_peer/raw_peer.h"
#include "wire/vectors.h"

extern "C" {
#include "wire/encode.h"
}

namespace dlm::guest {
namespace {

using client::Answer;
using client::Mode;

constexpr int peer_id = 3;
constexpr std::size_t inner = DLM_WIRE_OPTS_SIZE;  // where a numbered message starts
constexpr const char *first_space = "first", *second_space = "second";

// How many lines of one kind of chatter the log takes in five seconds.
constexpr int log_burst = 10;

Bytes with_u8(Bytes message, std::size_t at, std::uint8_t value)
{
    message.at(at) = value;
    return message;
}

Bytes with_u16(Bytes message, std::size_t at, std::uint16_t value)
{
    put_unaligned_le16(value, message.data() + at);
    return message;
}

Bytes with_u32(Bytes message, std::size_t at, std::uint32_t value)
{
    put_unaligned_le32(value, message.data() + at);
    return message;
}

// Cut or grown at its end, with both lengths right; inner_at 0: not numbered.
Bytes resized(Bytes message, std::size_t size, std::size_t inner_at)
{
    message.resize(size, 'x');
    put_unaligned_le16(static_cast<std::uint16_t>(size), message.data() + 12);
    if (inner_at && size >= inner_at + DLM_WIRE_HEADER_SIZE)
        put_unaligned_le16(static_cast<std::uint16_t>(size - inner_at),
                           message.data() + inner_at + 12);
    return message;
}

struct Case {
    const char *name;
    Bytes bytes;
};

// The cluster, the peer of bytes, and what is known of them.
struct Stage {
    client::ClientCluster nodes;
    RawPeer raw;
    RawSession peer;

    static ClusterSpec spec()
    {
        ClusterSpec spec = ClusterSpec::from_options(3);
        spec.nodes[peer_id - 1].install("raw-peer",
                                        Environment::get().guest_program("guest_raw_peer"));
        return spec;
    }
    Stage()
        : nodes(spec()),
          raw(nodes.node(peer_id)),
          peer(raw, nodes.node(peer_id).address(), nodes.node(1).address(), peer_id)
    {
    }

    Outcome start()
    {
        if (Outcome booted = nodes.cluster().boot(); !booted)
            return booted;
        Outcome loaded = nodes.cluster().each({1, 2}, [](Node &node) {
            Outcome module = node.load_dlm();
            return module ? node.load_client() : module;
        });
        if (!loaded)
            return loaded;
        if (Outcome configured = nodes.control().configure({1, 2}); !configured)
            return configured;
        if (Outcome joined = nodes.join(first_space, {1, 2}); !joined)
            return joined;
        return raw.start();
    }

    // Node 3 is gone for good, then the others leave and unload.
    Outcome finish()
    {
        raw.stop();
        Outcome gone = nodes.cluster().each(
            {1, 2}, [](Node &node) { return node.sh(". dlm-recipe; comm_del 3"); });
        if (!gone)
            return gone;
        if (Outcome left = nodes.leave(); !left)
            return left;
        return nodes.cluster().each({1, 2}, [](Node &node) { return node.unload_dlm(); });
    }
};

class MalformedTest : public ClusterTest {
public:
    static void SetUpTestSuite() {}
    static void TearDownTestSuite()
    {
        if (stage_) {
            EXPECT_TRUE(stage_->finish());
            EXPECT_TRUE(stage_->nodes.cluster().check_logs());
        }
        stage_.reset();
    }

protected:
    void SetUp() override
    {
        if (!stage_) {
            auto fresh = std::make_unique<Stage>();
            ASSERT_TRUE(fresh->start());
            stage_ = std::move(fresh);
        }
        node(1).expect_log(R"(^dlm: node 3: message dropped: \w[\w ]*$)");
        node(1).expect_log(R"(^dlm: node 3: broken framing, the connection is reset$)");
        node(1).expect_log(R"(^dlm: connection from unknown address \S+ refused$)");
    }

    void TearDown() override
    {
        // Node 3 has no client that could be asked.
        for (int id : {1, 2}) {
            if (!stage_)
                break;
            EXPECT_TRUE(stage_->nodes[id].no_violations());
        }
        ClusterTest::TearDown();
        if (HasFailure())
            stage_.reset();
    }

    Stage &stage() { return *stage_; }
    RawSession &peer() { return stage_->peer; }
    Node &node(int id) { return stage_->nodes.node(id); }

    // A counter that node 1 keeps of node 3. Reading it costs more than the case that is counted.
    long counter(const std::string &name)
    {
        std::istringstream lines(node(1).read("cat /sys/kernel/debug/dlm/comms/3/counters"));
        std::string key;
        counters_.clear();
        for (long value; lines >> key >> value;)
            counters_[key] = value;
        return counters_.count(name) ? counters_[name] : -1;
    }
    // As it was read last; nothing has happened since then.
    long counted(const std::string &name)
    {
        return counters_.count(name) ? counters_[name] : counter(name);
    }

    int log_lines(const std::string &regex)
    {
        std::string text, line;
        if (!node(1).dmesg(text))
            return -1;
        std::istringstream lines(text);
        const std::regex wanted(regex);
        int count = 0;
        while (std::getline(lines, line))
            count += std::regex_search(line, wanted);
        return count;
    }

    // The same each time that a lockspace of that name is made.
    std::uint32_t id_of(const std::string &space)
    {
        std::uint32_t &id = ids_[space];
        if (!id)
            id = static_cast<std::uint32_t>(std::strtoul(
                node(1).read("cat /sys/kernel/dlm/" + space + "/id").c_str(), nullptr, 10));
        EXPECT_NE(id, 0u) << space;
        return id;
    }

    void expect_lockspace_works();
    void expect_valid_accepted(const std::string &after);
    void expect_reset(const Case &c);
    void expect_dropped(const Case &c, const std::string &count);
    void expect_acknowledged_and_dropped(const Case &c);
    // Round and round until so many were sent.
    void expect_all_acknowledged_and_dropped(const std::vector<Case> &cases, std::size_t count);
    void expect_no_lock_message();
    std::vector<Case> numbered_cases(std::uint32_t space);

    void join_second();
    void leave_second();
    Bytes request(std::uint32_t space, const std::string &name, std::uint32_t lkid, int mode);
    // nullptr: none came.
    const dlm_msg *reply_to(std::uint32_t lkid);

    // How many were sent.
    int send_mutations(std::mt19937 &random, std::uint32_t space, int connections);

private:
    static inline std::unique_ptr<Stage> stage_;
    std::uint64_t lookup_ = 1000;  // ids of recovery lookups, each once
    std::map<std::string, long> counters_;
    std::map<std::string, std::uint32_t> ids_;
};

// A lock held by one node is refused to and then waited for by the other, both ways.
void MalformedTest::expect_lockspace_works()
{
    for (int holder : {1, 2}) {
        client::Client &a = stage_->nodes[holder], &b = stage_->nodes[3 - holder];
        const std::string name = "works" + std::to_string(holder);
        ASSERT_TRUE(a.lock_wait("held", name, Mode::EX).granted());
        EXPECT_EQ(b.ask(name, Mode::PR), -EAGAIN);
        Answer waiting = b.lock("waiting", name, Mode::EX);
        ASSERT_EQ(waiting.ret(), 0) << waiting.text();
        EXPECT_EQ(a.unlock_wait("held").status, client::eunlock);
        EXPECT_TRUE(b.wait("waiting", waiting).granted());
        EXPECT_EQ(b.unlock_wait("waiting").status, client::eunlock);
    }
}

// The next number is taken, answered and acknowledged, on the same connection.
void MalformedTest::expect_valid_accepted(const std::string &after)
{
    const std::uint64_t id = ++lookup_;
    const Bytes lookup =
        peer().rcom(id_of(first_space),
                    {.type = DLM_RCOM_LOOKUP, .result = 0, .id = id, .seq = 1, .seq_reply = 0},
                    "valid" + std::to_string(id));
    ASSERT_TRUE(peer().send_numbered(lookup)) << after;
    ASSERT_TRUE(peer().probe()) << after;
    const std::uint32_t next = peer().next();
    bool answered = false;
    EXPECT_TRUE(peer().wait("answer to what is valid, and acknowledgement",
                            [&] {
                                for (const Heard &heard : peer().heard())
                                    answered |= heard.in.hdr.cmd == DLM_CMD_RCOM &&
                                                heard.in.rcom.type == DLM_RCOM_LOOKUP_REPLY &&
                                                heard.in.rcom.id == id;
                                return answered && peer().acked() == next;
                            }))
        << after << ": acknowledged up to " << peer().acked() << ", sent up to " << next;
}

void MalformedTest::expect_reset(const Case &c)
{
    SCOPED_TRACE(c.name);
    const long malformed = counted("rx_malformed");
    ASSERT_TRUE(peer().send(c.bytes));
    Outcome ended = wait_until("the end of the connection", [&] {
        peer().pump();
        return !peer().is_open();
    });
    EXPECT_TRUE(ended);
    EXPECT_EQ(counter("rx_malformed"), malformed + 1);
    ASSERT_TRUE(peer().connect());
    expect_valid_accepted(c.name);
}

void MalformedTest::expect_dropped(const Case &c, const std::string &count)
{
    SCOPED_TRACE(c.name);
    const long before = counted(count);
    const std::uint32_t next = peer().next();
    ASSERT_TRUE(peer().send(c.bytes));
    expect_valid_accepted(c.name);
    EXPECT_EQ(peer().acked(), next + 1) << "the number of the valid one only";
    EXPECT_EQ(counter(count), before + 1) << count;
    EXPECT_TRUE(peer().is_open());
}

void MalformedTest::expect_acknowledged_and_dropped(const Case &c)
{
    SCOPED_TRACE(c.name);
    const long before = counted("rx_malformed");
    const std::uint32_t next = peer().next();
    peer().forget_heard();
    ASSERT_TRUE(peer().send_numbered(c.bytes));
    expect_valid_accepted(c.name);
    EXPECT_EQ(peer().acked(), next + 2);
    EXPECT_EQ(counter("rx_malformed"), before + 1);
    EXPECT_TRUE(peer().is_open());
    expect_no_lock_message();
}

void MalformedTest::expect_all_acknowledged_and_dropped(const std::vector<Case> &cases,
                                                        std::size_t count)
{
    const long before = counter("rx_malformed");
    const std::uint32_t next = peer().next(), sent = static_cast<std::uint32_t>(count);
    Bytes all;
    for (std::uint32_t i = 0; i < sent; i++) {
        Bytes message = cases[i % cases.size()].bytes;
        dlm_wire_set_seq(message.data(), next + i);
        all.insert(all.end(), message.begin(), message.end());
    }
    peer().forget_heard();
    ASSERT_TRUE(peer().send(all));
    peer().skip(sent);
    expect_valid_accepted("all of them in one go");
    EXPECT_EQ(counter("rx_malformed"), before + static_cast<long>(count));
    EXPECT_TRUE(peer().is_open());
    expect_no_lock_message();
}

void MalformedTest::expect_no_lock_message()
{
    for (const Heard &heard : peer().heard())
        EXPECT_NE(heard.in.hdr.cmd, DLM_CMD_MSG) << "type " << heard.in.msg.type;
}

Bytes MalformedTest::request(std::uint32_t space, const std::string &name, std::uint32_t lkid,
                             int mode)
{
    dlm_msg msg{};
    msg.type = DLM_MSG_REQUEST;
    msg.nodeid = 1;
    msg.pid = 1;
    msg.lkid = lkid;
    msg.grmode = -1;
    msg.rqmode = mode;
    msg.asts = 3;
    return peer().msg(space, msg, name);
}

const dlm_msg *MalformedTest::reply_to(std::uint32_t lkid)
{
    for (const Heard &heard : peer().heard())
        if (heard.in.hdr.cmd == DLM_CMD_MSG && heard.in.msg.type == DLM_MSG_REQUEST_REPLY &&
            heard.in.msg.remid == lkid)
            return &heard.in.msg;
    return nullptr;
}

// Each is wrong in one way.
std::vector<Case> MalformedTest::numbered_cases(std::uint32_t space)
{
    const Bytes good = request(space, "malformed", 0x701, 5);
    const Bytes lookup = peer().rcom(
        space, {.type = DLM_RCOM_LOOKUP, .result = 0, .id = 1, .seq = 1, .seq_reply = 0},
        "malformed");
    const Bytes lock =
        peer().rcom(space, {.type = DLM_RCOM_LOCK, .result = 0, .id = 1, .seq = 1, .seq_reply = 0},
                    std::string(DLM_WIRE_RCOM_LOCK_SIZE, '\0'));
    dlm_msg bast{};
    bast.type = DLM_MSG_BAST;
    bast.remid = 1;
    bast.bastmode = 6;
    dlm_msg convert{};
    convert.type = DLM_MSG_CONVERT;
    convert.lkid = convert.remid = 1;
    convert.rqmode = -1;
    dlm_msg remove{};
    remove.type = DLM_MSG_REMOVE;
    Bytes fin(DLM_WIRE_MAX);
    fin.resize(dlm_wire_encode_fin(fin.data(), fin.size(), peer_id, 0));

    const auto size = static_cast<std::uint16_t>(good.size() - inner);
    return {
        {"inner length too small by one", with_u16(good, inner + 12, size - 1)},
        {"inner length too large by one", with_u16(good, inner + 12, size + 1)},
        {"inner length 0", with_u16(good, inner + 12, 0)},
        {"inner length 65535", with_u16(good, inner + 12, 65535)},
        {"options beyond the message", with_u16(good, 18, 0x8000)},
        {"options that push the header aside", with_u16(good, 18, 1)},
        {"envelope only", resized(good, inner, 0)},
        {"envelope without room for its own fields", resized(good, 20, 0)},
        {"o_nextcmd 0", with_u8(good, 16, 0)},
        {"o_nextcmd says RCOM, inside is MSG", with_u8(good, 16, 2)},
        {"envelope in envelope", with_u8(with_u8(good, 16, 3), inner + 14, 3)},
        {"ACK in envelope", with_u8(with_u8(fin, 16, 4), inner + 14, 4)},
        {"FIN outside, ACK inside", with_u8(fin, inner + 14, 4)},
        {"FIN of 17 bytes whose length says 16", with_u16(resized(fin, 41, inner), inner + 12, 16)},
        {"m_type 0", with_u32(good, inner + 16, 0)},
        {"m_type 15", with_u32(good, inner + 16, 15)},
        {"m_type 0xffffffff", with_u32(good, inner + 16, 0xffffffff)},
        {"rc_type 0", with_u32(lookup, inner + 16, 0)},
        {"rc_type 9", with_u32(lookup, inner + 16, 9)},
        {"requested mode 6", with_u32(good, inner + 72, 6)},
        {"requested mode -1", with_u32(good, inner + 72, 0xffffffff)},
        {"requested mode -2147483648", with_u32(good, inner + 72, 0x80000000)},
        {"conversion to mode -1", peer().msg(space, convert)},
        {"blocked mode 6", peer().msg(space, bast)},
        {"lock id 0 in a REQUEST", with_u32(good, inner + 28, 0)},
        {"REMOVE of a name of 65 bytes", peer().msg(space, remove, std::string(65, 'n'))},
        {"MSG of 87 bytes", resized(good, inner + 87, inner)},
        {"RCOM of 47 bytes", resized(lookup, inner + 47, inner)},
        {"RCOM LOCK with a payload of 107 bytes", resized(lock, inner + 155, inner)},
        {"STATUS with a payload of 15 bytes",
         resized(with_u32(lookup, inner + 16, 1), inner + 63, inner)},
        {"from node 2, says the header", with_u32(good, inner + 8, 2)},
        {"from node 1 itself, says the header", with_u32(good, inner + 8, 1)},
        {"from node 0, says the header", with_u32(lookup, inner + 8, 0)},
    };
}

// Node 1 makes a second lockspace, of which node 3 becomes a member that has nothing.
void MalformedTest::join_second()
{
    ManualControl &control = stage_->nodes.control();
    ASSERT_TRUE(control.join_together(second_space, {1},
                                      client::one_shot("create second lvblen=32 ops=all")));
    ASSERT_TRUE(control.stop(second_space, {1}));
    ASSERT_TRUE(control.set_members_and_start(second_space, {1}, {1, peer_id}));
    EXPECT_TRUE(peer().wait(
        "recovery with the peer of bytes",
        [&] { return node(1).read("cat /sys/kernel/dlm/second/recover_status") == "ff"; },
        recovery_deadline));
}

void MalformedTest::leave_second()
{
    ManualControl &control = stage_->nodes.control();
    ASSERT_TRUE(control.stop(second_space, {1}));
    ASSERT_TRUE(control.set_members_and_start(second_space, {1}, {1}));
    ASSERT_TRUE(control.wait_recovered(second_space, {1}));
    ASSERT_TRUE(control.leave(second_space, 1, client::one_shot("release second force=0")));
    Answer gone = stage_->nodes[1].command("forget_space second");
    EXPECT_EQ(gone.ret(), 0) << gone.text();
}

TEST_F(MalformedTest, unknown_address_is_refused_with_one_line_in_the_log)
{
    constexpr int attempts = 20;
    const std::string line = R"(dlm: connection from unknown address 10\.77\.0\.99:\d+ refused)";
    ASSERT_TRUE(
        node(peer_id).sh("ip addr add 10.77.0.99/24 dev vec0 || ip addr add 10.77.0.99/24 "
                         "dev $(ls /sys/class/net | grep -v lo | head -n 1)"));
    int ended = 0;
    Milliseconds took{0};
    const int before = log_lines(line);
    ASSERT_TRUE(stage().raw.knock("10.77.0.99", node(1).address(), attempts, ended, took));
    EXPECT_EQ(ended, attempts) << "connections that the node has ended";
    const int lines = log_lines(line) - before;
    EXPECT_GE(lines, 1);
    EXPECT_LE(lines, 1 + took / Seconds(5)) << attempts << " attempts in " << took.count() << " ms";
    std::printf("%d attempts in %ld ms, %d lines\n", attempts, static_cast<long>(took.count()),
                lines);
    expect_lockspace_works();
}

TEST_F(MalformedTest, broken_framing_resets_the_connection_and_nothing_else)
{
    ASSERT_TRUE(peer().connect());
    const Bytes good = peer().status(id_of(first_space), 1);
    for (std::uint16_t length : {0, 15, 4097, 65535}) {
        const std::string name = "h_length " + std::to_string(length);
        expect_reset({name.c_str(), with_u16(good, 12, length)});
    }
    Bytes noise(4096);
    std::mt19937 random(1);
    for (auto &byte : noise)
        byte = static_cast<std::uint8_t>(random());
    expect_reset({"noise", with_u16(noise, 12, 3)});
    EXPECT_GE(log_lines("dlm: node 3: broken framing, the connection is reset"), 1);
    expect_lockspace_works();
}

TEST_F(MalformedTest, what_is_not_numbered_is_counted_and_dropped)
{
    ASSERT_TRUE(peer().connect());
    const std::uint32_t space = id_of(first_space);
    const Bytes status = peer().status(space, 77), numbered = request(space, "bare", 0x702, 5);
    const Bytes lookup = peer().rcom(
        space, {.type = DLM_RCOM_LOOKUP, .result = 0, .id = 78, .seq = 1, .seq_reply = 0}, "bare");
    Bytes ack(DLM_WIRE_HEADER_SIZE);
    dlm_wire_encode_ack(ack.data(), ack.size(), peer_id, 0);

    peer().forget_heard();
    for (std::uint32_t version : {0x00030001u, 0x00030003u, 0x00020002u, 0u, 0xffffffffu}) {
        const std::string name = "version " + std::to_string(version);
        expect_dropped({name.c_str(), with_u32(status, 0, version)}, "rx_wrong_version");
        Bytes other = with_u32(numbered, 0, version);
        dlm_wire_set_seq(other.data(), peer().next());
        expect_dropped({(name + ", numbered").c_str(), other}, "rx_wrong_version");
    }
    for (const Case &c : std::vector<Case>{
             {"MSG without envelope", Bytes(numbered.begin() + inner, numbered.end())},
             {"RCOM LOOKUP without envelope", Bytes(lookup.begin() + inner, lookup.end())},
             {"h_cmd 0", with_u8(status, 14, 0)},
             {"h_cmd 6", with_u8(status, 14, 6)},
             {"FIN without envelope", with_u8(ack, 14, 5)},
             {"ACK with a byte too many", resized(ack, 17, 0)},
             {"rc_type 9", with_u32(status, 16, 9)},
             {"STATUS with a payload of 15 bytes", resized(status, 63, 0)},
             {"NAMES with a name of 65 bytes",
              resized(with_u32(status, 16, DLM_RCOM_NAMES), 48 + 65, 0)},
         })
        expect_dropped(c, "rx_malformed");
    for (const Heard &heard : peer().heard()) {
        EXPECT_NE(heard.in.hdr.cmd, DLM_CMD_MSG);
        const bool rcom = heard.in.hdr.cmd == DLM_CMD_RCOM;
        EXPECT_FALSE(rcom && (heard.in.rcom.id == 77 || heard.in.rcom.id == 78)) << "answered";
    }
    expect_lockspace_works();
}

TEST_F(MalformedTest, what_is_numbered_is_acknowledged_counted_and_dropped)
{
    ASSERT_TRUE(peer().connect());
    const auto start = Clock::now();
    const std::string line = R"(dlm: node 3: message dropped: )";
    const int before = log_lines(line);
    for (const Case &c : numbered_cases(id_of(first_space)))
        expect_acknowledged_and_dropped(c);
    // All in one go: more than the log takes.
    expect_all_acknowledged_and_dropped(numbered_cases(id_of(first_space)), 300);
    const int lines = log_lines(line) - before;
    const auto intervals = (Clock::now() - start) / Seconds(5) + 1;
    EXPECT_GE(lines, 1);
    EXPECT_LE(lines, log_burst * (intervals + 1));
    expect_lockspace_works();
}

// It is no member: whatever it asks for is dropped without an answer, and nothing is kept.
TEST_F(MalformedTest, requests_of_a_node_that_is_no_member_are_dropped)
{
    ASSERT_TRUE(peer().connect());
    const std::uint32_t space = id_of(first_space);
    const long malformed = counter("rx_malformed");
    peer().forget_heard();
    ASSERT_TRUE(peer().send_numbered(request(space, "stranger", 0x703, 5)));
    ASSERT_TRUE(peer().send_numbered(request(space, std::string(65, 'n'), 0x704, 5)));
    expect_valid_accepted("requests of a stranger");
    EXPECT_EQ(reply_to(0x703), nullptr);
    EXPECT_EQ(reply_to(0x704), nullptr);
    EXPECT_EQ(counter("rx_malformed"), malformed) << "they are well-formed";
    EXPECT_EQ(node(1).read("grep -c stranger /sys/kernel/debug/dlm/first_locks || true"), "0");
    expect_lockspace_works();
}

TEST_F(MalformedTest, status_of_an_unknown_lockspace_is_answered_not_ready)
{
    ASSERT_TRUE(peer().connect());
    for (std::uint32_t space : {0u, 0x1234u, 0xffffffffu}) {
        const std::uint64_t id = 0x1122334455660000u + space;
        const dlm_in *reply = nullptr;
        ASSERT_TRUE(peer().send(peer().status(space, id)));
        ASSERT_TRUE(peer().wait("STATUS_REPLY", [&] {
            for (const Heard &heard : peer().heard())
                if (heard.in.hdr.cmd == DLM_CMD_RCOM && heard.in.rcom.id == id)
                    reply = &heard.in;
            return reply != nullptr;
        }));
        EXPECT_EQ(reply->rcom.type, std::uint32_t{DLM_RCOM_STATUS_REPLY});
        EXPECT_EQ(reply->rcom.result, -ESRCH);
        EXPECT_EQ(reply->rcom.seq, 0u);
        EXPECT_EQ(reply->rcom.seq_reply, 1u);
        EXPECT_EQ(reply->hdr.lockspace, space);
        EXPECT_EQ(reply->config.lvblen, 0xffffffffu);
        EXPECT_EQ(reply->config.num_slots, 0u);
    }
    expect_valid_accepted("STATUS of unknown lockspaces");
    expect_lockspace_works();
}

TEST_F(MalformedTest, a_member_gets_the_error_replies_that_there_are)
{
    ASSERT_TRUE(peer().connect());
    join_second();
    if (HasFatalFailure())
        return;
    const std::uint32_t space = id_of(second_space);
    const auto cases = numbered_cases(space);
    expect_all_acknowledged_and_dropped(cases, cases.size());

    ASSERT_TRUE(peer().send_numbered(request(space, std::string(65, 'n'), 0x801, 5)));
    ASSERT_TRUE(peer().wait("answer to a name of 65 bytes", [&] { return reply_to(0x801); }));
    EXPECT_EQ(reply_to(0x801)->result, -EINVAL);

    dlm_msg convert{};
    convert.type = DLM_MSG_CONVERT;
    convert.lkid = 0x802;
    convert.remid = 0x7ffffff0;
    ASSERT_TRUE(peer().send_numbered(peer().msg(space, convert)));
    bool answered = false;
    EXPECT_TRUE(peer().wait("answer to a conversion of no lock", [&] {
        for (const Heard &heard : peer().heard())
            answered |= heard.in.hdr.cmd == DLM_CMD_MSG &&
                        heard.in.msg.type == DLM_MSG_CONVERT_REPLY && heard.in.msg.remid == 0x802 &&
                        heard.in.msg.result == -ENOENT;
        return answered;
    }));

    // After all that a request is granted. For half of the names node 3 is the directory node, and
    // for those node 1 becomes master.
    bool granted = false;
    for (std::uint32_t i = 0; i < 20 && !granted; i++) {
        const std::uint32_t lkid = 0x900 + i;
        ASSERT_TRUE(peer().send_numbered(request(space, "name" + std::to_string(i), lkid, 3)));
        ASSERT_TRUE(peer().wait("answer to a request", [&] { return reply_to(lkid); }));
        granted = reply_to(lkid)->result == 0;
        EXPECT_TRUE(granted || reply_to(lkid)->result == -EBADR) << reply_to(lkid)->result;
    }
    EXPECT_TRUE(granted);
    leave_second();
    expect_lockspace_works();
}

// Vectors of the protocol, as from this peer and for this lockspace, with some bytes changed at
// random. Numbers are kept right, so that each is looked at and not dropped as a duplicate.
int MalformedTest::send_mutations(std::mt19937 &random, std::uint32_t space, int connections)
{
    constexpr int per_connection = 100;
    const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const auto &vectors = wire_vectors::all();
    int sent = 0, ended_by_node = 0;
    for (int c = 0; c < connections; c++) {
        Outcome connected = peer().connect();
        EXPECT_TRUE(connected) << "connection " << c;
        if (!connected)
            break;
        Bytes all;
        std::uint32_t next = peer().next();
        bool end = false;
        for (int i = 0; i < per_connection && !end; i++) {
            const std::size_t vector = pick(vectors.size());
            // After an end of the association (V28) nothing more is looked at.
            Bytes message = vectors[vector == 27 && pick(20) ? pick(26) : vector].bytes;
            const bool numbered = message[14] == DLM_CMD_OPTS;
            const std::size_t body = numbered ? inner + get_unaligned_le16(message.data() + 18) : 0;
            put_unaligned_le32(peer_id, message.data() + 8);
            put_unaligned_le32(peer_id, message.data() + body + 8);
            if (body || message[14] == DLM_CMD_RCOM)
                put_unaligned_le32(space, message.data() + body + 4);
            // Large ones are rare, or they would be most of the bytes.
            if (message.size() > 1000 && pick(10))
                message = resized(message, 200 + pick(300), body);
            const std::size_t changes = 1 + pick(4);
            for (std::size_t k = 0; k < changes; k++)
                message[14 + pick(message.size() - 14)] ^=
                    static_cast<std::uint8_t>(pick(2) ? 1u << pick(8) : random() | 1);
            if (!pick(4))
                message = resized(message, 16 + pick(message.size() + 40), pick(2) ? body : 0);
            if (message[14] == DLM_CMD_OPTS)
                dlm_wire_set_seq(message.data(), next);
            if (!pick(400))
                put_unaligned_le16(static_cast<std::uint16_t>(pick(16)), message.data() + 12);
            all.insert(all.end(), message.begin(), message.end());

            dlm_in in;
            const auto verdict = dlm_wire_decode(message.data(), message.size(), &in);
            // What follows a broken one or an end of the association is not looked at.
            end =
                verdict == DLM_WIRE_BROKEN || (verdict == DLM_WIRE_OK && in.hdr.cmd == DLM_CMD_FIN);
            if (verdict != DLM_WIRE_BROKEN && (in.flags & DLM_IN_SEQUENCED))
                next++;
            sent++;
        }
        // The node may end it while it is sent.
        peer().send(all);
        peer().pump();
        peer().pump();
        ended_by_node += !peer().is_open();
        peer().forget_heard();
    }
    std::printf("%d mutated messages, %d of %d connections ended by the node\n", sent,
                ended_by_node, connections);
    return sent;
}

TEST_F(MalformedTest, mutated_messages_cost_nothing_but_their_connection)
{
    const char *given = std::getenv("DLM_SEED");
    const auto seed = static_cast<std::uint32_t>(given ? std::atol(given) : 1);
    std::printf("DLM_SEED=%u\n", seed);
    std::mt19937 random(seed);
    node(1).expect_log(R"(^dlm: node 3: )");
    const long malformed = counter("rx_malformed");

    ASSERT_TRUE(peer().connect());
    int sent = send_mutations(random, id_of(first_space), 30);
    expect_lockspace_works();

    ASSERT_TRUE(peer().connect());
    join_second();
    if (HasFatalFailure())
        return;
    sent += send_mutations(random, id_of(second_space), 30);
    ASSERT_TRUE(peer().connect());
    leave_second();

    EXPECT_GE(sent, 4000);
    EXPECT_GT(counter("rx_malformed"), malformed + 1000);
    ASSERT_TRUE(peer().connect());
    expect_valid_accepted("mutated messages");
    expect_lockspace_works();
}

}  // namespace
}  // namespace dlm::guest
