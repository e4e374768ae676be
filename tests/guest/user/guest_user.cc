// SPDX-License-Identifier: GPL-2.0-or-later
//
// A program of user space in a guest, speaking to the DLM's devices without a library.
//
//   guest-user create NAME [FLAGS]      one more use of the lockspace; prints its minor number
//   guest-user remove NAME [FLAGS]
//   guest-user keep NAME RESOURCE ...   NL locks, held until standard input ends
//   guest-user hold NAME RESOURCE ...   EX locks, likewise
//   guest-user orphans NAME PREFIX N    leaves N orphans that hold EX on PREFIX1 ...
//   guest-user refused NAME PREFIX N    EX on each is refused
//   guest-user free NAME PREFIX N       EX on each is granted
//   guest-user purge NAME NODE PID
//   guest-user run [--stock] [--shape=native|compat|padded] [--prefix=P] NAME SCENARIO ...
//   guest-user list
//   guest-user plock-device             the device of POSIX locks, with nothing to do
//   guest-user plocks ours|stock FILE   plays the daemon for locks on FILE
//   guest-user fuzz space|control|monitor|files NAME PREFIX SEED COUNT root|nobody
//   guest-user fuzz plock FILE "" SEED COUNT root|nobody
//   guest-user ask NAME RESOURCE FLAGS XID   asks for EX and waits for ever; prints "asked ID"
//   guest-user cross NAME FIRST SECOND FLAGS
//       EX on the first, prints "held", waits for a line, asks for EX on the second ("asked") and
//       prints the status and the milliseconds
//   guest-user tree NAME ROOT DEPTH WIDTH    sublocks below ROOT, held until standard input ends
//   guest-user scarce NAME PREFIX       each allocation of a call fails once
//   guest-user write FILE HEX           one write of these bytes; prints its result
//   guest-user uevents                  those of the lock manager, fields separated by '|'
//   guest-user works NAME PREFIX        what the fuzzers used is there to be had
//   guest-user storm NAME PREFIX NODE SEED SECONDS   processes that lock at random and are killed
//   guest-user byid NAME ID             nobody of user space knows a lock by that id
//   guest-user timeout NAME RESOURCE CS   waits for EX, prints the status and the milliseconds
//
// Exit code 1, with a line for each failure.
#include "plock_checks.h"
#include "run.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace dlm::user {
namespace {

int answer(int result)
{
    if (result < 0)
        std::cout << "error " << -result << " " << std::strerror(-result) << std::endl;
    else
        std::cout << result << std::endl;
    return result < 0 ? 1 : 0;
}

unsigned number(int argc, char **argv, int at)
{
    return argc > at ? static_cast<unsigned>(std::strtoul(argv[at], nullptr, 0)) : 0;
}

int keep(const std::string &space, int mode, int count, char **names)
{
    Space s(space);
    for (int i = 0; i < count; i++) {
        if (s.lock(names[i], mode) <= 0 || s.status() != 0)
            return answer(-EIO);
    }
    std::cout << (mode ? "held" : "kept") << std::endl;
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
}

// Asks for EX on PREFIX1 ... PREFIXn; 0 if each completion has that status.
int ask(const std::string &space, const std::string &prefix, unsigned count, unsigned flags,
        int status)
{
    Space s(space);
    for (unsigned i = 1; i <= count; i++) {
        int id = s.lock(prefix + std::to_string(i), 5, flags);
        if (id <= 0)
            return answer(id);
        if (int got = s.status(); got != status) {
            std::cout << prefix << i << ": " << got << std::endl;
            return 1;
        }
    }
    return 0;
}

const Scenario *find(const std::string &name)
{
    for (const auto *all : {&scenarios(), &device_checks()})
        for (const Entry &entry : *all)
            if (name == entry.name)
                return &entry.scenario;
    return nullptr;
}

int run_all(int argc, char **argv)
{
    Run run;
    int at = 0, failed = 0;
    for (; at < argc && !std::strncmp(argv[at], "--", 2); at++) {
        const std::string option = argv[at];
        if (option == "--stock")
            run.stock = true;
        else if (option == "--shape=compat")
            run.shape = Shape::compat;
        else if (option == "--shape=padded")
            run.shape = Shape::padded;
        else if (option.rfind("--prefix=", 0) == 0)
            run.prefix = option.substr(9);
    }
    if (at + 1 >= argc)
        return 2;
    run.space = argv[at++];
    for (; at < argc; at++) {
        const Scenario *scenario = find(argv[at]);
        if (!scenario) {
            std::cout << "no scenario " << argv[at] << std::endl;
            return 2;
        }
        run.scenario = argv[at];
        run.failures = 0;
        (*scenario)(run);
        if (run.failures)
            failed++;
    }
    return failed ? 1 : 0;
}

// U13: whatever is asked of the lock with this id, there is none.
int by_id(const std::string &space, int id)
{
    Space s(space);
    const int results[] = {s.convert(id, 0),
                           s.unlock(id),
                           s.unlock(id, DLM_LKF_CANCEL),
                           s.unlock(id, DLM_LKF_FORCEUNLOCK),
                           s.unlock(id, DLM_LKF_VALBLK, "value"),
                           s.deadlock(id)};
    for (int result : results)
        if (result != -ENOENT)
            return answer(result < 0 ? result : -EIO);
    return 0;
}

LockRequest exclusive(const std::string &resource, unsigned flags)
{
    LockRequest r;
    r.name = resource;
    r.mode = 5;
    r.flags = flags;
    return r;
}

int timeout(const std::string &space, const std::string &resource, unsigned cs)
{
    using Clock = std::chrono::steady_clock;
    Space s(space);
    LockRequest r = exclusive(resource, DLM_LKF_TIMEOUT);
    r.timeout_cs = cs;
    const auto start = Clock::now();
    if (int id = s.call(r); id <= 0)
        return answer(id);
    std::cout << "asked" << std::endl;
    const int status = s.status(60000);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    std::cout << status << " " << took.count() << std::endl;
    return 0;
}

int ask_for_ever(const std::string &space, const std::string &resource, unsigned flags,
                 unsigned xid)
{
    Space s(space);
    LockRequest r = exclusive(resource, flags);
    r.xid = xid;
    const int id = s.call(r);
    if (id <= 0)
        return answer(id);
    std::cout << "asked " << id << std::endl;
    for (;;)
        pause();
}

int cross(const std::string &space, const char *first, const char *second, unsigned flags)
{
    using Clock = std::chrono::steady_clock;
    Space s(space);
    if (s.lock(first, 5, flags) <= 0 || s.status() != 0)
        return answer(-EIO);
    std::cout << "held" << std::endl;
    char byte;
    while (read(STDIN_FILENO, &byte, 1) == 1 && byte != '\n') {
    }
    const auto start = Clock::now();
    if (int id = s.lock(second, 5, flags); id <= 0)
        return answer(id);
    std::cout << "asked" << std::endl;
    const int status = s.status(600000);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    std::cout << status << " " << took.count() << std::endl;
    return 0;
}

// How many, or a negative number.
int plant(Space &s, unsigned parent, unsigned depth, unsigned width)
{
    int nr = 0;
    for (unsigned i = 0; depth > 1 && i < width; i++) {
        LockRequest r;
        r.name = std::to_string(i);
        r.mode = 5;
        r.parent = parent;
        const int id = s.call(r);
        if (id <= 0 || s.status(600000) != 0)
            return -1000000;
        nr += 1 + plant(s, static_cast<unsigned>(id), depth - 1, width);
    }
    return nr;
}

int tree(const std::string &space, const char *root, unsigned depth, unsigned width)
{
    Space s(space);
    const int id = s.lock(root, 1);
    if (id <= 0 || s.status() != 0)
        return answer(-EIO);
    const int nr = plant(s, static_cast<unsigned>(id), depth, width);
    std::cout << "held " << nr << std::endl;
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return nr < 0;
}

int write_bytes(const std::string &file, const std::string &hex)
{
    const int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return answer(-errno);
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    const int result = put(fd, bytes);
    close(fd);
    return answer(result);
}

int uevents()
{
    const int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    sockaddr_nl address{};
    address.nl_family = AF_NETLINK;
    address.nl_groups = 1;
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr *>(&address), sizeof(address)))
        return answer(-errno);
    std::cout << "listening" << std::endl;
    char text[8192];
    for (ssize_t got; (got = recv(fd, text, sizeof(text), 0)) > 0;) {
        std::string line(text, static_cast<std::size_t>(got));
        std::replace(line.begin(), line.end(), '\0', '|');
        if (line.find("|SUBSYSTEM=dlm|") != std::string::npos)
            std::cout << line << std::endl;
    }
    return 1;
}

int list()
{
    for (const auto *all : {&scenarios(), &device_checks()})
        for (const Entry &entry : *all)
            std::cout << entry.name << "\n";
    return 0;
}

}  // namespace
}  // namespace dlm::user

int main(int argc, char **argv)
{
    using namespace dlm::user;
    const std::string verb = argc > 1 ? argv[1] : "";
    const std::string name = argc > 2 ? argv[2] : "";

    if (verb == "create" && argc > 2)
        return answer(create_space(name, number(argc, argv, 3)));
    if (verb == "remove" && argc > 2)
        return answer(remove_space(static_cast<unsigned>(find_minor(name)), number(argc, argv, 3)));
    if (verb == "keep" && argc > 3)
        return keep(name, 0, argc - 3, argv + 3);
    if (verb == "hold" && argc > 3)
        return keep(name, 5, argc - 3, argv + 3);
    if (verb == "orphans" && argc > 4)
        return ask(name, argv[3], number(argc, argv, 4), DLM_LKF_PERSISTENT, 0);
    if (verb == "refused" && argc > 4)
        return ask(name, argv[3], number(argc, argv, 4), DLM_LKF_NOQUEUE, -EAGAIN);
    if (verb == "free" && argc > 4)
        return ask(name, argv[3], number(argc, argv, 4), 0, 0);
    if (verb == "purge" && argc > 4) {
        Space s(name);
        return answer(s.purge(static_cast<int>(number(argc, argv, 3)),
                              static_cast<int>(number(argc, argv, 4))));
    }
    if (verb == "fuzz" && argc > 7) {
        Run run;
        run.space = argv[3];
        run.prefix = argv[4];
        return fuzz(run, name, number(argc, argv, 5), static_cast<int>(number(argc, argv, 6)),
                    argv[7] == std::string("nobody"));
    }
    if (verb == "ask" && argc > 5)
        return ask_for_ever(name, argv[3], number(argc, argv, 4), number(argc, argv, 5));
    if (verb == "cross" && argc > 5)
        return cross(name, argv[3], argv[4], number(argc, argv, 5));
    if (verb == "tree" && argc > 5)
        return tree(name, argv[3], number(argc, argv, 4), number(argc, argv, 5));
    if (verb == "write" && argc > 3)
        return write_bytes(name, argv[3]);
    if (verb == "uevents")
        return uevents();
    if (verb == "scarce" && argc > 3) {
        Run run;
        run.space = name;
        run.prefix = argv[3];
        return scarce(run);
    }
    if (verb == "works" && argc > 3) {
        Run run;
        run.space = name;
        run.prefix = argv[3];
        return still_works(run);
    }
    if (verb == "storm" && argc > 6)
        return storm(name, argv[3], static_cast<int>(number(argc, argv, 4)), number(argc, argv, 5),
                     number(argc, argv, 6));
    if (verb == "plock-device") {
        Run run;
        return plock_device(run);
    }
    if (verb == "plocks" && argc > 3) {
        Run run;
        run.stock = name == "stock";
        return plocks(run, argv[3]);
    }
    if (verb == "byid" && argc > 3)
        return by_id(name, static_cast<int>(number(argc, argv, 3)));
    if (verb == "timeout" && argc > 4)
        return timeout(name, argv[3], number(argc, argv, 4));
    if (verb == "run")
        return run_all(argc - 2, argv + 2);
    if (verb == "list")
        return list();
    std::cerr << "usage: see the head of guest_user.cc\n";
    return 2;
}
