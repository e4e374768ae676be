// SPDX-License-Identifier: GPL-2.0-or-later
// sd-event as C++.
#include "daemon/event_loop.h"

#include <csignal>

namespace dlm::daemon {

using base::Error;
using base::Result;

EventSource::~EventSource()
{
    sd_event_source_disable_unref(source_);
}

void IoSource::want(uint32_t epoll_events)
{
    sd_event_source_set_io_events(source_, epoll_events);
}

int IoSource::trampoline(sd_event_source *, int, uint32_t revents, void *self)
{
    static_cast<IoSource *>(self)->handler_(revents);
    return 0;
}

int TimerSource::trampoline(sd_event_source *source, uint64_t, void *self)
{
    auto *timer = static_cast<TimerSource *>(self);
    sd_event_source_set_time_relative(source, timer->period_us_);
    sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    timer->handler_();
    return 0;
}

int SignalSource::trampoline(sd_event_source *, const signalfd_siginfo *, void *self)
{
    static_cast<SignalSource *>(self)->handler_();
    return 0;
}

Result<EventLoop> EventLoop::create()
{
    sd_event *event = nullptr;
    if (int failed = sd_event_new(&event); failed < 0)
        return Error::from_errno(-failed, "event loop");
    EventLoop loop;
    loop.event_.reset(event);
    return loop;
}

Result<std::unique_ptr<IoSource>> EventLoop::io(int fd, uint32_t epoll_events,
                                                std::function<void(uint32_t)> handler)
{
    auto source = std::make_unique<IoSource>();
    source->handler_ = std::move(handler);
    int failed = sd_event_add_io(event_.get(), &source->source_, fd, epoll_events,
                                 IoSource::trampoline, source.get());
    if (failed < 0)
        return Error::from_errno(-failed, "watching a descriptor");
    return source;
}

Result<std::unique_ptr<TimerSource>> EventLoop::every(base::milliseconds period,
                                                      std::function<void()> handler)
{
    auto source = std::make_unique<TimerSource>();
    source->handler_ = std::move(handler);
    source->period_us_ = static_cast<uint64_t>(period.count()) * 1000;
    int failed =
        sd_event_add_time_relative(event_.get(), &source->source_, CLOCK_MONOTONIC,
                                   source->period_us_, 0, TimerSource::trampoline, source.get());
    if (failed < 0)
        return Error::from_errno(-failed, "timer");
    return source;
}

Result<std::unique_ptr<SignalSource>> EventLoop::on_signal(int signal,
                                                           std::function<void()> handler)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    auto source = std::make_unique<SignalSource>();
    source->handler_ = std::move(handler);
    int failed = sd_event_add_signal(event_.get(), &source->source_, signal,
                                     SignalSource::trampoline, source.get());
    if (failed < 0)
        return Error::from_errno(-failed, "signal");
    return source;
}

void EventLoop::use_watchdog()
{
    sd_event_set_watchdog(event_.get(), true);
}

Result<int> EventLoop::run()
{
    int code = sd_event_loop(event_.get());
    if (code < 0)
        return Error::from_errno(-code, "event loop");
    return code;
}

void EventLoop::exit(int code)
{
    sd_event_exit(event_.get(), code);
}

}  // namespace dlm::daemon
