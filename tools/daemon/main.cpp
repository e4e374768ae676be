// SPDX-License-Identifier: GPL-2.0-or-later
// dlm_daemon: the control daemon for static membership. Parses options and starts the Daemon.
#include <CLI/CLI.hpp>

#include "base/log.h"
#include "daemon/daemon.h"

using dlm::base::Error;
using dlm::base::Result;

struct Options {
    std::string config = "/etc/dlm/dlm_daemon.yaml";
    std::optional<int> node;
    std::optional<std::string> socket;
    std::optional<std::string> state;
    std::string prefix;
    bool debug = false;
    bool check = false;
};

static Result<int> serve(const Options &options)
{
    auto config = dlm::daemon::load_config(options.config);
    if (!config)
        return std::move(config).error();
    auto local = dlm::daemon::local_addresses();
    if (!local)
        return std::move(local).error();
    auto self = dlm::daemon::find_self(*config, options.node, *local);
    if (!self)
        return std::move(self).error();
    config->socket = options.socket.value_or(config->socket);
    config->state = options.state.value_or(config->state);
    if (options.check) {
        fmt::print("node {} of {} in cluster {}\n", *self, config->nodes.size(), config->cluster);
        return 0;
    }
    auto loop = dlm::daemon::EventLoop::create();
    if (!loop)
        return std::move(loop).error();
    spdlog::info("node {} of cluster {}", *self, config->cluster);
    dlm::daemon::Daemon daemon(*loop, std::move(*config), *self,
                               dlm::lib::KernelFiles(options.prefix));
    if (auto open = daemon.open(); !open)
        return std::move(open).error();
    return loop->run();
}

int main(int argc, char **argv)
{
    Options options;
    CLI::App app("Control daemon of the distributed lock manager for a static set of nodes.");
    app.set_version_flag("--version", "dlm_daemon 0.1");
    app.add_option("-c,--config", options.config, "configuration file")->capture_default_str();
    app.add_option("-n,--node", options.node, "id of this node (else by file or local address)");
    app.add_option("-s,--socket", options.socket, "control socket");
    app.add_option("--state", options.state, "state file, to be lost at a reboot");
    app.add_option("--prefix", options.prefix, "look for the kernel's trees below this folder");
    app.add_flag("-d,--debug", options.debug, "more log lines");
    app.add_flag("--check", options.check, "check the configuration and end");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &problem) {
        return app.exit(problem) ? 2 : 0;
    }
    dlm::base::log_init(options.debug);
    auto code = serve(options);
    if (!code) {
        spdlog::critical("{}", code.error().message());
        return 1;
    }
    return *code;
}
