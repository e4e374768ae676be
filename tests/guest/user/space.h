// SPDX-License-Identifier: GPL-2.0-or-later
//
// The device interface of the DLM as a program sees it, written from linux/dlm_device.h and
// control-plane.md 5: requests in each of the three shapes, callbacks read back. For programs that
// run in guests; no library of the DLM is used.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <linux/dlm_device.h>

namespace dlm::user {

// native: of 64-bit programs. compat: of 32-bit ones. padded: the same, where 64-bit numbers are
// aligned to 8 bytes, so that four bytes follow the name.
enum class Shape { native, compat, padded };

struct LockRequest {
    std::uint8_t cmd = DLM_USER_LOCK;
    int mode = 0;
    std::string name;
    std::uint32_t flags = 0;
    std::uint32_t lkid = 0;
    std::uint32_t parent = 0;
    std::uint64_t xid = 0;
    std::uint64_t timeout_cs = 0;
    std::uint64_t castparam = 0x1001, castaddr = 0x1002, bastparam = 0, bastaddr = 0, lksb = 0x1005;
    std::string lvb;
};

struct Callback {
    std::uint32_t version[3];
    std::uint32_t length;
    std::uint64_t astaddr, astparam, lksb;
    int status;
    std::uint32_t lkid;
    unsigned sb_flags;
    int bast_mode;
    std::uint32_t lvb_offset;
    std::string lvb;   // up to the first NUL; empty when there was none
    std::size_t size;  // what read() returned
};

std::vector<std::uint8_t> lock_bytes(const LockRequest &request, Shape shape);
std::vector<std::uint8_t> space_bytes(std::uint8_t cmd, std::uint32_t flags, std::uint32_t minor,
                                      const std::string &name);
std::vector<std::uint8_t> purge_bytes(std::uint32_t nodeid, std::uint32_t pid, Shape shape);

// An address that may neither be read nor written.
void *no_address();

// What write() returned, or the negative errno.
int put(int fd, const std::vector<std::uint8_t> &bytes);

// The control device.
int create_space(const std::string &name, std::uint32_t flags = 0);
int remove_space(std::uint32_t minor, std::uint32_t flags = 0);
// Of dlm_<name> in /proc/misc, or -1.
int find_minor(const std::string &name);

// One open file of a lockspace's device.
class Space {
public:
    explicit Space(const std::string &name, Shape shape = Shape::native);
    ~Space() { close(); }
    Space(const Space &) = delete;
    Space &operator=(const Space &) = delete;

    bool is_open() const { return fd_ >= 0; }
    int fd() const { return fd_; }
    void close();

    int call(const LockRequest &request) { return put(fd_, lock_bytes(request, shape_)); }
    int lock(const std::string &name, int mode, std::uint32_t flags = 0,
             const std::string &lvb = "");
    int convert(int id, int mode, std::uint32_t flags = 0, const std::string &lvb = "");
    int unlock(int id, std::uint32_t flags = 0, const std::string &lvb = "");
    int deadlock(int id, std::uint32_t flags = DLM_LKF_CANCEL);
    int purge(int nodeid, int pid) { return put(fd_, purge_bytes(nodeid, pid, shape_)); }

    // The next callback; nothing if none comes in time.
    std::optional<Callback> next(int timeout_ms = 10000, std::size_t room = 104);
    // Status of the next callback, 1 if there was none.
    int status(int timeout_ms = 10000);
    // No callback within the time.
    bool silent(int timeout_ms = 200) { return !next(timeout_ms); }
    bool readable(int timeout_ms = 0);

private:
    int fd_ = -1;
    Shape shape_;
};

}  // namespace dlm::user
