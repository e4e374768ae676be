// SPDX-License-Identifier: GPL-2.0-or-later
#include "cluster.h"

#include <cstdio>
#include <filesystem>
#include <future>
#include <sstream>

#include <fcntl.h>
#include <unistd.h>

#include "cpio.h"
#include "environment.h"

namespace dlm::guest {
namespace {

std::vector<Cluster *> &registry()
{
    static std::vector<Cluster *> clusters;
    return clusters;
}

}  // namespace

ClusterSpec ClusterSpec::from_options(int n)
{
    ClusterSpec spec;
    spec.kind = run_options().kind == "qemu" ? Kind::qemu : Kind::uml;
    std::vector<Module> mix;
    std::istringstream names(run_options().mix);
    for (std::string name; std::getline(names, name, '/');)
        mix.push_back(name == "stock" ? Module::stock : Module::ours);
    for (int i = 0; i < n; i++) {
        NodeSpec node;
        node.cpus = run_options().cpus;
        node.module = mix[static_cast<std::size_t>(i) % mix.size()];
        spec.nodes.push_back(node);
    }
    return spec;
}

Cluster::Cluster(ClusterSpec spec) : spec_(std::move(spec))
{
    static int number = 0;
    run_dir_ = Environment::get().build_dir() + "/guest-run/" + std::to_string(getpid()) + "." +
               std::to_string(++number);
    std::filesystem::create_directories(run_dir_);
    for (int i = 0; i < spec_.shared_disks; i++) {
        disks_.push_back(run_dir_ + "/shared" + std::to_string(i) + ".img");
        UniqueFd image(open(disks_.back().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
        if (!image || ftruncate(image.get(), static_cast<off_t>(spec_.disk_mb) << 20))
            ADD_FAILURE() << "cannot make " << disks_.back();
    }
    for (std::size_t i = 0; i < spec_.nodes.size(); i++)
        nodes_.push_back(std::make_unique<Node>(static_cast<int>(i) + 1, spec_.kind, spec_.nodes[i],
                                                spec_.networks, disks_, run_dir_, network_, log_));
    registry().push_back(this);
}

Cluster::~Cluster()
{
    std::erase(registry(), this);
    EXPECT_TRUE(check_logs());
    const auto *test = testing::UnitTest::GetInstance()->current_test_info();
    if (testing::Test::HasFailure() && test)
        save_logs(std::string(test->test_suite_name()) + "." + test->name());
    nodes_.clear();
    std::error_code ignored;
    std::filesystem::remove_all(run_dir_, ignored);
}

const std::vector<Cluster *> &Cluster::all()
{
    return registry();
}

Outcome Cluster::boot()
{
    for (auto &node : nodes_)
        if (Outcome launched = node->launch(); !launched)
            return launched;
    for (auto &node : nodes_)
        if (Outcome ready = node->wait_ready(); !ready)
            return ready;
    return ok();
}

std::vector<int> Cluster::ids() const
{
    std::vector<int> all;
    for (const auto &node : nodes_)
        all.push_back(node->id());
    return all;
}

std::vector<int> Cluster::running_ids()
{
    std::vector<int> all;
    for (auto &node : nodes_)
        if (node->running())
            all.push_back(node->id());
    return all;
}

Outcome Cluster::each(const std::vector<int> &ids, const std::function<Outcome(Node &)> &what)
{
    std::vector<std::future<Outcome>> pending;
    for (int id : ids)
        pending.push_back(std::async(std::launch::async, what, std::ref(node(id))));
    Outcome first = ok();
    for (auto &one : pending) {
        Outcome result = one.get();
        if (first && !result)
            first = result;
    }
    return first;
}

void Cluster::cut(int a, int b)
{
    log_.add("link n" + std::to_string(a) + " - n" + std::to_string(b) + ": cut");
    network_.cut(a, b);
}

void Cluster::heal(int a, int b)
{
    log_.add("link n" + std::to_string(a) + " - n" + std::to_string(b) + ": healed");
    network_.heal(a, b);
}

void Cluster::isolate(int node)
{
    log_.add("n" + std::to_string(node) + ": cable out");
    network_.isolate(node);
}

void Cluster::rejoin(int node)
{
    log_.add("n" + std::to_string(node) + ": cable in");
    network_.rejoin(node);
}

Outcome Cluster::check_logs()
{
    // Not each(): the console of a dead node is looked at as well, and all findings are wanted.
    std::vector<std::future<Outcome>> pending;
    for (auto &node : nodes_)
        pending.push_back(
            std::async(std::launch::async, [one = node.get()] { return one->check_logs(); }));
    Outcome all = ok();
    for (auto &one : pending) {
        Outcome result = one.get();
        if (result)
            continue;
        if (all)
            all = fail();
        all << result.message() << "\n";
    }
    return all;
}

void Cluster::save_logs(const std::string &test_name)
{
    if (saved_for_ == test_name)
        return;
    saved_for_ = test_name;
    std::string name = test_name;
    for (char &c : name)
        if (c == '/')
            c = '_';
    const std::string dir = Environment::get().build_dir() + "/guest-logs/" + name;
    std::error_code error;
    std::filesystem::remove_all(dir, error);
    std::filesystem::create_directories(dir, error);
    for (auto &node : nodes_)
        node->save_logs(dir);
    if (!write_host_file(dir + "/faults.log", log_.text()))
        std::fprintf(stderr, "harness: no room for logs in %s\n", dir.c_str());
    std::fprintf(stderr, "harness: logs of the failed test:\n");
    for (const auto &file : std::filesystem::directory_iterator(dir, error))
        std::fprintf(stderr, "  %s\n", file.path().c_str());
}

}  // namespace dlm::guest
