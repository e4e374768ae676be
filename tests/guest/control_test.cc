// SPDX-License-Identifier: GPL-2.0-or-later
//
// Values written to the control files of configfs and sysfs: which are taken, what is read back,
// and which error the others get (control-plane.md 2 and 3). The tables are written from the
// specification, and the stock module has to pass them too; where ours means to differ, the row
// says so.
#include "client_lib/client_suite.h"

#include <optional>
#include <sstream>

namespace dlm::client {
namespace {

using guest::Module;
using guest::Outcome;
using guest::Seconds;

// One write of one value.
struct Row {
    std::string value;                     // for printf %b
    std::string error;                     // words of strerror, empty: taken
    std::optional<std::string> then = {};  // read back afterwards
};

const char *const invalid = "Invalid argument";
const char *const range = "Numerical result out of range";
const char *const busy = "Device or resource busy";

struct File {
    std::string path;
    std::vector<Row> rows;
};

std::string row_name(const File &file, const Row &row)
{
    return file.path + " <- \"" + row.value + "\"";
}

// One script for the whole table; per row a line of the error's words, and one of what is read.
std::string script(const std::string &dir, const std::vector<File> &files)
{
    std::ostringstream out;
    // A process costs a tenth of a second on user-mode Linux.
    out << "cd " << dir << " || exit 1\n"
        << "t() { r=$(printf '%b' \"$2\" | dd of=\"$1\" bs=4096 2>&1); "
           "case $r in *error*) echo \"${r%%\n*}\";; *) echo taken;; esac; "
           "now=; while IFS= read -r l; do now=\"$now$l \"; done 2>/dev/null < \"$1\"; "
           "echo \"$now\"; }\n";
    for (const File &file : files)
        for (const Row &row : file.rows)
            out << "t '" << file.path << "' '" << row.value << "'\n";
    return out.str();
}

class ControlTest : public ClientSuite {
protected:
    bool stock() { return node(1).module() == Module::stock; }

    void write_all(const std::string &dir, const std::vector<File> &files)
    {
        guest::CommandResult ran = node(1).run(script(dir, files), Seconds(60));
        ASSERT_TRUE(ran.ok()) << ran.out << ran.err;
        std::istringstream lines(ran.out);
        for (const File &file : files)
            for (const Row &row : file.rows)
                check(file, row, lines);
        std::string more;
        EXPECT_FALSE(std::getline(lines, more)) << more;
    }

    // Another file system call: the words of its error, or "" when it worked.
    std::string error_of(const std::string &command)
    {
        guest::CommandResult ran = node(1).run(command + " 2>&1");
        if (ran.ok())
            return "";
        const auto at = ran.out.rfind(": ");
        return at == std::string::npos ? "?"
                                       : ran.out.substr(at + 2, ran.out.find('\n', at) - at - 2);
    }

    static constexpr const char *root = "/sys/kernel/config/dlm";

private:
    static void check(const File &file, const Row &row, std::istringstream &lines)
    {
        std::string verdict, now;
        ASSERT_TRUE(std::getline(lines, verdict) && std::getline(lines, now))
            << row_name(file, row);
        if (row.error.empty())
            EXPECT_EQ(verdict, "taken") << row_name(file, row);
        else
            EXPECT_NE(verdict.find(": " + row.error), std::string::npos)
                << row_name(file, row) << ": " << verdict;
        if (row.then) {
            EXPECT_EQ(now, *row.then + " ") << row_name(file, row);
        }
    }
};

// Number syntax is the same in all of them.
std::vector<Row> number_syntax(const std::string &good)
{
    return {
        {"0x2000", "", "8192"},      {good + "\\n", "", good},         {good + "\\0000", "", good},
        {good + " ", invalid, good}, {good + "\\n\\n", invalid, good}, {"abc", invalid, good},
        {"-1", invalid, good},       {"4294967296", range, good}};
}

std::vector<Row> positive(const std::string &good)
{
    return {{"9000", "", "9000"}, {good, "", good}, {"0", invalid, good}, {"x", invalid, good}};
}

// Number 1: what a module that was just loaded shows; the recipe has written recover_callbacks and
// the name.
TEST_F(ControlTest, C01_defaults)
{
    const std::string ours_only[] = {stock() ? "" : "1000\n", stock() ? "" : "\n500"};
    EXPECT_EQ(node(1).read("cd " + std::string(root) +
                           "/cluster && for f in *; do [ -d $f ] || cat $f; done"),
              "4096\ntest\n" + ours_only[0] + "0\n1\n0\n128\n0\n1\n5\n1024\n5\n21064" +
                  ours_only[1] + "\n10");
}

TEST_F(ControlTest, cluster_numbers)
{
    std::vector<Row> buffer = number_syntax("4096");
    buffer.push_back({"4095", invalid, "4096"});
    std::vector<File> files = {
        {"tcp_port", positive("21064")},
        {"protocol", {{"1", "", "1"}, {"0\\n", "", "0"}, {"2", invalid, "0"}, {"x", invalid, "0"}}},
        {"buffer_size", buffer},
        {"rsbtbl_size", positive("1024")},
        {"recover_timer", positive("5")},
        {"toss_secs", positive("10")},
        {"scan_secs", positive("5")},
        {"new_rsb_count", {{"0", "", "0"}, {"128", "", "128"}, {"x", invalid, "128"}}},
        {"recover_callbacks",
         {{"1", "", "1"}, {"7", "", "7"}, {"abc", invalid, "7"}, {"1", "", "1"}}},
        {"log_info", {{"0", "", "0"}, {"-1", invalid, "0"}, {"1", "", "1"}}},
        {"log_debug", {{"1", "", "1"}, {"1x", invalid, "1"}, {"0", "", "0"}}},
        {"mark",
         {{"17", "", "17"}, {"4294967295", "", "4294967295"}, {"4294967296", range}, {"0", ""}}},
    };
    if (!stock())
        files.push_back({"timewarn_cs", positive("500")});
    write_all(std::string(root) + "/cluster", files);
}

TEST_F(ControlTest, cluster_numbers_need_the_capability)
{
    std::vector<std::string> names = {"tcp_port", "protocol", "recover_timer", "mark", "log_debug"};
    if (!stock())
        names.push_back("cluster_name");
    for (const std::string &name : names) {
        const std::string path = std::string(root) + "/cluster/" + name;
        guest::CommandResult ran =
            node(1).run("capsh --drop=cap_sys_admin --shell=/bin/sh -- -c 'cat " + path +
                        " && printf 1 | dd of=" + path + "' 2>&1");
        EXPECT_NE(ran.out.find("Operation not permitted"), std::string::npos)
            << name << ": " << ran.out << ran.err;
    }
}

// The newline of an echo is part of the name on stock, and not on ours (W13).
TEST_F(ControlTest, cluster_name_is_cut_and_ends_before_the_newline)
{
    const std::string long_name(70, 'n');
    write_all(std::string(root) + "/cluster", {{"cluster_name",
                                                {{"two words", "", "two words"},
                                                 {"line\\n", "", stock() ? "line " : "line"},
                                                 {long_name, "", long_name.substr(0, 63)},
                                                 {"test", "", "test"}}}});
}

TEST_F(ControlTest, tree)
{
    const std::string dir = std::string(root) + "/cluster";
    EXPECT_EQ(error_of("rmdir " + dir + "/comms"), "Operation not permitted");
    EXPECT_EQ(error_of("rmdir " + dir + "/spaces"), "Operation not permitted");
    EXPECT_EQ(error_of("rmdir " + dir), "Directory not empty");
    EXPECT_EQ(error_of("mkdir " + dir), "File exists");
    EXPECT_EQ(error_of("mkdir " + dir + "/spaces/s"), "");
    EXPECT_EQ(error_of("mkdir " + dir + "/spaces/s"), "File exists");
    EXPECT_EQ(error_of("rmdir " + dir + "/spaces/s/nodes"), "Operation not permitted");
    EXPECT_EQ(error_of("mkdir " + dir + "/spaces/s/nodes/1"), "");
    EXPECT_EQ(error_of("rmdir " + dir + "/spaces/s"), "Directory not empty");
    EXPECT_EQ(error_of("rmdir " + dir + "/spaces/s/nodes/1"), "");
    EXPECT_EQ(error_of("rmdir " + dir + "/spaces/s"), "");
    const std::string ours_only[] = {stock() ? "" : "deadlock_cs ", stock() ? "" : "timewarn_cs "};
    EXPECT_EQ(node(1).read("cd " + dir + " && echo $(ls)"),
              "buffer_size cluster_name comms " + ours_only[0] +
                  "log_debug log_info mark new_rsb_count protocol recover_callbacks recover_timer "
                  "rsbtbl_size scan_secs spaces tcp_port " +
                  ours_only[1] + "toss_secs");
    // Stock lets a second one take over from the first.
    if (!stock()) {
        EXPECT_EQ(error_of("mkdir " + std::string(root) + "/other"), busy);
    }
}

// 128 bytes of a sockaddr_storage: 10.0.0.<last>.
std::string address(int last)
{
    return "\\0002\\0000\\0000\\0000\\0012\\0000\\0000\\000" + std::to_string(last) + [] {
        std::string zeroes;
        for (int i = 0; i < 120; i++)
            zeroes += "\\0000";
        return zeroes;
    }();
}

TEST_F(ControlTest, comms)
{
    const std::string dir = std::string(root) + "/cluster/comms";
    ASSERT_EQ(error_of("mkdir " + dir + "/c"), "");
    std::vector<File> files = {
        {"nodeid", {{"abc", invalid, "-1"}, {"2147483648", range, "-1"}}},
        {"mark", {{"5", "No such file or directory"}}},
        {"nodeid", {{"77\\n", "", "77"}}},
        {"addr", {{"too short", invalid}, {address(1) + "x", invalid}, {address(1), ""}}},
        {"addr_list", {}},
        {"addr",
         {{address(1), "File exists"},
          {address(2), ""},
          {address(3), ""},
          {address(4), "No space left on device"}}},
        {"mark", {{"x", invalid, "0"}, {"5", "", "5"}, {"0", "", "0"}}},
        {"local", {{"x", invalid, "0"}, {"0", "", "0"}}},
    };
    write_all(dir + "/c", files);
    EXPECT_EQ(node(1).read("cat " + dir + "/c/addr_list"),
              "AF_INET\t10.0.0.1\nAF_INET\t10.0.0.2\nAF_INET\t10.0.0.3");
    EXPECT_EQ(node(1).read("stat -c %a " + dir + "/c/addr " + dir + "/c/addr_list"), "200\n444");
    node(1).expect_log("closing connection to node");
    // W10: no two of them are one node, this node stays who it is while there are lockspaces, and
    // of an id that was changed nothing is left.
    if (!stock()) {
        write_all(dir, {{"c/nodeid", {{"2", "File exists", "77"}, {"78", "", "78"}}}});
        EXPECT_EQ(node(1).read("cd /sys/kernel/debug/dlm/comms && echo $(ls)"), "1 2 3 78");
        write_all(dir, {{"1/nodeid", {{"1", "", "1"}, {"0x1", "", "1"}}}});
    }
    EXPECT_EQ(error_of("rmdir " + dir + "/c"), "");
    // Nothing of it is left: the same node id can have the same address again.
    ASSERT_EQ(error_of("mkdir " + dir + "/c"), "");
    write_all(dir + "/c", {{"nodeid", {{"77", "", "77"}}}, {"addr", {{address(1), ""}}}});
    EXPECT_EQ(error_of("rmdir " + dir + "/c"), "");
}

TEST_F(ControlTest, members)
{
    const std::string dir = std::string(root) + "/cluster/spaces/s";
    ASSERT_EQ(error_of("mkdir " + dir + " " + dir + "/nodes/1"), "");
    std::vector<Row> weight = {
        {"0", "", "0"}, {"3\\n", "", "3"}, {"x", invalid, "3"}, {"2147483648", range, "3"}};
    if (!stock())
        weight.push_back({"-3", invalid, "3"});
    write_all(dir + "/nodes/1",
              {{"nodeid", {{"x", invalid, "-1"}, {"1", "", "1"}}}, {"weight", weight}});
    EXPECT_EQ(error_of("rmdir " + dir + "/nodes/1 " + dir), "");
}

TEST_F(ControlTest, lockspace_files)
{
    ASSERT_TRUE(cluster().join("files", {1, 2, 3}));
    write_all("/sys/kernel/dlm/files",
              {{"control", {{"2", invalid}, {"-1", invalid}, {"x", invalid}, {"", ""}}},
               {"event_done", {{"x", invalid}, {"2147483648", range}}},
               {"nodir", {{"7", "", "0"}, {"0\\n", "", "0"}, {"x", invalid, "0"}}}});
    const std::string id = node(1).read("cat /sys/kernel/dlm/files/id");
    write_all("/sys/kernel/dlm/files", {{"id",
                                         {{"-1", invalid, id},
                                          {"4294967296", range, id},
                                          {"x", invalid, id},
                                          {id + "\\n", "", id},
                                          {id + "\\0000", "", id}}}});
    EXPECT_EQ(node(1).read("cd /sys/kernel/dlm/files && echo $(stat -c %n=%a *)"),
              std::string("control=200 event_done=200 id=644 nodir=644 recover_nodeid=444 "
                          "recover_status=444") +
                  (stock() ? "" : " start_error=444 state=444 sublocks=644"));
    // While it runs, the transport's numbers cannot change, and a start is ignored without a word
    // to the writer.
    write_all(std::string(root) + "/cluster",
              {{"tcp_port", {{"21065", busy, "21064"}}}, {"protocol", {{"1", busy, "0"}}}});
    if (!stock())
        write_all(std::string(root) + "/cluster/comms", {{"1/nodeid", {{"9", busy, "1"}}}});
    node(1).expect_log("start ignored|start.*ignored");
    write_all("/sys/kernel/dlm/files", {{"control", {{"1", ""}}}});
    EXPECT_TRUE(client(1).lock_wait("works", "still", Mode::EX).granted());
    EXPECT_EQ(client(1).unlock_wait("works").status, eunlock);
    ASSERT_TRUE(cluster().leave());
}

}  // namespace
}  // namespace dlm::client
