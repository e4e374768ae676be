// SPDX-License-Identifier: GPL-2.0-or-later
//
// flock(1) for guests, whose root has none: runs a command while a file is locked exclusively.
// Exit code 1 when -n is given and somebody else has the lock.
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int first = 1;
    int how = LOCK_EX;
    if (argc > 1 && std::strcmp(argv[1], "-n") == 0) {
        how |= LOCK_NB;
        first = 2;
    }
    if (argc < first + 2) {
        std::fprintf(stderr, "usage: flock [-n] FILE COMMAND [ARGUMENT ...]\n");
        return 2;
    }
    int fd = open(argv[first], O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0 || (flock(fd, how) && errno != EWOULDBLOCK)) {
        std::perror(argv[first]);
        return 3;
    }
    if (how & LOCK_NB && flock(fd, how))
        return 1;
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[first + 1], argv + first + 1);
        std::perror(argv[first + 1]);
        _exit(127);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return 4;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
