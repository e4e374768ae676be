// SPDX-License-Identifier: GPL-2.0-or-later
//
// In the guest: standard input's lines go to the kernel client, its answers to standard output,
// each followed by "=== n". A shell would start a process for each answer, which costs more than
// the answer on a debug kernel.
#include <cstdio>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace {

constexpr const char *file = "/sys/kernel/debug/dlm_client/command";

bool write_all(int fd, const std::string &text)
{
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t n = write(fd, text.data() + done, text.size() - done);
        if (n <= 0)
            return false;
        done += static_cast<std::size_t>(n);
    }
    return true;
}

// End of file is the end of the answer.
std::string read_answer(int fd)
{
    std::string answer;
    char part[16384];
    for (ssize_t n; (n = read(fd, part, sizeof(part))) > 0;)
        answer.append(part, static_cast<std::size_t>(n));
    return answer;
}

}  // namespace

int main()
{
    const int fd = open(file, O_RDWR);
    if (fd < 0) {
        std::perror(file);
        return 1;
    }
    unsigned long number = 0;
    std::string line;
    char c;
    while (read(STDIN_FILENO, &c, 1) == 1) {
        line += c;
        if (c != '\n')
            continue;
        if (!write_all(fd, line))
            return 1;
        std::string answer = read_answer(fd);
        answer += "=== " + std::to_string(++number) + "\n";
        if (!write_all(STDOUT_FILENO, answer))
            return 1;
        line.clear();
    }
    return 0;
}
