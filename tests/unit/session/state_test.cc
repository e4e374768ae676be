// SPDX-License-Identifier: GPL-2.0-or-later
// The table of association states, cell by cell, against a second table written by hand from wire
// spec 3.5.
#include <gtest/gtest.h>

#include <map>
#include <string>

extern "C" {
#include "session/state.h"
}

namespace {

// One letter per event in the order of the enum: A added, R removed, H heard, r released, F FIN
// while used, f FIN while unused, a FIN acknowledged, x expired, X forgotten. "-" cannot happen.
struct Row {
    dlm_session_state state;
    const char *cells[DLM_SESSION_EVENT_NR];
};

// "name" is the next state, "+fin" FIN is sent, "!" the association is reset.
const Row rows[] = {
    {DLM_SESSION_CLOSED,
     {"ESTABLISHED", "CLOSED", "ESTABLISHED", "CLOSED", "-", "-", "-", "CLOSED!", "CLOSED!"}},
    {DLM_SESSION_ESTABLISHED,
     {"ESTABLISHED", "ESTABLISHED", "ESTABLISHED", "FIN_WAIT1+fin", "CLOSE_WAIT", "LAST_ACK+fin",
      "-", "CLOSED!", "CLOSED!"}},
    {DLM_SESSION_FIN_WAIT1,
     {"ESTABLISHED!", "FIN_WAIT1", "-", "FIN_WAIT1", "CLOSING", "CLOSING", "FIN_WAIT2", "CLOSED!",
      "CLOSED!"}},
    {DLM_SESSION_FIN_WAIT2,
     {"ESTABLISHED!", "FIN_WAIT2", "-", "FIN_WAIT2", "CLOSED!", "CLOSED!", "-", "CLOSED!",
      "CLOSED!"}},
    {DLM_SESSION_CLOSING,
     {"ESTABLISHED!", "CLOSING", "-", "CLOSING", "CLOSING", "CLOSING", "CLOSED!", "CLOSED!",
      "CLOSED!"}},
    {DLM_SESSION_CLOSE_WAIT,
     {"-", "LAST_ACK+fin", "-", "CLOSE_WAIT", "CLOSE_WAIT", "-", "-", "CLOSED!", "CLOSED!"}},
    {DLM_SESSION_LAST_ACK,
     {"ESTABLISHED!", "-", "-", "LAST_ACK", "-", "LAST_ACK", "CLOSED!", "CLOSED!", "CLOSED!"}},
};

std::string cell(dlm_session_state state, int event)
{
    dlm_session_step step = dlm_session_next(state, static_cast<dlm_session_event>(event));
    if (step.next == DLM_SESSION_ILLEGAL)
        return "-";
    std::string out = dlm_session_state_name(static_cast<dlm_session_state>(step.next));
    if (step.actions & DLM_SESSION_ACT_FIN)
        out += "+fin";
    if (step.actions & DLM_SESSION_ACT_RESET)
        out += "!";
    return out;
}

TEST(SessionState, every_cell_is_as_specified)
{
    ASSERT_EQ(std::size(rows), DLM_SESSION_STATE_NR - 1U);
    for (const Row &row : rows)
        for (int event = 0; event < DLM_SESSION_EVENT_NR; event++)
            EXPECT_EQ(cell(row.state, event), row.cells[event])
                << dlm_session_state_name(row.state) << ", event " << event;
}

TEST(SessionState, what_is_out_of_range_is_illegal)
{
    EXPECT_EQ(cell(DLM_SESSION_ILLEGAL, DLM_SESSION_EV_ADDED), "-");
    EXPECT_EQ(cell(DLM_SESSION_STATE_NR, DLM_SESSION_EV_ADDED), "-");
    EXPECT_EQ(cell(DLM_SESSION_CLOSED, DLM_SESSION_EVENT_NR), "-");
    EXPECT_STREQ(dlm_session_state_name(DLM_SESSION_STATE_NR), "?");
}

TEST(SessionState, every_way_out_of_an_association_resets_it)
{
    for (int state = DLM_SESSION_ESTABLISHED; state < DLM_SESSION_STATE_NR; state++)
        for (int event = 0; event < DLM_SESSION_EVENT_NR; event++) {
            dlm_session_step step = dlm_session_next(static_cast<dlm_session_state>(state),
                                                     static_cast<dlm_session_event>(event));
            bool revived = step.next == DLM_SESSION_ESTABLISHED && state != DLM_SESSION_ESTABLISHED;
            if (step.next == DLM_SESSION_CLOSED || revived) {
                EXPECT_TRUE(step.actions & DLM_SESSION_ACT_RESET) << state << " " << event;
            }
        }
}

}  // namespace
