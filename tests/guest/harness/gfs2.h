// SPDX-License-Identifier: GPL-2.0-or-later
//
// GFS2 on a shared disk of a cluster: made and checked on the host with the programs of the
// guests' root, mounted in the guests through a control plane.
#pragma once

#include <string>
#include <vector>

#include "cluster.h"
#include "control.h"

namespace dlm::guest {

// The file system on its disk, whoever controls the cluster.
class Gfs2Disk {
public:
    // The lockspace has the name of the file system.
    explicit Gfs2Disk(Cluster &cluster, std::string name = "g0", int disk = 0)
        : cluster_(cluster), name_(std::move(name)), disk_(disk)
    {
    }

    const std::string &lockspace() const { return name_; }
    static constexpr const char *mount_point = "/mnt/g";

    Outcome make(int journals, unsigned journal_mb = 16, const std::string &cluster_name = "test");
    // Nobody has it mounted. A power cut may leave one inode per process that was creating a
    // file (gfs2's own, with every lock manager), and wrong statfs counters.
    Outcome check(int leaked_inodes = 0);

    std::string mount_command() const;
    std::string umount_command() const { return std::string("umount ") + mount_point; }

protected:
    Cluster &cluster_;
    std::string name_;
    int disk_;
};

class Gfs2 : public Gfs2Disk {
public:
    Gfs2(Cluster &cluster, ManualControl &control, std::string name = "g0", int disk = 0)
        : Gfs2Disk(cluster, std::move(name), disk), control_(control)
    {
    }

    // gfs2 is loaded, the control plane configured.
    Outcome mount_together(const std::vector<int> &nodes);
    Outcome mount(int node);
    Outcome umount(int node);
    Outcome umount_all();

private:
    ManualControl &control_;
};

// A program of the guests' root, run on the host with the root's own loader and libraries.
HostResult run_root_program(const std::vector<std::string> &argv,
                            Milliseconds deadline = command_deadline);

}  // namespace dlm::guest
