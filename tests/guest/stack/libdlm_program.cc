// SPDX-License-Identifier: GPL-2.0-or-later
//
// A program of guests that locks through the distribution's libdlm.
//
//   guest-libdlm hold SPACE RESOURCE MODE   prints "held", until standard input ends
//   guest-libdlm orphan SPACE RESOURCE MODE
//       leaves a persistent lock behind; prints its own process id
//   guest-libdlm purge SPACE NODE PID
//   guest-libdlm tree SPACE ROOT DEPTH WIDTH
//       sublocks below ROOT; prints "held" and their number, until standard input ends
//   guest-libdlm load SPACE DEVICE SECONDS VICTIM
//       takes EX on one of 8 resources after the other, each of which guards a block of DEVICE:
//       whoever holds it marks the block, and must find no mark but his own. Marks of node VICTIM,
//       which may die, are overlooked. Prints "working", at the end the number of rounds.
//
// Node ids come from $NODE. Exit code 1, with a line, when a lock or a block is not as it must be.
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

extern "C" {
#include <libdlm.h>
}

namespace {

constexpr int resources = 8;
constexpr off_t block_size = 4096;

struct Block {
    std::uint32_t owner;  // node, 0: nobody
    std::uint32_t pid;
    std::uint64_t rounds;
};

int complain(const std::string &what)
{
    std::printf("%s: %s\n", what.c_str(), std::strerror(errno));
    return 1;
}

// 0, or the error of the call or of the request.
int lock(dlm_lshandle_t ls, const std::string &name, std::uint32_t mode, dlm_lksb &sb,
         std::uint32_t parent = 0, std::uint32_t flags = 0)
{
    if (dlm_ls_lock_wait(ls, mode, &sb, flags | (sb.sb_lvbptr ? LKF_VALBLK : 0), name.data(),
                         static_cast<unsigned>(name.size()), parent, nullptr, nullptr, nullptr))
        return errno;
    return sb.sb_status;
}

int unlock(dlm_lshandle_t ls, dlm_lksb &sb)
{
    if (dlm_ls_unlock_wait(ls, sb.sb_lkid, 0, &sb))
        return errno;
    return sb.sb_status == EUNLOCK ? 0 : sb.sb_status;
}

void until_input_ends()
{
    for (char byte; read(STDIN_FILENO, &byte, 1) > 0;) {
    }
}

int hold(dlm_lshandle_t ls, const std::string &name, std::uint32_t mode)
{
    char value[DLM_LVB_LEN] = "";
    dlm_lksb sb{};
    sb.sb_lvbptr = value;
    if ((errno = lock(ls, name, mode, sb)))
        return complain("lock " + name);
    std::puts("held");
    until_input_ends();
    if ((errno = unlock(ls, sb)))
        return complain("unlock " + name);
    return 0;
}

int orphan(dlm_lshandle_t ls, const std::string &name, std::uint32_t mode)
{
    dlm_lksb sb{};
    if ((errno = lock(ls, name, mode, sb, 0, LKF_PERSISTENT)))
        return complain("lock " + name);
    std::printf("%d\n", static_cast<int>(getpid()));
    return 0;
}

// How many, or -1.
int plant(dlm_lshandle_t ls, std::uint32_t parent, int depth, int width)
{
    int nr = 0;
    for (int i = 0; depth > 1 && i < width; i++) {
        dlm_lksb sb{};
        if ((errno = lock(ls, std::to_string(i), LKM_EXMODE, sb, parent)))
            return -1;
        const int below = plant(ls, sb.sb_lkid, depth - 1, width);
        if (below < 0)
            return -1;
        nr += 1 + below;
    }
    return nr;
}

int tree(dlm_lshandle_t ls, const std::string &root, int depth, int width)
{
    dlm_lksb sb{};
    if ((errno = lock(ls, root, LKM_CRMODE, sb)))
        return complain("lock " + root);
    const int nr = plant(ls, sb.sb_lkid, depth, width);
    if (nr < 0)
        return complain("sublock");
    std::printf("held %d\n", nr);
    until_input_ends();
    return 0;
}

class Device {
public:
    explicit Device(const char *path) : fd_(open(path, O_RDWR | O_DIRECT))
    {
        if (posix_memalign(&buffer_, block_size, block_size))
            buffer_ = nullptr;
    }
    ~Device()
    {
        std::free(buffer_);
        close(fd_);
    }
    Device(const Device &) = delete;
    Device &operator=(const Device &) = delete;

    bool ready() const { return fd_ >= 0 && buffer_; }
    bool get(int number, Block &block)
    {
        if (pread(fd_, buffer_, block_size, offset(number)) != block_size)
            return false;
        std::memcpy(&block, buffer_, sizeof(block));
        return true;
    }
    bool put(int number, const Block &block)
    {
        std::memset(buffer_, 0, block_size);
        std::memcpy(buffer_, &block, sizeof(block));
        return pwrite(fd_, buffer_, block_size, offset(number)) == block_size;
    }

private:
    static off_t offset(int number) { return static_cast<off_t>(number) * block_size; }
    int fd_;
    void *buffer_ = nullptr;
};

// One turn in the place that the lock guards.
int turn(Device &device, int number, const Block &me, std::uint32_t victim)
{
    Block block{}, again{};
    if (!device.get(number, block))
        return complain("read");
    if (block.owner != 0 && block.owner != victim) {
        std::printf("block %d is held by node %u, pid %u\n", number, block.owner, block.pid);
        return 1;
    }
    Block mine = me;
    mine.rounds = block.rounds + 1;
    if (!device.put(number, mine) || !device.get(number, again))
        return complain("write");
    if (again.owner != mine.owner || again.pid != mine.pid || again.rounds != mine.rounds) {
        std::printf("block %d was overwritten by node %u, pid %u\n", number, again.owner,
                    again.pid);
        return 1;
    }
    mine.owner = 0;
    return device.put(number, mine) ? 0 : complain("write");
}

int load(dlm_lshandle_t ls, const char *path, int seconds, std::uint32_t victim)
{
    const char *node = std::getenv("NODE");
    Device device(path);
    if (!device.ready() || !node)
        return complain(path);
    const Block me{static_cast<std::uint32_t>(std::atoi(node)),
                   static_cast<std::uint32_t>(getpid()), 0};
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    unsigned random = me.owner * 1000003u + me.pid;
    long rounds = 0;
    std::puts("working");
    while (std::chrono::steady_clock::now() < end) {
        random = random * 1664525u + 1013904223u;
        const int number = static_cast<int>(random >> 16) % resources;
        dlm_lksb sb{};
        const std::string name = "block" + std::to_string(number);
        if ((errno = lock(ls, name, LKM_EXMODE, sb)))
            return complain("lock " + name);
        if (int bad = turn(device, number, me, victim))
            return bad;
        if ((errno = unlock(ls, sb)))
            return complain("unlock " + name);
        rounds++;
    }
    std::printf("%ld rounds\n", rounds);
    return 0;
}

}  // namespace

int main(int argc, char **argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const std::string what = argc > 1 ? argv[1] : "";
    if (!((what == "hold" || what == "orphan" || what == "purge") && argc == 5) &&
        !((what == "load" || what == "tree") && argc == 6)) {
        std::fprintf(stderr,
                     "usage: guest-libdlm hold SPACE RESOURCE MODE\n"
                     "       guest-libdlm orphan SPACE RESOURCE MODE\n"
                     "       guest-libdlm purge SPACE NODE PID\n"
                     "       guest-libdlm tree SPACE ROOT DEPTH WIDTH\n"
                     "       guest-libdlm load SPACE DEVICE SECONDS VICTIM\n");
        return 2;
    }
    dlm_lshandle_t ls = dlm_open_lockspace(argv[2]);
    if (!ls || dlm_ls_pthread_init(ls))
        return complain(argv[2]);
    if (what == "hold")
        return hold(ls, argv[3], static_cast<std::uint32_t>(std::atoi(argv[4])));
    if (what == "orphan")
        return orphan(ls, argv[3], static_cast<std::uint32_t>(std::atoi(argv[4])));
    if (what == "purge")
        return dlm_ls_purge(ls, std::atoi(argv[3]), std::atoi(argv[4])) ? complain("purge") : 0;
    if (what == "tree")
        return tree(ls, argv[3], std::atoi(argv[4]), std::atoi(argv[5]));
    return load(ls, argv[3], std::atoi(argv[4]), static_cast<std::uint32_t>(std::atoi(argv[5])));
}
