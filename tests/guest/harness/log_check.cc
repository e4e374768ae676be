// SPDX-License-Identifier: GPL-2.0-or-later
#include "log_check.h"

#include <regex>
#include <sstream>

namespace dlm::guest {
namespace {

constexpr int level_warning = 4;
constexpr char boot_marker[] = "guest: up";  // written by the guest's init

struct Line {
    int level = 7;  // debug, when the source does not say
    std::string text;
};

const std::regex &reports()
{
    static const std::regex list(
        R"(BUG:|BUG \S+ \((Not t|T)ainted|Objects remaining|WARNING:|Oops|general protection)"
        R"(|kernel BUG|Call Trace|blocked for more than|rcu: INFO|rcu_sched self-detected)"
        R"(|soft lockup|Kernel panic|scheduling while atomic|list_(add|del) corruption|refcount_t)"
        R"(|use-after-free|disagrees about version|Unknown symbol|gfs2:.*withdraw)"
        R"(|GFS2:.*(fatal|withdrawn))"
        R"(|KASAN|ODEBUG|DEBUG_LOCKS_WARN_ON|suspicious RCU usage|possible (recursive|circular|irq))"
        R"(|inconsistent lock state|non-static key|held lock freed|unreferenced object)"
        R"(|still has locks held|field-spanning write|UBSAN)");
    return list;
}

// Allowed for everybody, by full text.
bool allowed_text(const std::string &text)
{
    static const std::string unsigned_module =
        "module verification failed: signature and/or required key missing - tainting kernel";
    static const std::string recorded_twice =
        "device-mapper: core: CONFIG_IMA_DISABLE_HTABLE is disabled. "
        "Duplicate IMA measurements will not be recorded in the IMA log.";
    static const std::vector<std::string> list = {
        "DLM installed",
        "dlm: loading out-of-tree module taints kernel.",
        "dlm: " + unsigned_module,
        "dlm_client: loading out-of-tree module taints kernel.",
        "dlm_examples: loading out-of-tree module taints kernel.",
        "dlm_client: " + unsigned_module,
        "gfs2: loading out-of-tree module taints kernel.",
        "random: crng reseeded due to virtual machine fork",
        recorded_twice,
    };
    // The kernel's own word about a host that gave the guest no processor for a while.
    static const std::regex starved(R"(^hrtimer: interrupt took \d+ ns$)");
    for (const auto &entry : list)
        if (text == entry)
            return true;
    return std::regex_search(text, starved);
}

// What the stock module prints at a high level in good health; only on nodes that run it. What it
// says about a peer's messages is not here: that is what a stock node is in the cluster for.
bool allowed_on_stock(const std::string &text)
{
    static const std::regex known(
        R"(^dlm: (Using (TCP|SCTP) for communications)"
        R"(|(connecting to|connected to node|got connection from|closing connection to node) \d+)"
        R"(|connection \S+ got EOF from \d+|node \d+ already connected\.)"
        R"(|version 0x[0-9a-f]+ for node \d+ detected)"
        R"(|node \d+: socket error sending to node \d+ .*)"
        R"(|(retransmit|ignore) dlm msg.*)"
        R"(|WARN: pending (deadlock|demoted) .*)"
        R"(|dlm cluster name '.*' is being used without an application provided cluster name)$)"
        R"(|^(dlm|lowcomms)_\w+: \d+ callbacks suppressed$)"
        // The dump of a resource with a pending conversion deadlock (lock-semantics 9.4).
        R"(|^rsb: (nodeid \d+ master \d+ dir \d+ |root_list empty ))"
        R"(|^rsb (lookup list|(grant|convert|wait) queue:)$)"
        R"(|^lkb: nodeid -?\d+ id [0-9a-f]+ remid [0-9a-f]+ exflags )"
        R"(|memcpy: detected field-spanning write \(size \d+\) of single field "&e->request" at fs/dlm/requestqueue\.c)");
    return std::regex_search(text, known);
}

// The first line of a whole report (up to its end marker) that the stock module is known for.
bool stock_report_start(const std::string &text)
{
    static const std::regex known(
        R"(WARNING: .*(fs/dlm/midcomms\.c:544|fs/dlm/requestqueue\.c:47|dlm_add_requestqueue))");
    return std::regex_search(text, known);
}

bool expected_line(const LogPolicy &policy, const std::string &text)
{
    for (const auto &pattern : policy.expected)
        if (std::regex_search(text, std::regex(pattern)))
            return true;
    return false;
}

std::string without_time(const std::string &text)
{
    static const std::regex time(R"(^\[ *\d+\.\d+\](\[[^\]]*\])? ?)");
    return std::regex_replace(text, time, "");
}

std::vector<Line> split(const std::string &text)
{
    std::vector<Line> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        Line one;
        while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
            line.pop_back();
        if (line.size() > 3 && line[0] == '<') {
            auto end = line.find('>');
            if (end != std::string::npos) {
                one.level = std::atoi(line.c_str() + 1) & 7;
                line.erase(0, end + 1);
            }
        }
        one.text = without_time(line);
        lines.push_back(one);
    }
    return lines;
}

// User-mode Linux's own two reports at boot, of lib/maple_tree.c: from the line of ='s to the end
// of the stack. Excused by the text of the line that names the place.
std::size_t maple_tree_report(const std::vector<Line> &lines, std::size_t at)
{
    if (lines[at].text.find("=============================") != 0)
        return 0;
    bool named = false;
    bool in_stack = false;
    std::size_t i = at;
    for (; i < lines.size() && i < at + 80; i++) {
        const std::string &text = lines[i].text;
        if (text.find("lib/maple_tree.c:860 suspicious") != std::string::npos ||
            text.find("lib/maple_tree.c:816 suspicious") != std::string::npos)
            named = true;
        if (!named && i > at + 5)
            return 0;
        if (text.find("Call Trace:") != std::string::npos)
            in_stack = true;
        else if (in_stack && (text.empty() || (text[0] != ' ' && text[0] != '<' && text[0] != '[')))
            break;
    }
    return named && in_stack ? i - at : 0;
}

// With KASAN, user-mode Linux does not tell kmemleak of the memory of modules, and kmemleak says so
// at each insmod: the line, and the stack that shows load_module.
std::size_t untracked_module_report(const std::vector<Line> &lines, std::size_t at)
{
    if (!lines[at].text.starts_with("kmemleak: Trying to color unknown object at ") &&
        !lines[at].text.starts_with("kmemleak: Adding scan area to unknown object at "))
        return 0;
    bool loading = false;
    std::size_t i = at + 1;
    for (; i < lines.size() && i < at + 90; i++) {
        const std::string &text = lines[i].text;
        if (!text.starts_with("CPU: ") && !text.starts_with("Stack:") &&
            !text.starts_with("Call Trace:") && !text.starts_with(" "))
            break;
        loading = loading || text.find("load_module+") != std::string::npos;
    }
    return loading ? i - at : 0;
}

// A warning that the stock module is known for, or that the test has named, with all its lines.
std::size_t stock_report(const LogPolicy &policy, const std::vector<Line> &lines, std::size_t at)
{
    std::size_t first = at;
    if (lines[at].text.find("[ cut here ]") != std::string::npos && at + 1 < lines.size()) {
        first = at + 1;
        if (lines[first].text.find("memcpy: detected field-spanning") == 0 &&
            first + 1 < lines.size())
            first++;
    }
    const std::string &text = lines[first].text;
    if (!stock_report_start(text) &&
        !(text.starts_with("WARNING: ") && expected_line(policy, text)))
        return 0;
    for (std::size_t i = first; i < lines.size() && i < first + 90; i++)
        if (lines[i].text.find("end trace") != std::string::npos)
            return i + 1 - at;
    return lines.size() - at;
}

void check(const LogPolicy &policy, const std::vector<Line> &lines, std::size_t from,
           std::vector<std::string> &findings)
{
    bool booted = false;
    for (std::size_t i = 0; i < lines.size(); i++) {
        booted = booted || lines[i].text == boot_marker;
        if (i < from)
            continue;
        std::size_t excused = policy.kind == Kind::uml ? maple_tree_report(lines, i) : 0;
        if (!excused && policy.kind == Kind::uml)
            excused = untracked_module_report(lines, i);
        if (!excused && policy.module == Module::stock)
            excused = stock_report(policy, lines, i);
        if (excused) {
            i += excused - 1;
            continue;
        }
        const std::string &text = lines[i].text;
        const bool report = std::regex_search(text, reports());
        if (!report && (!booted || lines[i].level > level_warning))
            continue;
        if (allowed_text(text) || expected_line(policy, text))
            continue;
        if (policy.module == Module::stock && allowed_on_stock(text))
            continue;
        findings.push_back(text);
    }
}

}  // namespace

void check_dmesg(const LogPolicy &policy, const std::string &text, std::size_t &seen,
                 std::vector<std::string> &findings)
{
    std::vector<Line> lines = split(text);
    if (seen > lines.size()) {
        findings.push_back("the log has lost lines: " + std::to_string(seen) + " were seen, " +
                           std::to_string(lines.size()) + " are there");
        seen = 0;
    }
    check(policy, lines, seen, findings);
    seen = lines.size();
}

void check_console(const LogPolicy &policy, const std::string &text,
                   std::vector<std::string> &findings)
{
    check(policy, split(text), 0, findings);
}

}  // namespace dlm::guest
