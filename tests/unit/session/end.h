// SPDX-License-Identifier: GPL-2.0-or-later
// One end of a session for the tests: owns the frames, speaks real bytes, counts what is allocated.
// Frames that the session gives back are freed at once, so that a second use is seen by the
// sanitizer.
#ifndef DLM_TESTS_UNIT_SESSION_END_H
#define DLM_TESTS_UNIT_SESSION_END_H

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

extern "C" {
#include "session/receive.h"
#include "session/send.h"
#include "session/session.h"
#include "wire/decode.h"
#include "wire/encode.h"
}

namespace dlm::session::test {

using Bytes = std::vector<std::uint8_t>;

class End {
public:
    explicit End(int nodeid, std::uint32_t limit = 1U << 20);
    ~End();
    End(const End &) = delete;
    End &operator=(const End &) = delete;

    // Queue a numbered message (a PURGE that carries @value as pid) or an unnumbered one (STATUS
    // with that id).
    int send(std::uint32_t value);
    int send_status(std::uint32_t value);

    void add()
    {
        call([&](auto *done) { dlm_session_member_added(&s, now, done); });
    }
    void remove()
    {
        call([&](auto *done) { dlm_session_member_removed(&s, now, done); });
    }
    void release()
    {
        call([&](auto *done) { dlm_session_release(&s, now, done); });
    }
    void expire()
    {
        call([&](auto *done) { dlm_session_expire(&s, now, done); });
    }
    void forget()
    {
        call([&](auto *done) { dlm_session_forget(&s, now, done); });
    }
    void tick()
    {
        call([&](auto *done) { dlm_session_tick(&s, now, done); });
    }

    // Take a batch and keep it; write the first @nr of it; lose the connection with the rest of it.
    std::size_t take(std::uint32_t max = 64);
    std::vector<Bytes> write(std::size_t nr = SIZE_MAX);
    void restart();
    // Everything that can be sent now.
    std::vector<Bytes> flush();

    void receive(const Bytes &message);
    void receive(const std::vector<Bytes> &messages);

    std::size_t frames() const { return frames_; }
    std::size_t batch() const { return batch_.size(); }

    struct dlm_session s = {};
    std::uint64_t now = 1000;
    std::vector<std::uint32_t> delivered;  // values of send()
    std::vector<std::uint32_t> statuses;   // values of send_status()

private:
    template <typename F>
    void call(F &&f)
    {
        LIST_HEAD(done);
        f(&done);
        free_all(&done);
    }
    int queue(dlm_frame *frame);
    dlm_frame *allocate(std::size_t size);
    void free_all(list_head *list);

    std::uint32_t nodeid_;
    std::size_t frames_ = 0;
    std::deque<dlm_frame *> batch_;
    dlm_frame *ack_;
    dlm_frame *fin_;
};

// What a message is, for expectations: "MSG 3", "STATUS", "ACK 4", "FIN 7".
std::string describe(const Bytes &message);
std::vector<std::string> describe(const std::vector<Bytes> &messages);

Bytes ack(std::uint32_t seq);
Bytes fin(std::uint32_t seq);
Bytes msg(std::uint32_t seq, std::uint32_t value = 0);
Bytes status();

// Both ends members of each other and ESTABLISHED, having heard each other, nothing under way.
void establish(End &a, End &b);
// Carry everything both ways until nobody has anything to say.
void exchange(End &a, End &b);

}  // namespace dlm::session::test

#endif
