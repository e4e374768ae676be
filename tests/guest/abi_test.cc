// SPDX-License-Identifier: GPL-2.0-or-later
//
// Callers load unmodified. On the host: the CRC of each exported symbol is the one in the
// kernel's own Module.symvers, which MODVERSIONS compares at load. In a guest: the gfs2.ko that
// loads on the module is the distribution's file, byte for byte.
#include "harness/cluster_test.h"
#include "harness/environment.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace dlm::guest {
namespace {

const std::vector<std::string> exported = {
    "dlm_new_lockspace", "dlm_release_lockspace", "dlm_lock",     "dlm_unlock",
    "dlm_posix_lock",    "dlm_posix_unlock",      "dlm_posix_get"};

struct Export {
    std::string crc, kind;
    bool operator==(const Export &) const = default;
};

std::ostream &operator<<(std::ostream &out, const Export &one)
{
    return out << one.crc << " " << one.kind;
}

// Lines "CRC symbol module kind [namespace]"; those of the module whose path ends in suffix.
std::map<std::string, Export> exports_of(const std::string &file, const std::string &suffix)
{
    std::map<std::string, Export> found;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string crc, symbol, module, kind;
        words >> crc >> symbol >> module >> kind;
        if (module.ends_with(suffix))
            found[symbol] = {crc, kind};
    }
    return found;
}

TEST(AbiTest, exported_symbols_have_the_kernels_crcs)
{
    const auto &env = Environment::get();
    ASSERT_TRUE(env.require({"DLM_STOCK_SYMVERS", "DLM_GUEST_KVER"}));
    const std::string our_file =
        env.build_dir() + "/kbuild/" + env.value("DLM_GUEST_KVER") + "/Module.symvers";
    const auto theirs = exports_of(env.value("DLM_STOCK_SYMVERS"), "fs/dlm/dlm");
    const auto ours = exports_of(our_file, "kernel/dlm");
    ASSERT_EQ(theirs.size(), exported.size()) << env.value("DLM_STOCK_SYMVERS");
    for (const auto &symbol : exported) {
        ASSERT_TRUE(theirs.count(symbol)) << symbol;
        ASSERT_TRUE(ours.count(symbol)) << symbol << " is not in " << our_file;
        EXPECT_EQ(ours.at(symbol), theirs.at(symbol)) << symbol;
    }
    EXPECT_EQ(ours.size(), exported.size()) << "something else is exported as well";
}

// The package as it was downloaded; kept where the guest images are cached.
std::string kernel_package()
{
    const char *home = std::getenv("HOME");
    const char *cache = std::getenv("DLM_CACHE");
    const char *extra = std::getenv("DLM_PKG_DIR");
    std::vector<std::string> places = {
        (cache ? std::string(cache) : std::string(home ? home : "") + "/.cache/dlm") + "/debs"};
    if (extra)
        places.push_back(extra);
    const std::string stem = "linux-image-" + Environment::get().value("DLM_GUEST_KVER") + "_";
    std::error_code error;
    for (const auto &place : places)
        for (const auto &file : std::filesystem::directory_iterator(place, error))
            if (file.path().filename().string().starts_with(stem))
                return file.path();
    return "";
}

std::string first_word(const std::string &text)
{
    return text.substr(0, text.find(' '));
}

using GuestAbiTest = ClusterTest;

TEST_F(GuestAbiTest, gfs2_is_the_distributions_file_and_loads_on_ours)
{
    const std::string package = kernel_package();
    ASSERT_FALSE(package.empty()) << "no kernel package beside the guest images";
    const std::string kver = Environment::get().value("DLM_GUEST_KVER");
    const std::string path = "lib/modules/" + kver + "/kernel/fs/gfs2/gfs2.ko";
    HostResult packaged = run_on_host(
        {"sh", "-c",
         "dpkg-deb --fsys-tarfile '" + package + "' | tar -xO ./" + path + " | sha256sum"},
        Seconds(120));
    ASSERT_TRUE(packaged.ok()) << packaged.output;

    ClusterSpec spec;
    spec.kind = Kind::qemu;
    spec.nodes.resize(1);
    Cluster c{spec};
    ASSERT_TRUE(c.boot());
    Node &node = c.node(1);
    ASSERT_TRUE(node.load_dlm());
    EXPECT_EQ(first_word(node.read("sha256sum /usr/" + path)), first_word(packaged.output));
    // That file is the one that the node loads; load_dlm() has seen that ours is under it.
    EXPECT_EQ(node.read("modinfo -n gfs2 | sed 's,^/usr,,'"), "/" + path);
    EXPECT_EQ(node.read("ls /usr/" + path + " | wc -l"), "1");
    ASSERT_TRUE(node.load_gfs2());
    EXPECT_TRUE(node.unload_dlm());
}

}  // namespace
}  // namespace dlm::guest
