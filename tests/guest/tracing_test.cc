// SPDX-License-Identifier: GPL-2.0-or-later
//
// The programs of Documentation/admin/tracing.rst, each run in a guest as the page shows it, while
// two nodes get in each other's way: what is printed must show the locks of that moment. The same
// is expected of ours and of stock.
#include "client_lib/client_suite.h"
#include "harness/cpio.h"
#include "harness/environment.h"

#include <filesystem>
#include <regex>
#include <set>
#include <thread>

namespace dlm::client {
namespace {

using guest::Command;
using guest::CommandResult;
using guest::Environment;
using guest::Milliseconds;
using guest::Outcome;
using guest::Seconds;
using guest::wait_until;

constexpr char directory[] = DLM_SOURCE_DIR "/Documentation/examples/tracing";
constexpr char page[] = DLM_SOURCE_DIR "/Documentation/admin/tracing.rst";
constexpr char resource[] = "traced";
constexpr Milliseconds held_for{700};
constexpr Seconds tool_deadline{300};
constexpr int rounds_of_a_program = 3;

// Regular expressions; LS is the lockspace's global id, NAME the resource's name, HEX its bytes.
struct Example {
    const char *file;
    std::vector<const char *> shown;
    std::vector<const char *> not_shown;
};

std::ostream &operator<<(std::ostream &out, const Example &example)
{
    return out << example.file;
}

const std::vector<Example> &examples()
{
    static const std::vector<Example> list = {
        {"waits.bt",
         {R"(@ms\[LS\]: *\n)", R"(\n\[(512, 1K|1K, 2K|2K, 4K|4K, 8K)\) +[1-9])"},
         {"@start", R"(\[LS, )"}},
        {"slow.bt",
         {R"((^|\n)\d{3,} ms: ls_id=LS lkb_id=[0-9a-f]+ sb_status=0 comm=\S+ res_name=NAME\n)"},
         {"sb_status=-11", "@"}},
        {"blocking.bt", {R"(\n@basts\[LS, NAME, 5\]: [1-9])"}, {}},
        {"failures.bt",
         {R"(\n@status\[LS, -11\]: [1-9])",
          R"(\n@refused\[LS, tracepoint:dlm:dlm_lock_end, -16\]: [1-9])"},
         {R"(@status\[LS, (0|-65538)\])"}},
        {"callers.bt",
         {R"(\n@requests\[LS, [^,]+, 5\]: [1-9])", R"(\n@requests\[LS, [^,]+, 3\]: [1-9])",
          R"(\n@unlocks\[LS, [^,]+\]: [1-9])"},
         {}},
        {"messages.bt",
         // UNLOCK from the other one, GRANT to it.
         {R"(\n@received\[2, 3\]: [1-9])", R"(\n@sent\[9\]: [1-9])",
          R"(\n@bytes_sent\[2\]: [1-9]\d\d)", R"(\n@bytes_received\[2\]: [1-9]\d\d)"},
         {R"(@received\[1, )"}},
        {"stat.sh",
         {R"(\n +[1-9]\d* +dlm:dlm_lock_start )", R"(\n +[1-9]\d* +dlm:dlm_lock_end )",
          R"(\n +[1-9]\d* +dlm:dlm_unlock_start )", R"(\n +[1-9]\d* +dlm:dlm_unlock_end )",
          R"(\n +[1-9]\d* +dlm:dlm_ast )", R"(\n +[1-9]\d* +dlm:dlm_bast )",
          R"(\n +[1-9]\d* +dlm:dlm_send_message )", R"(\n +[1-9]\d* +dlm:dlm_recv_message )",
          R"(\n +[1-9]\d* +dlm:dlm_send )", R"(\n +[1-9]\d* +dlm:dlm_recv )",
          R"(\n +0 +dlm:dlm_send_rcom )", R"(\n +0 +dlm:dlm_recv_rcom )"},
         {"not counted|not supported"}},
        {"record.sh",
         {R"( dlm:dlm_ast: ls_id=LS lkb_id=[0-9a-f]+ sb_flags= sb_status=0 res_name=HEX *\n)",
          R"( dlm:dlm_ast: ls_id=LS lkb_id=[0-9a-f]+ sb_flags= sb_status=-11 res_name=HEX *\n)",
          R"( dlm:dlm_recv_message: seq=[1-9]\d* h_version=3.2 h_lockspace=LS h_nodeid=2 h_length=\d+ )"
          R"(h_cmd=MSG m_type=UNLOCK )",
          R"( dlm:dlm_send_message: seq=[1-9]\d* [^\n]* m_type=GRANT )"},
         {"dlm_bast"}},
        {"log.sh",
         {R"(dlm_lock_start: ls_id=LS lkb_id=[0-9a-f]+ mode=EX flags= res_name=HEX\n)",
          R"(dlm_lock_start: ls_id=LS lkb_id=[0-9a-f]+ mode=EX flags=NOQUEUE res_name=HEX\n)",
          R"(dlm_bast: ls_id=LS lkb_id=[0-9a-f]+ mode=EX res_name=HEX\n)",
          R"(dlm_ast: ls_id=LS lkb_id=[0-9a-f]+ sb_flags= sb_status=-65538 res_name=HEX\n)"},
         {R"(dlm_lock_start: [^\n]* mode=PR)"}},
        {"histogram.sh",
         {R"(\n\{ ls_id: +LS, us: ~ 2\^(19|2[0-9]) *\} hitcount: +[1-9])"},
         {R"(\{ ls_id: +0,)"}},
    };
    return list;
}

std::string replaced(std::string text, const std::string &word, const std::string &by)
{
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += by.size())
        text.replace(at, word.size(), by);
    return text;
}

std::string hex(const std::string &text)
{
    static const char digits[] = "0123456789abcdef";
    std::string all;
    for (unsigned char c : text)
        (all += digits[c >> 4]) += digits[c & 15];
    return all;
}

// The root with the tools, made if the cache lacks it.
std::string tracing_root()
{
    const guest::HostResult made =
        guest::run_on_host({DLM_SOURCE_DIR "/tests/kernels/make-tracing-root"}, Seconds(900));
    EXPECT_TRUE(made.ok()) << made.output;
    std::string last;
    std::istringstream lines(made.output);
    for (std::string line; std::getline(lines, line);)
        last = line;
    return last + "/root.sqfs";
}

class TracingTest : public ClientSuite, public testing::WithParamInterface<Example> {
protected:
    void shape(guest::ClusterSpec &spec) override
    {
        static const std::string root = tracing_root();
        spec.nodes.resize(2);
        spec.nodes[0].root_disk = root;
        spec.nodes[0].memory_mb = 1024;
        for (const Example &example : examples())
            spec.nodes[0].files.push_back(
                {in_guest(example), std::string(directory) + "/" + example.file, 0755});
    }

    static std::string in_guest(const Example &example)
    {
        return std::string("usr/local/bin/") + example.file;
    }

    // Node 1 gets, is in the way of node 2, waits for it for long, is refused; then all is free.
    void round()
    {
        const std::string first = next(), second = next(), third = next(), fourth = next();
        ASSERT_TRUE(client(1).lock_wait(first, resource, Mode::EX).granted());
        const Answer other = client(2).lock(second, resource, Mode::EX);
        ASSERT_TRUE(client(2).settle());
        const Answer waiting = client(1).lock(third, resource, Mode::PR);
        ASSERT_EQ(waiting.ret(), 0);
        EXPECT_EQ(client(1).convert(third, Mode::EX).ret(), -EBUSY);
        ASSERT_EQ(client(1).unlock_wait(first).status, eunlock);
        ASSERT_TRUE(client(2).wait(second, other).granted());
        EXPECT_EQ(client(1).lock_wait(fourth, resource, Mode::EX, "noqueue").status, -EAGAIN);
        std::this_thread::sleep_for(held_for);
        ASSERT_EQ(client(2).unlock_wait(second).status, eunlock);
        ASSERT_TRUE(client(1).wait(third, waiting).granted());
        ASSERT_EQ(client(1).unlock_wait(third).status, eunlock);
    }

    // What the program says of some rounds: ended by an interrupt or, a shell script, by itself.
    std::string output(const Example &example)
    {
        const std::string file = "/" + in_guest(example);
        const bool script = file.ends_with(".sh");
        const Command tool =
            node(1).start((script ? "exec sh " : "exec bpftrace ") + file + " 2>&1");
        if (script) {
            do
                round();
            while (!HasFatalFailure() && tool.running());
        } else {
            EXPECT_TRUE(wait_until(
                "bpftrace", [&] { return attached(tool); }, tool_deadline));
            for (int i = 0; i < rounds_of_a_program && !HasFatalFailure(); i++)
                round();
            tool.signal(SIGINT);
        }
        const CommandResult result = tool.wait(tool_deadline);
        EXPECT_TRUE(result.ok()) << result.exit_code << " " << result.failure;
        return result.out;
    }

private:
    // bpftrace says that it attaches before it does so, and an interrupt of that time may be lost;
    // afterwards it waits for events.
    bool attached(const Command &bpftrace)
    {
        return bpftrace.out_so_far().find("Attaching") != std::string::npos &&
               node(1).read("cat /proc/$(pidof bpftrace)/wchan").find("poll") != std::string::npos;
    }

    std::string next() { return std::to_string(++locks_); }
    int locks_ = 0;
};

TEST_P(TracingTest, shows_the_locks)
{
    const Example &example = GetParam();
    ASSERT_TRUE(cluster().join("tracing", {1, 2}));
    const std::string id = node(1).read("cat /sys/kernel/dlm/tracing/id");
    const std::string text = output(example);
    ASSERT_FALSE(HasFatalFailure());
    auto found = [&](std::string pattern) {
        pattern = replaced(replaced(pattern, "LS", id), "NAME", resource);
        return std::regex_search(text, std::regex(replaced(pattern, "HEX", hex(resource))));
    };
    for (const char *pattern : example.shown)
        EXPECT_TRUE(found(pattern)) << pattern << "\nis not in\n" << text;
    for (const char *pattern : example.not_shown)
        EXPECT_FALSE(found(pattern)) << pattern << "\nis in\n" << text;
    // And nothing is left switched on.
    EXPECT_EQ(node(1).read("cd /sys/kernel/tracing && cat events/dlm/enable synthetic_events && "
                           "grep -hv '^#' events/dlm/*/trigger events/dlm/dlm_lock_start/filter"),
              "0\nnone");
    ASSERT_TRUE(cluster().leave());
}

INSTANTIATE_TEST_SUITE_P(Page, TracingTest, testing::ValuesIn(examples()),
                         [](const auto &test) { return replaced(test.param.file, ".", "_"); });

TEST(TracingPageTest, includes_what_is_tested)
{
    std::set<std::string> files, tested;
    for (const auto &entry : std::filesystem::directory_iterator(directory))
        files.insert(entry.path().filename());
    std::string text;
    ASSERT_TRUE(guest::read_host_file(page, text));
    for (const Example &example : examples()) {
        tested.insert(example.file);
        EXPECT_NE(text.find(std::string(".. literalinclude:: ../examples/tracing/") + example.file +
                            "\n"),
                  std::string::npos)
            << example.file;
    }
    EXPECT_EQ(files, tested);
}

}  // namespace
}  // namespace dlm::client
