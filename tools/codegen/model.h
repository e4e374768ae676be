// SPDX-License-Identifier: GPL-2.0-or-later
// What the specifications say, as plain data: the parser fills it, the printers read it. Order is
// the order of the files, so that output is the same on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dlm::codegen {

struct Mode {
    std::string name;
    int value = 0;
    std::string doc;
};

// Square tables: one row and one column per entry of `modes`, in that order.
struct Modes {
    std::string doc;
    Mode none;
    std::vector<Mode> modes;
    std::vector<std::vector<bool>> compatible;
    std::vector<std::string> convert;  // one letter per column: S U D M
    std::vector<std::vector<bool>> quecvt;
    // First row: nothing held yet. Last column: unlock. R, W or '-'.
    std::vector<std::string> lvb;
};

struct Flag {
    std::string name;
    std::uint32_t value = 0;
    bool in_request = false;
    bool in_convert = false;
    bool in_unlock = false;
    bool in_cancel = false;
    bool needs_lvb = false;
    std::string only_mode;  // empty: any
    std::string doc;
};

struct StatusFlag {
    std::string name;
    std::uint32_t value = 0;
    std::string doc;
};

struct Flags {
    std::string doc;
    std::string error;  // errno name
    std::vector<Flag> flags;
    std::vector<std::pair<std::string, std::string>> exclusive;
    std::vector<StatusFlag> status_flags;
};

struct Tunable {
    std::string name;
    bool is_string = false;
    std::uint32_t default_value = 0;
    std::uint32_t min = 0;
    std::uint32_t max = 0;
    bool busy_while_running = false;
    bool admin = false;
    std::string error;  // errno name
    std::string doc;
};

struct Tunables {
    std::string doc;
    std::vector<Tunable> tunables;
};

struct WireConstant {
    std::string name;
    std::uint32_t value = 0;
    std::string doc;
};

struct WireCommand {
    std::string name;
    std::uint32_t value = 0;
    std::uint32_t min_length = 0;
    bool outer = false;
    bool inner = false;
    std::string doc;
};

struct WireField {
    std::string name;
    std::string type;  // u8 u16 u32 u64 s8 s32 bytes
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
    bool kept = true;
    bool translate = false;
    std::string mask;  // name of a constant, empty: none
    std::string doc;
};

struct WireStruct {
    std::string name;
    std::string host;
    std::string prefix;
    std::uint32_t size = 0;
    bool behind_header = false;
    std::vector<WireField> fields;
    std::string doc;
};

struct MsgType {
    std::string name;
    std::uint32_t value = 0;
    std::string to;
    std::string reply;  // empty: none
    std::string payload;
    bool long_name_answered = false;
    std::vector<std::string> uses;
    std::string doc;
};

struct RcomType {
    std::string name;
    std::uint32_t value = 0;
    bool bare = false;
    bool send_bare = false;
    std::string reply_to;  // "none" or a type
    std::string payload;
    std::uint32_t min_payload = 0;
    std::string doc;
};

struct WireResult {
    std::string name;
    std::uint32_t wire = 0;
};

struct Wire {
    std::string doc;
    std::vector<WireConstant> constants;
    std::vector<WireCommand> commands;
    std::vector<WireStruct> structs;
    std::vector<MsgType> msg_types;
    std::vector<RcomType> rcom_types;
    std::vector<WireResult> results;
};

struct Specs {
    Modes modes;
    Flags flags;
    Tunables tunables;
    Wire wire;
};

}  // namespace dlm::codegen
