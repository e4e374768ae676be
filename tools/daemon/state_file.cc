// SPDX-License-Identifier: GPL-2.0-or-later
// Saving and checking the state of lockspaces.
#include "daemon/state_file.h"

#include <cerrno>

#include <fmt/ranges.h>

#include "base/file_io.h"
#include "daemon/message_json.h"
#include "lib/lockspace_attributes.h"
#include "lib/member_tree.h"

namespace dlm::daemon {

using base::Error;
using base::Result;

Result<void> save_state(const std::string &path, const SavedState &state)
{
    auto text = to_json(state).dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
    return base::replace_file(path, text + "\n", 0600);
}

Result<std::optional<SavedState>> load_state(const std::string &path, const std::string &boot)
{
    auto text = base::read_file(path);
    if (!text && text.error().code() == ENOENT)
        return std::optional<SavedState>();
    if (!text)
        return std::move(text).error();
    auto state = saved_state_from_json(*text);
    if (!state)
        return std::move(state).error().context("{}", path);
    // An instance is the boot id, and "/2" and so on behind it.
    if (state->boot.substr(0, state->boot.find('/')) != boot)
        return std::optional<SavedState>();
    return std::optional(std::move(*state));
}

static Result<void> compare_members(const lib::KernelFiles &files, const std::string &name,
                                    const LockspaceReport &part)
{
    std::set<int> saved, found = lib::MemberTree(files).members(name);
    for (const auto &member : part.members)
        saved.insert(member.node);
    if (saved != found)
        return Error(
            fmt::format("lockspace \"{}\" has members {} in configfs but {} in the state file",
                        name, found, saved),
            EUCLEAN);
    return {};
}

Result<Found> compare_with_kernel(const lib::KernelFiles &files,
                                  const std::optional<SavedState> &state)
{
    Found found;
    std::set<std::string> known;
    if (state)
        for (const auto &[name, part] : state->lockspaces)
            known.insert(name);

    for (const auto &name : lib::LockspaceAttributes::all(files)) {
        if (known.erase(name)) {
            if (auto same = compare_members(files, name, state->lockspaces.at(name)); !same)
                return std::move(same).error();
            continue;
        }
        auto id = lib::LockspaceAttributes(files, name).id();
        // The id is set before the first start: 0 means that the join still waits for an answer.
        if (!id || *id != 0)
            return Error(fmt::format("lockspace \"{}\" exists and the state file does not know its "
                                     "members: release it (umount, dlm_tool leave) or reboot",
                                     name),
                         EBUSY);
        found.to_join.push_back(name);
    }
    found.vanished.assign(known.begin(), known.end());
    return found;
}

}  // namespace dlm::daemon
