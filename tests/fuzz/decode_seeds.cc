// SPDX-License-Identifier: GPL-2.0-or-later
// Writes the captured messages as files, the corpus from which the decoder's fuzzer starts.
// Usage: decode_seeds DIRECTORY
#include <cstdio>
#include <fstream>

#include "wire/vectors.h"

int main(int argc, char **argv)
{
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return 2;
    }
    unsigned n = 0;
    for (const auto &vector : dlm::wire_vectors::all()) {
        std::ofstream out(std::string(argv[1]) + "/V" + std::to_string(++n), std::ios::binary);
        out.write(reinterpret_cast<const char *>(vector.bytes.data()),
                  static_cast<std::streamsize>(vector.bytes.size()));
        if (!out.flush()) {
            std::perror(argv[1]);
            return 1;
        }
    }
    return 0;
}
