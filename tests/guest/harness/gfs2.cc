// SPDX-License-Identifier: GPL-2.0-or-later
#include "gfs2.h"

#include <regex>
#include <sstream>

#include "environment.h"

namespace dlm::guest {

HostResult run_root_program(const std::vector<std::string> &argv, Milliseconds deadline)
{
    const std::string root = Environment::get().value("DLM_GUEST_ROOT_DIR");
    const std::string libraries = root + "/usr/lib/x86_64-linux-gnu";
    std::vector<std::string> all = {libraries + "/ld-linux-x86-64.so.2", "--library-path",
                                    libraries};
    all.push_back(root + "/usr/sbin/" + argv[0]);
    all.insert(all.end(), argv.begin() + 1, argv.end());
    return run_on_host(all, deadline);
}

Outcome Gfs2Disk::make(int journals, unsigned journal_mb, const std::string &cluster_name)
{
    HostResult made = run_root_program({"mkfs.gfs2", "-O", "-q", "-p", "lock_dlm", "-t",
                                        cluster_name + ":" + name_, "-j", std::to_string(journals),
                                        "-J", std::to_string(journal_mb), cluster_.disk(disk_)});
    if (made.ok())
        return ok();
    return fail() << "mkfs.gfs2: exit code " << made.exit_code << "\n" << made.output;
}

Outcome Gfs2Disk::check(int leaked_inodes)
{
    HostResult checked = run_root_program({"fsck.gfs2", "-n", cluster_.disk(disk_)}, Seconds(180));
    if (checked.ok())
        return ok();
    // What a power cut may leave, and what follows from it.
    static const std::regex leak(R"(bitmap says 3 \(inode\) but FSCK saw 0 \(free\))");
    static const std::regex harmless(
        R"(^The statfs file is wrong:$|^(Current|Calculated) statfs values:$)"
        R"(|^(blocks|free|dinodes): +\d+ \(0x[0-9a-f]+\)$|^The statfs file was not fixed\.$)"
        R"(|^Starting \w+$|^\w+ complete(d in [0-9.]+s)?$|^Initializing fsck$)"
        R"(|^Validating resource group index\.$|^Level 1 resource group check: .*|^\(level 1 passed\)$)"
        R"(|^Reconciling bitmaps\.$|^fsck\.gfs2 complete$|^$)");
    // What follows from a leaked inode: the counts of its resource group.
    static const std::regex follows(
        R"(^RG #.* (free|inode|blocks)|resource group.*(not fixed|count))"
        R"(|^.*was not (fixed|cleared)\.?$)");
    int leaks = 0;
    std::string findings;
    std::istringstream lines(checked.output);
    for (std::string line; std::getline(lines, line);) {
        if (std::regex_search(line, leak))
            leaks++;
        else if (leaked_inodes > 0 && std::regex_search(line, follows))
            continue;
        else if (!std::regex_search(line, harmless))
            findings += "  " + line + "\n";
    }
    const bool only_counters = checked.output.find("The statfs file is wrong") != std::string::npos;
    if (findings.empty() && leaks <= leaked_inodes && (only_counters || leaks))
        return ok();
    return fail() << "fsck.gfs2: exit code " << checked.exit_code << ", " << leaks
                  << " leaked inodes (" << leaked_inodes << " allowed); unexpected lines:\n"
                  << findings << "all of it:\n"
                  << checked.output;
}

std::string Gfs2Disk::mount_command() const
{
    return std::string("mkdir -p ") + mount_point + " && mount -t gfs2 -o noatime /dev/shared" +
           std::to_string(disk_) + " " + mount_point;
}

Outcome Gfs2::mount_together(const std::vector<int> &nodes)
{
    return control_.join_together(name_, nodes, mount_command());
}

Outcome Gfs2::mount(int node)
{
    return control_.join(name_, node, mount_command());
}

Outcome Gfs2::umount(int node)
{
    return control_.leave(name_, node, umount_command());
}

Outcome Gfs2::umount_all()
{
    return control_.leave_in_turn(name_, umount_command());
}

}  // namespace dlm::guest
