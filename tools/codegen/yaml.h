// SPDX-License-Identifier: GPL-2.0-or-later
// The one place that meets yaml-cpp's exceptions: a parser of one file runs inside guarded(), and
// whatever the library throws comes out as an Error with the line.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "base/result.h"

namespace dlm::codegen {

template <typename T, typename Parse>
base::Result<T> guarded(const std::string &text, Parse parse)
{
    try {
        return parse(YAML::Load(text));
    } catch (const YAML::Exception &e) {
        return base::Error(e.what());
    }
}

// A value that has to be there; throws YAML::Exception with the key's name.
template <typename T>
T required(const YAML::Node &node, const char *key)
{
    const YAML::Node child = node[key];
    if (!child)
        throw YAML::RepresentationException(node.Mark(), std::string("no \"") + key + "\"");
    return child.as<T>();
}

template <typename T>
T optional(const YAML::Node &node, const char *key, T otherwise)
{
    const YAML::Node child = node[key];
    return child ? child.as<T>() : std::move(otherwise);
}

// A sequence or map that has to be there.
inline YAML::Node section(const YAML::Node &node, const char *key)
{
    YAML::Node child = node[key];
    if (!child)
        throw YAML::RepresentationException(node.Mark(), std::string("no \"") + key + "\"");
    return child;
}

}  // namespace dlm::codegen
