// SPDX-License-Identifier: GPL-2.0-or-later
#include "space.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace dlm::user {
namespace {

constexpr std::size_t lvb_length = 32;

struct Layout {
    std::size_t word, castparam, castaddr, bastparam, bastaddr, lksb, lvb, name, tail;
};

const Layout &layout_of(Shape shape)
{
    static const Layout native = {8, 48, 56, 64, 72, 80, 88, 120, 0};
    static const Layout compat = {4, 48, 52, 56, 60, 64, 68, 100, 0};
    static const Layout padded = {4, 48, 52, 56, 60, 64, 68, 100, 4};
    return shape == Shape::native ? native : shape == Shape::compat ? compat : padded;
}

template <class T>
void set(std::vector<std::uint8_t> &bytes, std::size_t at, T value)
{
    std::memcpy(bytes.data() + at, &value, sizeof(value));
}

template <class T>
T get(const std::uint8_t *bytes, std::size_t at)
{
    T value;
    std::memcpy(&value, bytes + at, sizeof(value));
    return value;
}

std::vector<std::uint8_t> head(std::uint8_t cmd, bool is64bit, std::size_t size)
{
    std::vector<std::uint8_t> bytes(size);
    set<std::uint32_t>(bytes, 0, DLM_DEVICE_VERSION_MAJOR);
    set<std::uint32_t>(bytes, 4, DLM_DEVICE_VERSION_MINOR);
    set<std::uint32_t>(bytes, 8, DLM_DEVICE_VERSION_PATCH);
    bytes[12] = cmd;
    bytes[13] = is64bit;
    return bytes;
}

int control(const std::vector<std::uint8_t> &bytes)
{
    int fd = open("/dev/dlm-control", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int result = put(fd, bytes);
    ::close(fd);
    return result;
}

// Guests have no udev: the node is made here if it is missing.
int open_device(const std::string &name)
{
    const std::string path = "/dev/dlm_" + name;
    int fd = open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 || errno != ENOENT)
        return fd;
    int minor = find_minor(name);
    if (minor < 0)
        return -1;
    mknod(path.c_str(), S_IFCHR | 0600, makedev(10, static_cast<unsigned>(minor)));
    return open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

}  // namespace

std::vector<std::uint8_t> lock_bytes(const LockRequest &r, Shape shape)
{
    const Layout &at = layout_of(shape);
    auto bytes = head(r.cmd, shape == Shape::native, at.name + r.name.size() + at.tail);
    auto word = [&](std::size_t where, std::uint64_t value) {
        if (at.word == 8)
            set<std::uint64_t>(bytes, where, value);
        else
            set<std::uint32_t>(bytes, where, static_cast<std::uint32_t>(value));
    };
    bytes[16] = static_cast<std::uint8_t>(r.mode);
    bytes[17] = static_cast<std::uint8_t>(r.name.size());
    set(bytes, 20, r.flags);
    set(bytes, 24, r.lkid);
    set(bytes, 28, r.parent);
    set(bytes, 32, r.xid);
    set(bytes, 40, r.timeout_cs);
    word(at.castparam, r.castparam);
    word(at.castaddr, r.castaddr);
    word(at.bastparam, r.bastparam);
    word(at.bastaddr, r.bastaddr);
    word(at.lksb, r.lksb);
    std::memcpy(bytes.data() + at.lvb, r.lvb.data(), std::min(r.lvb.size(), lvb_length));
    std::memcpy(bytes.data() + at.name, r.name.data(), r.name.size());
    return bytes;
}

std::vector<std::uint8_t> space_bytes(std::uint8_t cmd, std::uint32_t flags, std::uint32_t minor,
                                      const std::string &name)
{
    // As libdlm writes it: the whole of the struct, the name where it is in this command.
    auto bytes = head(cmd, true, 120 + name.size());
    set(bytes, 16, flags);
    set(bytes, 20, minor);
    std::memcpy(bytes.data() + 24, name.data(), name.size());
    return bytes;
}

std::vector<std::uint8_t> purge_bytes(std::uint32_t nodeid, std::uint32_t pid, Shape shape)
{
    const Layout &at = layout_of(shape);
    auto bytes = head(DLM_USER_PURGE, shape == Shape::native, at.name + at.tail);
    set(bytes, 16, nodeid);
    set(bytes, 20, pid);
    return bytes;
}

void *no_address()
{
    static void *const page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page;
}

int put(int fd, const std::vector<std::uint8_t> &bytes)
{
    ssize_t result = write(fd, bytes.data(), bytes.size());
    return result < 0 ? -errno : static_cast<int>(result);
}

int create_space(const std::string &name, std::uint32_t flags)
{
    return control(space_bytes(DLM_USER_CREATE_LOCKSPACE, flags, 0, name));
}

int remove_space(std::uint32_t minor, std::uint32_t flags)
{
    return control(space_bytes(DLM_USER_REMOVE_LOCKSPACE, flags, minor, ""));
}

int find_minor(const std::string &name)
{
    std::ifstream in("/proc/misc");
    int minor;
    for (std::string device; in >> minor && std::getline(in >> std::ws, device);)
        if (device == "dlm_" + name)
            return minor;
    return -1;
}

Space::Space(const std::string &name, Shape shape) : fd_(open_device(name)), shape_(shape) {}

void Space::close()
{
    if (fd_ >= 0)
        ::close(fd_);
    fd_ = -1;
}

int Space::lock(const std::string &name, int mode, std::uint32_t flags, const std::string &lvb)
{
    LockRequest r;
    r.name = name;
    r.mode = mode;
    r.flags = flags;
    r.lvb = lvb;
    return call(r);
}

int Space::convert(int id, int mode, std::uint32_t flags, const std::string &lvb)
{
    LockRequest r;
    r.lkid = static_cast<std::uint32_t>(id);
    r.mode = mode;
    r.flags = flags | DLM_LKF_CONVERT;
    r.lvb = lvb;
    return call(r);
}

int Space::unlock(int id, std::uint32_t flags, const std::string &lvb)
{
    LockRequest r;
    r.cmd = DLM_USER_UNLOCK;
    r.lkid = static_cast<std::uint32_t>(id);
    r.flags = flags;
    r.lvb = lvb;
    return call(r);
}

int Space::deadlock(int id, std::uint32_t flags)
{
    LockRequest r;
    r.cmd = DLM_USER_DEADLOCK;
    r.lkid = static_cast<std::uint32_t>(id);
    r.flags = flags;
    return call(r);
}

bool Space::readable(int timeout_ms)
{
    pollfd p = {fd_, POLLIN, 0};
    return poll(&p, 1, timeout_ms) == 1 && (p.revents & POLLIN);
}

std::optional<Callback> Space::next(int timeout_ms, std::size_t room)
{
    std::uint8_t b[256] = {};
    ssize_t size = -1;
    if (readable(timeout_ms))
        size = read(fd_, b, room);
    if (size < 0)
        return std::nullopt;
    Callback c = {};
    const bool wide = shape_ == Shape::native;
    auto word = [&](std::size_t native_at, std::size_t compat_at) {
        return wide ? get<std::uint64_t>(b, native_at) : get<std::uint32_t>(b, compat_at);
    };
    std::memcpy(c.version, b, sizeof(c.version));
    c.length = get<std::uint32_t>(b, 12);
    c.astaddr = word(16, 16);
    c.astparam = word(24, 20);
    c.lksb = word(32, 24);
    c.status = get<int>(b, wide ? 40 : 28);
    c.lkid = get<std::uint32_t>(b, wide ? 44 : 32);
    c.sb_flags = b[wide ? 48 : 36];
    c.bast_mode = b[wide ? 64 : 44];
    c.lvb_offset = get<std::uint32_t>(b, wide ? 68 : 48);
    c.size = static_cast<std::size_t>(size);
    if (c.lvb_offset && c.lvb_offset + lvb_length <= c.size) {
        const char *lvb = reinterpret_cast<const char *>(b) + c.lvb_offset;
        c.lvb.assign(lvb, strnlen(lvb, lvb_length));
    }
    return c;
}

int Space::status(int timeout_ms)
{
    auto c = next(timeout_ms);
    return c ? c->status : 1;
}

}  // namespace dlm::user
