// SPDX-License-Identifier: GPL-2.0-or-later
//
// A program of guests for the locks of files.
//
//   guest-file-lock flock FILE shared|exclusive [--try]
//   guest-file-lock fcntl FILE shared|exclusive START LENGTH [--try]
//       prints "asking", takes the lock, prints "locked", and keeps it until standard input ends;
//       exit code 1 when
//       --try is given and somebody else has it
//   guest-file-lock get FILE START LENGTH    what F_GETLK says of an exclusive lock there: "free",
//       or "read PID START LENGTH", "write ..."
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace {

struct flock range(short type, const char *start, const char *length)
{
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = std::atoll(start);
    lock.l_len = std::atoll(length);
    return lock;
}

int get(int fd, char **argv)
{
    struct flock lock = range(F_WRLCK, argv[3], argv[4]);
    if (fcntl(fd, F_GETLK, &lock))
        return 3;
    if (lock.l_type == F_UNLCK)
        std::puts("free");
    else
        std::printf("%s %d %lld %lld\n", lock.l_type == F_RDLCK ? "read" : "write",
                    static_cast<int>(lock.l_pid), static_cast<long long>(lock.l_start),
                    static_cast<long long>(lock.l_len));
    return 0;
}

template <class Call>
int keep(Call call)
{
    std::puts("asking");
    const int result = call();
    if (result && (errno == EWOULDBLOCK || errno == EACCES))
        return 1;
    if (result) {
        std::perror("lock");
        return 3;
    }
    std::puts("locked");
    for (char byte; read(STDIN_FILENO, &byte, 1) > 0;) {
    }
    return 0;
}

int usage()
{
    std::fprintf(stderr,
                 "usage: guest-file-lock flock FILE shared|exclusive [--try]\n"
                 "       guest-file-lock fcntl FILE shared|exclusive START LENGTH [--try]\n"
                 "       guest-file-lock get FILE START LENGTH\n");
    return 2;
}

}  // namespace

int main(int argc, char **argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const std::string what = argc > 1 ? argv[1] : "";
    const bool attempt = argc > 1 && std::strcmp(argv[argc - 1], "--try") == 0;
    const int words = attempt ? argc - 1 : argc;
    if (!(what == "flock" && words == 4) && !(what == "fcntl" && words == 6) &&
        !(what == "get" && words == 5))
        return usage();
    int fd = open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) {
        std::perror(argv[2]);
        return 3;
    }
    if (what == "get")
        return get(fd, argv);
    const bool shared = std::strcmp(argv[3], "shared") == 0;
    if (what == "flock")
        return keep(
            [&] { return flock(fd, (shared ? LOCK_SH : LOCK_EX) | (attempt ? LOCK_NB : 0)); });
    struct flock lock = range(shared ? F_RDLCK : F_WRLCK, argv[4], argv[5]);
    return keep([&] { return fcntl(fd, attempt ? F_SETLK : F_SETLKW, &lock); });
}
