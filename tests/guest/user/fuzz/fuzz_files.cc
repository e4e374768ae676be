// SPDX-License-Identifier: GPL-2.0-or-later
//
// configfs and sysfs: what is written to each file, directories made and removed. The lockspace is
// one that this node has alone, since its control file is written too.
#include <fstream>
#include <memory>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzzer.h"

namespace dlm::user {
namespace {

const std::string cluster = "/sys/kernel/config/dlm/cluster";
const std::string comm = cluster + "/comms/fuzz", space = cluster + "/spaces/fuzz",
                  member = space + "/nodes/fuzz";

struct File {
    std::string path;
    const char *row;
    bool sysfs = false;
    int fd = -1;
};

std::string content(const std::string &path)
{
    std::ifstream in(path);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

class FileFuzzer {
public:
    explicit FileFuzzer(Fuzzer &f) : f_(f), lockspace_("/sys/kernel/dlm/" + f.run().space)
    {
        for (const char *name : {"buffer_size", "rsbtbl_size", "recover_timer", "toss_secs",
                                 "scan_secs", "log_debug", "log_info", "mark", "new_rsb_count",
                                 "recover_callbacks", "timewarn_cs", "deadlock_cs"})
            files_.push_back({cluster + "/" + name, "cluster number"});
        for (const char *name : {"tcp_port", "protocol"})
            files_.push_back({cluster + "/" + name, "cluster transport"});
        files_.push_back({cluster + "/cluster_name", "cluster_name"});
        first_item_ = files_.size();
        files_.push_back({comm + "/nodeid", "comm nodeid"});
        files_.push_back({comm + "/local", "comm local"});
        files_.push_back({comm + "/mark", "comm mark"});
        files_.push_back({comm + "/addr", "comm addr"});
        files_.push_back({comm + "/addr", "comm addr"});
        files_.push_back({member + "/nodeid", "node nodeid"});
        files_.push_back({member + "/weight", "node weight"});
        first_sysfs_ = files_.size();
        for (const char *name : {"control", "event_done", "id", "nodir", "sublocks"})
            files_.push_back({lockspace_ + "/" + name, name, true});
    }

    void run()
    {
        remember();
        make_items();
        for (File &file : files_)
            open_one(file);
        if (f_.nobody())
            in_child_of_nobody();
        else
            until_enough();
        restore();
    }

private:
    // Descriptors that root has opened, in the hands of somebody without privileges.
    void in_child_of_nobody()
    {
        const pid_t pid = f_.run().start([this](Run &) {
            f_.drop_privileges();
            until_enough();
            f_.print();
            std::cout.flush();
            _exit(f_.run().failures ? 1 : 0);
        });
        f_.run().join(pid);
    }

    void until_enough()
    {
        while (!f_.done()) {
            if (f_.one_in(40))
                directories();
            else if (f_.one_in(20))
                open_again();
            else if (f_.one_in(10))
                read_one();
            else
                write_one();
            if (!f_.nobody() && f_.one_in(500))
                renew_items();
        }
        Run &run = f_.run();
        for (const File &file : files_)
            EXPECT_THAT(f_.seen(file.row, 0) + f_.seen(file.row, EBUSY) + f_.seen(file.row, EPERM) >
                        0);
    }

    void make_items()
    {
        for (const std::string &dir : {comm, space, member})
            f_.note_call("mkdir inside", mkdir(dir.c_str(), 0755));
    }

    void remove_items()
    {
        for (std::size_t i = first_item_; i < first_sysfs_; i++)
            ::close(files_[i].fd);
        for (const std::string &dir : {member, space, comm})
            f_.note_call("rmdir inside", rmdir(dir.c_str()));
    }

    void renew_items()
    {
        remove_items();
        make_items();
        for (std::size_t i = first_item_; i < first_sysfs_; i++)
            open_one(files_[i]);
    }

    void open_one(File &file)
    {
        file.fd = open(file.path.c_str(), O_WRONLY | O_CLOEXEC);
        f_.note_call(file.sysfs ? "sysfs open" : "configfs open", file.fd);
    }

    File &any_file() { return files_[f_.below(static_cast<unsigned>(files_.size()))]; }

    void open_again()
    {
        File &file = any_file();
        if (!f_.nobody()) {
            ::close(file.fd);
            open_one(file);
        } else {
            const int fd = open(file.path.c_str(), O_WRONLY | O_CLOEXEC);
            f_.note_call(file.sysfs ? "sysfs open" : "configfs open", fd);
            ::close(fd);
        }
        static const char *const denied[] = {"/control", "/event_done", "/recover_status"};
        const std::string name = denied[f_.below(3)];
        f_.note_call("sysfs open denied",
                     open((lockspace_ + name).c_str(),
                          (name == "/recover_status" ? O_WRONLY : O_RDONLY) | O_CLOEXEC));
        f_.note_call(
            "configfs open read-only",
            open((comm + (f_.below(2) ? "/addr" : "/addr_list")).c_str(), O_RDWR | O_CLOEXEC));
    }

    Bytes address()
    {
        Bytes bytes(128);
        bytes[0] = f_.one_in(3) ? 10 : 2;
        bytes[4] = 10;
        bytes[5] = 99;
        bytes[6] = static_cast<std::uint8_t>(f_.below(256));
        bytes[7] = static_cast<std::uint8_t>(f_.below(256));
        if (f_.one_in(4))
            bytes[f_.below(128)] = static_cast<std::uint8_t>(f_.below(256));
        if (f_.one_in(20))
            bytes.resize(f_.below(300));
        return bytes;
    }

    Bytes name()
    {
        Bytes bytes(f_.one_in(20) ? f_.below(5000) : f_.below(70));
        for (std::uint8_t &byte : bytes)
            byte = static_cast<std::uint8_t>(f_.one_in(10) ? f_.below(256) : 'a' + f_.below(26));
        return bytes;
    }

    Bytes text()
    {
        // What starts and stops is worth more than its share.
        const std::string number = f_.number();
        return {number.begin(), number.end()};
    }

    void write_one()
    {
        const File &file = any_file();
        const std::string row = file.row;
        const std::string kind = file.sysfs ? "sysfs" : "configfs";
        const Bytes bytes = row == "comm addr"      ? address()
                            : row == "cluster_name" ? name()
                                                    : text();
        if (f_.one_in(100)) {
            f_.note_call(kind + " bad buffer", write(file.fd, no_address(), 10));
            return;
        }
        const int result = put(file.fd, bytes);
        f_.mutated();
        if (bytes.empty())
            f_.note(kind + " nothing", result);
        else if (row == "comm addr" && bytes.size() != 128)
            f_.note("comm addr size", result);
        else
            f_.note(row, result);
    }

    void read_one()
    {
        const File &file = any_file();
        const int fd = open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return;  // open_again() has those
        char buffer[4096];
        const unsigned room = f_.below(sizeof(buffer));
        const std::string kind = file.sysfs ? "sysfs read" : "configfs read";
        f_.note_call(room ? kind : kind + " of nothing", read(fd, buffer, room));
        ::close(fd);
    }

    std::string dir_name()
    {
        std::string name = "d";
        for (unsigned n = f_.one_in(10) ? f_.below(300) : f_.below(20); n; n--)
            if (const char c = static_cast<char>(1 + f_.below(255)); c != '/')
                name += c;
        return name;
    }

    void directories()
    {
        static const std::string places[] = {cluster + "/comms/", cluster + "/spaces/",
                                             space + "/nodes/"};
        const std::string path = places[f_.below(3)] + dir_name();
        auto made = [&](const char *row, const std::string &dir) {
            const int result = mkdir(dir.c_str(), 0755);
            f_.note_call(row, result);
            return result == 0;
        };
        if (made("mkdir inside", path))
            f_.note_call("rmdir inside", rmdir(path.c_str()));
        made("mkdir inside", f_.below(2) ? comm : member);
        made("mkdir in item", (f_.below(2) ? comm : member) + "/" + dir_name());
        made("mkdir cluster", "/sys/kernel/config/dlm/" + (f_.below(4) ? dir_name() : "cluster"));
        f_.note_call("rmdir group",
                     rmdir((cluster + (f_.below(2) ? "/comms" : "/spaces")).c_str()));
        f_.note_call("rmdir inside", rmdir(space.c_str()));
        const std::string file = (f_.below(2) ? cluster : comm) + "/" + dir_name();
        if (file.size() < 250)
            f_.note_call("create file", open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    }

    // ---- as it was ----

    void remember()
    {
        for (std::size_t i = 0; i < first_item_; i++)
            old_.push_back(content(files_[i].path));
        id_ = content(lockspace_ + "/id");
    }

    void restore()
    {
        Run &run = f_.run();
        remove_items();
        for (std::size_t i = 0; i < first_item_; i++) {
            if (content(files_[i].path) != old_[i]) {
                std::ofstream(files_[i].path) << old_[i];
                EXPECT_IS(content(files_[i].path), old_[i]);
            }
        }
        for (const auto &[name, value] : {std::pair<const char *, std::string>{"/id", id_},
                                          {"/control", "0"},
                                          {"/control", "1"}}) {
            std::ofstream out(lockspace_ + name);
            out << value << std::flush;
            EXPECT_THAT(out.good());
        }
    }

    Fuzzer &f_;
    std::string lockspace_;
    std::vector<File> files_;
    std::size_t first_item_ = 0, first_sysfs_ = 0;
    std::vector<std::string> old_;
    std::string id_;
};

}  // namespace

void fuzz_files(Fuzzer &f)
{
    FileFuzzer(f).run();
}

}  // namespace dlm::user
