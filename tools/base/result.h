// SPDX-License-Identifier: LGPL-2.1-or-later
// Result<T>: a value or an error with context, shaped like std::expected so that it can become it.
// Every tool returns expected failures this way; nothing of ours throws.
#pragma once

#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace dlm::base {

// What went wrong: an errno where one is known (0 otherwise) and a sentence that grows on the way
// up.
class Error {
public:
    explicit Error(std::string message, int code = 0) : message_(std::move(message)), code_(code) {}

    // The text is "<what>: <strerror>".
    static Error from_errno(int code, std::string_view what);

    // Puts "<what>: " in front; the errno stays.
    template <typename... Args>
    Error context(fmt::format_string<Args...> format, Args &&...args) &&
    {
        message_ = fmt::format(format, std::forward<Args>(args)...) + ": " + message_;
        return std::move(*this);
    }

    const std::string &message() const { return message_; }
    int code() const { return code_; }

private:
    std::string message_;
    int code_;
};

template <typename T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T &value() & { return std::get<0>(state_); }
    const T &value() const & { return std::get<0>(state_); }
    T &&value() && { return std::get<0>(std::move(state_)); }
    T &operator*() & { return value(); }
    const T &operator*() const & { return value(); }
    T &&operator*() && { return std::move(*this).value(); }
    T *operator->() { return &value(); }
    const T *operator->() const { return &value(); }
    T value_or(T other) const & { return has_value() ? value() : std::move(other); }

    const Error &error() const & { return std::get<1>(state_); }
    Error &&error() && { return std::get<1>(std::move(state_)); }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : state_(std::move(error)) {}

    bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }
    const Error &error() const & { return std::get<1>(state_); }
    Error &&error() && { return std::get<1>(std::move(state_)); }

private:
    std::variant<std::monostate, Error> state_;
};

}  // namespace dlm::base
