// SPDX-License-Identifier: GPL-2.0-or-later
// Building and printing trees of sublocks.
#include "cli/sublock_tree.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "cli/lock_text.h"
#include "lib/lock_mode.h"

namespace dlm::cli {

using lib::SublockPath;
using nlohmann::json;

namespace {

// The two files, by what is asked of them.
class Forest {
public:
    Forest(const lib::SublockTable &sublocks, const lib::LockTable &locks)
        : paths_(lib::paths_by_id(sublocks))
    {
        for (const auto &lock : locks.locks)
            if (!lock.is_master_copy())
                locks_[lock.id] = &lock;
        for (const auto &sublock : sublocks.sublocks)
            below_[sublock.parent].push_back(sublock.id);
    }

    std::vector<SublockNode> roots() const
    {
        std::vector<SublockNode> roots;
        for (const auto &[parent, children] : below_) {
            if (paths_.count(parent))
                continue;
            SublockPath path = *paths_.at(children.front());
            path.pop_back();
            roots.push_back(node(parent, path_text(path)));
        }
        return sorted(std::move(roots));
    }

private:
    SublockNode node(uint32_t id, const std::string &name) const
    {
        SublockNode node{name, id, {}, {}};
        if (auto lock = locks_.find(id); lock != locks_.end())
            node.lock = *lock->second;
        if (auto children = below_.find(id); children != below_.end())
            for (uint32_t child : children->second)
                if (is_below(child, id))
                    node.below.push_back(this->node(child, path_text({paths_.at(child)->back()})));
        node.below = sorted(std::move(node.below));
        return node;
    }

    // An id that was used again while the kernel printed must not make a ring.
    bool is_below(uint32_t child, uint32_t parent) const
    {
        auto path = paths_.find(parent);
        return path == paths_.end() || paths_.at(child)->size() == path->second->size() + 1;
    }

    static std::vector<SublockNode> sorted(std::vector<SublockNode> nodes)
    {
        std::stable_sort(nodes.begin(), nodes.end(),
                         [](const auto &a, const auto &b) { return a.name < b.name; });
        return nodes;
    }

    std::unordered_map<uint32_t, const SublockPath *> paths_;
    std::unordered_map<uint32_t, const lib::LockRecord *> locks_;
    std::map<uint32_t, std::vector<uint32_t>> below_;  // by parent
};

std::string lines_of(const SublockNode &node, size_t depth)
{
    std::string text = fmt::format("{:{}}{} id {:08x}", "", 2 * depth, node.name, node.id);
    if (const auto &lock = node.lock)
        text +=
            fmt::format(" {} gr {} rq {}", lib::lock_status_name(lock->status),
                        lib::mode_name(lock->granted_mode), lib::mode_name(lock->requested_mode));
    text += "\n";
    for (const auto &child : node.below)
        text += lines_of(child, depth + 1);
    return text;
}

}  // namespace

std::vector<SublockNode> sublock_trees(const lib::SublockTable &sublocks,
                                       const lib::LockTable &locks)
{
    return Forest(sublocks, locks).roots();
}

std::string trees_text(const std::vector<SublockNode> &trees)
{
    std::string text;
    for (const auto &tree : trees)
        text += lines_of(tree, 0);
    return text;
}

json trees_json(const std::vector<SublockNode> &trees)
{
    json list = json::array();
    for (const auto &tree : trees) {
        json one = {{"name", tree.name}, {"id", tree.id}, {"sublocks", trees_json(tree.below)}};
        for (const char *key : {"queue", "granted", "requested", "pid"})
            one[key] = nullptr;
        if (const auto &lock = tree.lock) {
            one["queue"] = lib::lock_status_name(lock->status);
            one["granted"] = lib::mode_name(lock->granted_mode);
            one["requested"] = lib::mode_name(lock->requested_mode);
            one["pid"] = lock->pid;
        }
        list.push_back(std::move(one));
    }
    return list;
}

}  // namespace dlm::cli
