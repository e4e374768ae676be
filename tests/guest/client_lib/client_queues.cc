// SPDX-License-Identifier: GPL-2.0-or-later
#include "client_queues.h"

#include <sstream>

#include "names.h"

namespace dlm::client {

// id nodeid remid pid xid exflags flags sts grmode rqmode time_ms r_nodeid r_len r_name
DumpedResource read_dump(const std::string &text, const std::string &name)
{
    enum { waiting = 1, granted, converting };
    DumpedResource resource;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        if (!line.ends_with(" \"" + name + "\""))
            continue;
        std::istringstream words(line);
        std::string skipped;
        DumpedLock lock;
        int node = 0, queue = 0, held = 0, wanted = 0, master = 0;
        words >> std::hex >> lock.id >> std::dec >> node >> std::hex >> lock.owner_id >> std::dec;
        words >> skipped >> skipped >> skipped >> skipped >> queue >> held >> wanted >> skipped;
        words >> master;
        if (!words)
            continue;
        resource.master = master == 0;
        lock.owner = resource.master ? node : 0;
        if (queue == waiting) {
            lock.modes = mode_name(wanted);
            resource.waiting.push_back(lock);
        } else if (queue == granted) {
            lock.modes = mode_name(held);
            resource.granted.push_back(lock);
        } else if (queue == converting) {
            lock.modes = mode_name(held) + ">" + mode_name(wanted);
            resource.converting.push_back(lock);
        }
    }
    return resource;
}

}  // namespace dlm::client
