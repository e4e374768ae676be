// SPDX-License-Identifier: GPL-2.0-or-later
//
// The handshake between kernel and control daemon, by the numbers of control-plane.md 17: what a
// join, a refused one, a leave and the end of the daemon look like from both sides. The stock
// module has to pass it too; where ours means to differ, the test says so.
#include "handshake_suite.h"

namespace dlm::client {
namespace {

TEST_F(HandshakeTest, C05_errors_of_create_in_their_order)
{
    Node &one = node(1);
    const std::string long_name(65, 'x');
    // Without an address of its own a node is told that before anything about the name.
    ASSERT_TRUE(one.sh("rmdir /sys/kernel/config/dlm/cluster/comms/1"));
    one.expect_log("closing connection|no local|cannot");
    EXPECT_TRUE(says(user(1, "create c05"), error(ENOTCONN)));
    EXPECT_TRUE(says(user(1, "create ''"), error(ENOTCONN)));
    ASSERT_TRUE(one.sh(recipe("comm_add 1 " + one.address() + " && put $CFG/comms/1/local 1")));
    EXPECT_TRUE(says(user(1, "create " + long_name), error(EINVAL)));
    EXPECT_TRUE(says(user(1, "create ''"), error(EINVAL)));
    ASSERT_TRUE(control().join("c05", 1, "guest-user create c05"));
    EXPECT_TRUE(says(user(1, "create c05 8"), error(EEXIST)));
    const std::string minor = user(1, "create c05");
    EXPECT_EQ(minor, one.read("awk '$2 == \"dlm_c05\" {print $1}' /proc/misc") + "\n");
    EXPECT_TRUE(one.sh("guest-user remove c05"));
    ASSERT_TRUE(one.sh("chmod 666 /dev/dlm-control"));
    CommandResult refused = one.run(
        "busybox start-stop-daemon -S -c 65534:65534 -n other -a /usr/local/sbin/guest-user -- "
        "create c05");
    EXPECT_TRUE(says(refused.out, error(EPERM))) << refused.out << refused.err;
    ASSERT_TRUE(control().leave("c05", 1, "guest-user remove c05"));
}

TEST_F(HandshakeTest, C06_uevents_to_the_letter)
{
    Node &one = node(1);
    Uevents events(one);
    Command creating = begin_create(one, events, "c06");
    ASSERT_TRUE(one.sh(recipe("members c06 1; gid c06 606; start c06; answer c06 0")));
    ASSERT_TRUE(creating.wait().ok());
    remove_alone(one, events, "c06", "c06");
    ASSERT_TRUE(wait_until("the end", [&] { return events.seen("c06", "remove"); }));
    Lines expected;
    for (const char *action : {"add", "online", "offline", "remove"})
        expected.push_back(std::string(action) + "@/kernel/dlm/c06|ACTION=" + action +
                           "|DEVPATH=/kernel/dlm/c06|SUBSYSTEM=dlm|LOCKSPACE=c06");
    EXPECT_EQ(events.of("c06"), expected);
}

TEST_F(HandshakeTest, C07_the_daemons_number_is_the_creators_error)
{
    Node &one = node(1);
    Uevents events(one);
    struct {
        const char *answer;
        int error;
    } cases[] = {{"-11", EAGAIN}, {"-1", EPERM}, {"-3", ESRCH}};
    int nr = 0;
    for (const auto &c : cases) {
        const std::string ls = "c07." + std::to_string(nr++);
        Command creating = begin_create(one, events, ls);
        EXPECT_EQ(one.read("grep -c ':5248 00000000:0000 0A' /proc/net/tcp"), "1");
        ASSERT_TRUE(one.sh(recipe("answer " + ls + " " + c.answer)));
        CommandResult result = creating.wait();
        EXPECT_TRUE(says(result.out, error(c.error))) << result.out;
        EXPECT_TRUE(one.sh("! test -e /sys/kernel/dlm/" + ls));
        EXPECT_TRUE(one.sh("! grep -q dlm_c07 /proc/misc"));
        // The transport has stopped with the last lockspace: its port is free.
        EXPECT_TRUE(
            one.sh("for i in 1 2 3 4 5 6 7 8 9; do "
                   "grep -q ':5248 00000000:0000 0A' /proc/net/tcp || exit 0; sleep 0.2; "
                   "done; exit 1"));
        EXPECT_FALSE(events.seen(ls, "offline"));
    }
    // A positive number is none of an error.
    Command creating = begin_create(one, events, "c07");
    ASSERT_TRUE(one.sh(recipe("members c07 1; gid c07 707; start c07; answer c07 5")));
    EXPECT_TRUE(creating.wait().ok());
    remove_alone(one, events, "c07", "c07");
}

TEST_F(HandshakeTest, C08_a_second_name_waits_on_stock_alone)
{
    Node &one = node(1);
    Uevents events(one);
    Command first = begin_create(one, events, "c08.1");
    Command second = one.start("exec guest-user create c08.2");
    auto second_wish = [&] { return events.seen("c08.2", "online"); };
    const auto asked = wait_until("the second wish", second_wish, Seconds(2));
    EXPECT_EQ(static_cast<bool>(asked), !stock()) << "W2";
    ASSERT_TRUE(one.sh(recipe("answer c08.1 -1")));
    EXPECT_FALSE(first.wait().ok());
    ASSERT_TRUE(wait_until("the second wish", second_wish));
    ASSERT_TRUE(one.sh(recipe("answer c08.2 -1")));
    EXPECT_FALSE(second.wait().ok());
}

TEST_F(HandshakeTest, C09_a_start_without_members_is_swallowed_and_logged)
{
    Node &one = node(1);
    Uevents events(one);
    Command creating = begin_create(one, events, "c09");
    ASSERT_TRUE(one.sh(recipe("gid c09 909; put $LSDIR/c09/control 1")));
    ASSERT_TRUE(one.sh("mkdir /sys/kernel/config/dlm/cluster/spaces/c09"));
    ASSERT_TRUE(one.sh(recipe("put $LSDIR/c09/control 1")));
    one.expect_log(".");  // what it says is each module's own
    EXPECT_TRUE(one.sh(std::string("dmesg | grep -q 'dlm: ") +
                       (stock() ? "zero members_count'" : "c09: start ignored'")));
    EXPECT_EQ(one.read("cat /sys/kernel/dlm/c09/recover_status"), "0");
    // W4, W7: ours says so where it can be read.
    auto state = [&] {
        return one.read("cd /sys/kernel/dlm/c09 && echo $(cat state start_error)");
    };
    if (!stock()) {
        EXPECT_EQ(state(), "stopped -22");
    }
    ASSERT_TRUE(one.sh(recipe("members c09 1; start c09; answer c09 0")));
    EXPECT_TRUE(creating.wait().ok());
    if (!stock()) {
        EXPECT_EQ(state(), "running 0");
        ASSERT_TRUE(one.sh(recipe("start c09")));
        EXPECT_EQ(state(), "running -16");
    }
    remove_alone(one, events, "c09", "c09");
}

TEST_F(HandshakeTest, C10_the_state_that_is_done_differs_by_node)
{
    ASSERT_TRUE(control().join_together("c10", {1, 2, 3}, "guest-user create c10"));
    for (int id : {1, 2, 3}) {
        const std::string done = id == 1 ? "ff" : "55";
        EXPECT_TRUE(wait_until("the state", [&] {
            return node(id).read("cat /sys/kernel/dlm/c10/recover_status") == done;
        })) << id;
    }
    ASSERT_TRUE(control().stop("c10", {1, 2, 3}));
    for (int id : {1, 2, 3})
        EXPECT_EQ(node(id).read("cat /sys/kernel/dlm/c10/recover_status"), "0");
    ASSERT_TRUE(control().set_members_and_start("c10", {1, 2, 3}, {1, 2, 3}));
    ASSERT_TRUE(control().wait_recovered("c10", {1, 2, 3}));
    ASSERT_TRUE(control().leave_in_turn("c10", "guest-user remove c10"));
}

// Of two nodes with the same module: in a mixed cluster stock ends up in minutes of waiting for
// FIN.
TEST_F(HandshakeTest, C12_other_flags_are_EPROTO_and_an_offline_event)
{
    // NODIR is what both modules compare.
    ASSERT_TRUE(control().join("c12", 1, "guest-user create c12"));
    Uevents events(node(3));
    for (int id : {1, 3})
        node(id).expect_log("c12");
    Command joining = node(3).start("exec guest-user create c12 1");
    ASSERT_TRUE(wait_until("the wish", [&] { return events.seen("c12", "online"); }));
    ASSERT_TRUE(control().stop("c12", {1}));
    ASSERT_TRUE(node(1).sh(recipe("members c12 1 3; start c12")));
    ASSERT_TRUE(node(3).sh(recipe("members c12 1 3; gid c12 $(printf %d " +
                                  node(1).read("cat /sys/kernel/dlm/c12/id") +
                                  "); start c12; answer c12 0")));
    ASSERT_TRUE(wait_until("the wish to leave", [&] { return events.seen("c12", "offline"); }));
    // W9: where it can be read, the healthy member says what is wrong.
    if (!stock()) {
        EXPECT_TRUE(wait_until("the state", [&] {
            return node(1).read("cd /sys/kernel/dlm/c12 && echo $(cat state start_error)") ==
                   "failed -71";
        }));
    }
    ASSERT_TRUE(node(3).sh(recipe("stop c12; answer c12 0")));
    // It goes on after the next change, and says goodbye to who has left.
    ASSERT_TRUE(control().stop("c12", {1}));
    ASSERT_TRUE(control().set_members_and_start("c12", {1}, {1}));
    ASSERT_TRUE(control().wait_recovered("c12", {1}));
    // Stock nodes sometimes miss each other's FIN: then it is over only when that has timed out.
    if (stock())
        node(3).expect_log("^dlm: reset node 1 because shutdown stuck$");
    EXPECT_TRUE(says(joining.wait(Seconds(stock() ? 240 : 60)).out, error(EPROTO)));
    ASSERT_TRUE(node(3).sh(recipe("ls_drop c12") + "; ! test -e /sys/kernel/dlm/c12"));
    EXPECT_TRUE(node(1).sh("guest-user free c12 r 1"));
    ASSERT_TRUE(control().leave("c12", 1, "guest-user remove c12"));
}

// Of names that are other words elsewhere.
TEST_F(HandshakeTest, C28_names)
{
    Node &one = node(1);
    Uevents events(one);
    struct {
        const char *name, *path;
    } cases[] = {{"a/b", "a!b"},
                 {"with space", "with space"},
                 {"comms", "comms"},
                 {"control", "control"},
                 {"\xc3\xa4\xc3\xb6", "\xc3\xa4\xc3\xb6"},
                 {"0123456789012345678901234567890123456789012345678901234567890123",
                  "0123456789012345678901234567890123456789012345678901234567890123"}};
    for (const auto &each : cases) {
        const char *name = each.name;
        const char *path = each.path;
        SCOPED_TRACE(name);
        if (stock())
            one.expect_log("debugfs: .*already present");
        Command creating = begin_create(one, events, name);
        EXPECT_EQ(events.of(name).back(), std::string("online@/kernel/dlm/") + path +
                                              "|ACTION=online|DEVPATH=/kernel/dlm/" + path +
                                              "|SUBSYSTEM=dlm|LOCKSPACE=" + name);
        const std::string dir = "'/sys/kernel/dlm/" + std::string(path) + "'";
        // configfs has no '/' in names: the members of such a lockspace cannot be told.
        const bool startable = name == std::string(path);
        if (startable) {
            const std::string members =
                "'/sys/kernel/config/dlm/cluster/spaces/" + std::string(name) + "'";
            ASSERT_TRUE(one.sh("mkdir " + members + " " + members + "/nodes/1; echo 1 > " +
                               members + "/nodes/1/nodeid; echo 28 > " + dir + "/id; echo 1 > " +
                               dir + "/control; echo 0 > " + dir + "/event_done"));
            EXPECT_TRUE(creating.wait().ok());
            EXPECT_TRUE(one.sh("guest-user free '" + std::string(name) + "' r 1"));
            Command removing = one.start("exec guest-user remove '" + std::string(name) + "'");
            ASSERT_TRUE(wait_until("the wish", [&] { return events.seen(name, "offline"); }));
            ASSERT_TRUE(one.sh("echo 0 > " + dir + "/event_done"));
            EXPECT_TRUE(removing.wait().ok());
            ASSERT_TRUE(one.sh("rmdir " + members + "/nodes/1 " + members));
        } else {
            // The directory of that name is there, whoever made it.
            if (!stock()) {
                EXPECT_TRUE(says(user(1, "create 'a!b'"), error(EEXIST)));
            }
            ASSERT_TRUE(one.sh("echo -1 > " + dir + "/event_done"));
            EXPECT_FALSE(creating.wait().ok());
        }
    }
    // The one named "comms" has taken nothing along that is not its own.
    if (!stock()) {
        EXPECT_NE(one.read("cat /sys/kernel/debug/dlm/comms/2/state"), "");
    }
}

// The device of that name is another one: EEXIST. On ours before anybody is asked, so that nothing
// has to be taken back; stock joins, warns and leaves.
TEST_F(HandshakeTest, C28_a_lockspace_named_plock_gets_no_device)
{
    Node &one = node(1);
    Uevents events(one);
    if (stock()) {
        one.expect_log(".");
        Command creating = begin_create(one, events, "plock");
        ASSERT_TRUE(one.sh(recipe("members plock 1; gid plock 28; start plock; answer plock 0")));
        ASSERT_TRUE(wait_until("the wish", [&] { return events.seen("plock", "offline"); }));
        ASSERT_TRUE(one.sh(recipe("answer plock 0")));
        EXPECT_TRUE(says(creating.wait().out, error(EEXIST)));
        ASSERT_TRUE(one.sh(recipe("ls_drop plock")));
        return;
    }
    EXPECT_TRUE(says(user(1, "create plock"), error(EEXIST)));
    EXPECT_TRUE(events.of("plock").empty());
    EXPECT_TRUE(one.sh("! test -e /sys/kernel/dlm/plock"));
}

TEST_F(HandshakeTest, C29_writes_of_nothing_and_with_a_NUL)
{
    ASSERT_TRUE(control().join("c29", 1, "guest-user create c29"));
    const std::string config = "/sys/kernel/config/dlm/cluster", sys = "/sys/kernel/dlm/c29";
    struct {
        std::string file, hex, result;
    } cases[] = {
        // The frameworks' own: there a bad address, here nothing written.
        {config + "/toss_secs", "", error(EFAULT)},
        {config + "/comms/1/local", "", error(EFAULT)},
        {sys + "/id", "", "0\n"},
        {sys + "/control", "", "0\n"},
        {config + "/toss_secs", "313000", "3\n"},  // "10" NUL
        {config + "/toss_secs", "31300a", "3\n"},  // "10" newline
        {config + "/comms/1/local", "3100", "2\n"},
        {sys + "/nodir", "3000", "2\n"},
        {sys + "/nodir", "300a", "2\n"},
        {sys + "/control", "3200", error(EINVAL)},
    };
    for (const auto &c : cases)
        EXPECT_TRUE(says(user(1, "write " + c.file + " '" + c.hex + "'"), c.result))
            << c.file << " <- " << c.hex << ": " << user(1, "write " + c.file + " '" + c.hex + "'");
    EXPECT_EQ(node(1).read("cat " + config + "/toss_secs"), "10");
    ASSERT_TRUE(control().leave("c29", 1, "guest-user remove c29"));
}

// L02, L14 and numbers 13, 14: the daemon is who holds dlm-monitor open.
TEST_F(HandshakeTest, L02_L14_C13_C14_the_end_of_the_daemon_stops_lockspaces)
{
    Node &one = node(1);
    one.expect_log(".");  // each module has its own words
    ASSERT_TRUE(one.sh("exec 9</dev/dlm-monitor; exec 9<&-"));
    ASSERT_TRUE(cluster().attach({1}));
    EXPECT_EQ(client(1).command("create l02 lvblen=32").ret(), -EUNATCH);
    EXPECT_TRUE(says(user(1, "create l02"), error(EUNATCH)));
    auto daemon = [&] {
        Command command = one.start("exec 9</dev/dlm-monitor; echo open; cat", "", true);
        EXPECT_TRUE(wait_until("the daemon", [&] { return says(command.out_so_far(), "open"); }));
        return command;
    };
    Command first = daemon();
    cluster().detach();
    ASSERT_TRUE(cluster().join("mon", {1, 2, 3}));
    ASSERT_TRUE(one.sh("guest-user create mon"));
    Command held = one.start("exec guest-user hold mon user1", "", true);
    ASSERT_TRUE(wait_until("held", [&] { return says(held.out_so_far(), "held"); }));
    ASSERT_TRUE(client(1).lock_wait("1", "mine", Mode::EX).granted());
    ASSERT_TRUE(client(1).settle());
    client(1).skip_events();

    // L14.
    first.signal(9);
    ASSERT_TRUE(wait_until(
        "the stop", [&] { return one.read("cat /sys/kernel/dlm/mon/recover_status") == "0"; }));
    ASSERT_TRUE(client(1).settle());
    int preps = 0;
    for (const Event &event : client(1).events())
        preps += event.kind == EventKind::prep;
    EXPECT_EQ(preps, 1) << "recover_prep";
    ASSERT_EQ(client(2).lock("2", "mine", Mode::PR).ret(), 0);
    EXPECT_EQ(client(1).command("create l14 lvblen=32").ret(), -EUNATCH);
    EXPECT_TRUE(says(user(1, "create mon"), error(EUNATCH))) << "a use of one that is there";

    // C13. Others who open it as well, also as root, change nothing.
    Command second = daemon();
    ASSERT_TRUE(control().stop("mon", {2, 3}));
    ASSERT_TRUE(control().set_members_and_start("mon", {1, 2, 3}, {1, 2, 3}));
    ASSERT_TRUE(control().wait_recovered("mon", {1, 2, 3}));
    ASSERT_EQ(client(1).command("space_wait mon done=2 timeout_ms=60000").ret(), 0);
    EXPECT_TRUE(client(1).convert_wait("1", Mode::NL).granted()) << "ids are valid";
    EXPECT_EQ(client(2).command("wait mon 2 casts=1 timeout_ms=60000").ret(), 0);
    CommandResult fuzzed = one.run("guest-user fuzz monitor mon f. 1 100000 root", Seconds(120));
    EXPECT_TRUE(fuzzed.ok()) << fuzzed.out << fuzzed.failure;
    std::cout << fuzzed.out;
    ASSERT_TRUE(node(2).sh("guest-user create mon && guest-user refused mon user 1"));
    held.close_stdin();
    EXPECT_TRUE(held.wait().ok());
    EXPECT_EQ(client(1).unlock_wait("1").status, eunlock);
    EXPECT_EQ(client(2).unlock_wait("2").status, eunlock);
    ASSERT_TRUE(node(2).sh("guest-user remove mon"));
    ASSERT_TRUE(one.sh("guest-user remove mon"));
    ASSERT_TRUE(cluster().leave());

    // C14.
    Uevents events(one);
    Command creating = begin_create(one, events, "c14");
    ASSERT_TRUE(one.sh(recipe("members c14 1; gid c14 14; start c14; answer c14 0")));
    ASSERT_TRUE(creating.wait().ok());
    second.signal(9);
    ASSERT_TRUE(wait_until(
        "the stop", [&] { return one.read("cat /sys/kernel/dlm/c14/recover_status") == "0"; }));
    EXPECT_TRUE(one.sh("guest-user remove c14 2"));
    EXPECT_TRUE(wait_until("the end", [&] { return events.seen("c14", "remove"); }));
    EXPECT_FALSE(events.seen("c14", "offline"));
    ASSERT_TRUE(one.sh(recipe("ls_drop c14")));
    drop_cluster();  // joins need a daemon there from now on
}

// C24: names and fields of the tracepoints, written down from what stock 6.1 has.
TEST_F(HandshakeTest, C24_tracepoints)
{
    if (!node(1).run("test -d /sys/kernel/tracing/events").ok())
        GTEST_SKIP() << "this kernel has no trace events";
    const std::string dir = "/sys/kernel/tracing/events/dlm";
    const std::string message =
        "seq h_version h_lockspace h_nodeid h_length h_cmd m_type m_nodeid m_pid m_lkid m_remid "
        "m_parent_lkid m_parent_remid m_exflags m_sbflags m_flags m_lvbseq m_hash m_status "
        "m_grmode "
        "m_rqmode m_bastmode m_asts m_result m_extra";
    const std::string rcom =
        "seq h_version h_lockspace h_nodeid h_length h_cmd rc_type rc_result rc_id rc_seq "
        "rc_seq_reply rc_buf";
    const std::pair<const char *, std::string> events[] = {
        {"dlm_ast", "ls_id lkb_id sb_flags sb_status res_name"},
        {"dlm_bast", "ls_id lkb_id mode res_name"},
        {"dlm_lock_end", "ls_id lkb_id mode flags error res_name"},
        {"dlm_lock_start", "ls_id lkb_id mode flags res_name"},
        {"dlm_recv", "nodeid ret"},
        {"dlm_recv_message", message},
        {"dlm_recv_rcom", rcom},
        {"dlm_send", "nodeid ret"},
        {"dlm_send_message", message + " res_name"},
        {"dlm_send_rcom", rcom},
        {"dlm_unlock_end", "ls_id lkb_id flags error res_name"},
        {"dlm_unlock_start", "ls_id lkb_id flags res_name"},
    };
    std::string names;
    for (const auto &[name, fields] : events) {
        names += std::string(names.empty() ? "" : " ") + name;
        EXPECT_EQ(node(1).read("sed -n '/common_/d; s/.*field:[^;]* \\([a-z_]*\\)\\(\\[.*\\)\\?;"
                               ".*offset.*/\\1/p' " +
                               dir + "/" + name + "/format | tr '\\n' ' '"),
                  fields + " ")
            << name;
    }
    EXPECT_EQ(node(1).read("cd " + dir + " && echo $(ls -d dlm_*)"), names);
    // Names of constants would be unknown to perf, which reads the formats.
    EXPECT_EQ(
        node(1).read("sed -n 's/\\(print fmt:.*DLM_[A-Z_]*\\).*/\\1/p' " + dir + "/dlm_*/format"),
        "");

    // A lock of user space, as text.
    ASSERT_TRUE(node(1).sh("echo > /sys/kernel/tracing/trace; echo 1 > " + dir + "/enable"));
    ASSERT_TRUE(control().join("c24", 1, "guest-user create c24"));
    ASSERT_TRUE(node(1).sh("printf 4242 > /sys/kernel/dlm/c24/id; guest-user free c24 tr 1"));
    ASSERT_TRUE(node(1).sh("echo 0 > " + dir + "/enable"));
    const std::string trace = node(1).read("grep -v '^#' /sys/kernel/tracing/trace");
    for (const char *line :
         {"dlm_lock_start: ls_id=4242 lkb_id=", " mode=EX flags= res_name=747231",
          "dlm_lock_end: ls_id=4242 lkb_id=", "dlm_ast: ls_id=4242 lkb_id=",
          "sb_flags= sb_status=0 res_name=747231"})
        EXPECT_NE(trace.find(line), std::string::npos) << line << "\n" << trace;
    ASSERT_TRUE(control().leave("c24", 1, "guest-user remove c24"));
}

}  // namespace
}  // namespace dlm::client
