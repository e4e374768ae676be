// SPDX-License-Identifier: GPL-2.0-or-later
// EventLoop: sd-event with handlers as functions and sources that end with their owner.
#pragma once

#include <systemd/sd-event.h>

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/result.h"

namespace dlm::daemon {

// Ends the source when destroyed. Its own handler must not destroy it.
class EventSource {
public:
    virtual ~EventSource();
    EventSource() = default;
    EventSource(const EventSource &) = delete;
    EventSource &operator=(const EventSource &) = delete;

protected:
    friend class EventLoop;
    sd_event_source *source_ = nullptr;
};

class IoSource : public EventSource {
public:
    void want(uint32_t epoll_events);

private:
    friend class EventLoop;
    static int trampoline(sd_event_source *, int, uint32_t revents, void *self);
    std::function<void(uint32_t)> handler_;
};

class TimerSource : public EventSource {
private:
    friend class EventLoop;
    static int trampoline(sd_event_source *source, uint64_t, void *self);
    std::function<void()> handler_;
    uint64_t period_us_ = 0;
};

class SignalSource : public EventSource {
private:
    friend class EventLoop;
    static int trampoline(sd_event_source *, const signalfd_siginfo *, void *self);
    std::function<void()> handler_;
};

class EventLoop {
public:
    static base::Result<EventLoop> create();

    base::Result<std::unique_ptr<IoSource>> io(int fd, uint32_t epoll_events,
                                               std::function<void(uint32_t)> handler);
    base::Result<std::unique_ptr<TimerSource>> every(base::milliseconds period,
                                                     std::function<void()> handler);
    // Blocks the signal for the process.
    base::Result<std::unique_ptr<SignalSource>> on_signal(int signal,
                                                          std::function<void()> handler);

    // Pings systemd's watchdog when the service has one.
    void use_watchdog();
    // Returns the code given to exit().
    base::Result<int> run();
    void exit(int code);

private:
    struct Unref {
        void operator()(sd_event *event) const { sd_event_unref(event); }
    };
    std::unique_ptr<sd_event, Unref> event_;
};

}  // namespace dlm::daemon
