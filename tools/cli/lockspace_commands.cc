// SPDX-License-Identifier: GPL-2.0-or-later
// ls, join, leave.
#include "cli/lockspace_commands.h"

#include <cerrno>

#include <nlohmann/json.hpp>

#include "cli/daemon_client.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/status_text.h"
#include "lib/control_device.h"
#include "lib/lockspace_attributes.h"
#include "lib/member_tree.h"
#include "lib/misc_device.h"

namespace dlm::cli {

using base::Error;
using nlohmann::json;

static json kernel_view(const lib::KernelFiles &files, const std::string &name)
{
    lib::LockspaceAttributes attributes(files, name);
    json space = {{"name", name}, {"members", lib::MemberTree(files).members(name)}};
    auto id = attributes.id();
    auto nodir = attributes.nodir();
    auto status = attributes.recover_status();
    auto nodeid = attributes.recover_nodeid();
    space["id"] = id ? json(*id) : json(nullptr);
    space["nodir"] = nodir ? json(*nodir) : json(nullptr);
    space["recover_status"] = status ? json(*status) : json(nullptr);
    space["recover_nodeid"] = nodeid ? json(*nodeid) : json(nullptr);
    return space;
}

static void add_daemon_view(json &space, const json &status)
{
    for (const auto &known : status["lockspaces"])
        if (known["name"] == space["name"])
            for (const char *key : {"role", "state", "change", "error"})
                space[key] = known[key];
    for (const auto &change : status["pending"])
        if (change["lockspace"] == space["name"])
            space["pending"] = change;
}

// "finished" is bit 0x40; before it, the node polled last is the one waited for.
static std::string recovery_text(const json &space)
{
    if (space["recover_status"].is_null())
        return "unknown";
    auto status = space["recover_status"].get<uint32_t>();
    if (status & 0x40)
        return fmt::format("0x{:02x} done", status);
    if (status == 0)
        return "0x00 none";
    return fmt::format("0x{:02x} waits for node {}", status, space["recover_nodeid"].get<int>());
}

static void print_space(const json &space)
{
    print("name          {}\n", space["name"].get<std::string>());
    print("id            {}\n",
          space["id"].is_null() ? "?" : fmt::format("0x{:08x}", space["id"].get<uint32_t>()));
    print("members       {}\n", numbers_text(space["members"]));
    print("recovery      {}\n", recovery_text(space));
    if (space["nodir"] == true)
        print("nodir         yes\n");
    if (space.contains("state"))
        print("state         {} {} change {}\n", space["state"].get<std::string>(),
              space["role"].get<std::string>(), space["change"].get<uint64_t>());
    if (space.contains("pending"))
        print("new change    {} step {} members {} waiting for {}\n",
              space["pending"]["change"].get<uint64_t>(),
              space["pending"]["step"].get<std::string>(),
              numbers_text(space["pending"]["members"]),
              numbers_text(space["pending"]["waiting_for"]));
    if (!space.value("error", "").empty())
        print("error         {}\n", space["error"].get<std::string>());
    print("\n");
}

static int code_of(const json &spaces)
{
    int code = exit_fine;
    for (const auto &space : spaces) {
        if (space.contains("pending"))
            return exit_waiting;
        if (space.value("state", "started") == "stopped")
            code = exit_stopped;
    }
    return code;
}

int list_lockspaces(const Context &context, const std::optional<std::string> &name)
{
    json spaces = json::array();
    for (const auto &each : lib::LockspaceAttributes::all(context.files))
        if (!name || each == *name)
            spaces.push_back(kernel_view(context.files, each));
    auto status = ask_daemon(context.socket, {{"cmd", "status"}});
    if (status)
        for (auto &space : spaces)
            add_daemon_view(space, *status);

    if (context.json) {
        print_json(json{{"daemon", status.has_value()}, {"lockspaces", spaces}});
    } else {
        if (!spaces.empty())
            print("dlm lockspaces\n");
        for (const auto &space : spaces)
            print_space(space);
    }
    if (name && spaces.empty())
        return complain(Error(fmt::format("lockspace \"{}\" is not there", *name)),
                        exit_unknown_lockspace);
    if (!status)
        return complain(status.error(),
                        is_daemon_absent(status.error()) ? exit_no_daemon : exit_failure);
    return code_of(spaces);
}

int join(const Context &context, const std::string &lockspace, bool exclusive)
{
    auto device = lib::ControlDevice::open(context.files);
    if (!device)
        return complain(device.error());
    if (!context.json) {
        print("Joining lockspace \"{}\"\n", lockspace);
        std::fflush(stdout);
    }
    auto minor = device->create_lockspace(
        lockspace, exclusive ? lib::CreateFlags::new_exclusive : lib::CreateFlags::none);
    if (!minor)
        return complain(minor.error());
    if (context.json)
        print_json(json{{"lockspace", lockspace}, {"minor", *minor}});
    else
        print("done\n");
    return exit_fine;
}

int leave(const Context &context, const std::string &lockspace, bool force)
{
    auto minor = lib::lockspace_minor(context.files, lockspace);
    if (!minor)
        return complain(minor.error(),
                        minor.error().code() == ENOENT ? exit_unknown_lockspace : exit_failure);
    auto device = lib::ControlDevice::open(context.files);
    if (!device)
        return complain(device.error());
    if (!context.json) {
        print("Leaving lockspace \"{}\"\n", lockspace);
        std::fflush(stdout);
    }
    if (auto gone = device->remove_lockspace(*minor, force); !gone)
        return complain(gone.error());
    if (context.json)
        print_json(json{{"lockspace", lockspace}, {"left", true}});
    else
        print("done\n");
    return exit_fine;
}

}  // namespace dlm::cli
