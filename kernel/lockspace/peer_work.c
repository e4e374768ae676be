// SPDX-License-Identifier: GPL-2.0
/*
 * One work item per peer, so that what it does needs no lock against itself.  It
 * handles everything that has arrived before it sends once, so that answers and
 * acknowledgements leave together.
 */
#include "lockspace/peer_work.h"

#include <linux/sched/mm.h>

#include "lockspace/peer_connect.h"
#include "lockspace/peer_object.h"
#include "lockspace/peer_read.h"
#include "lockspace/peer_write.h"

void dlm_peer_queue_work(struct dlm_peer *peer)
{
	refcount_inc(&peer->refs);
	if (!queue_work(peer->peers->wq, &peer->work))
		dlm_peer_put(peer);
}

static void peer_timer(struct timer_list *timer)
{
	struct dlm_peer *peer = container_of(timer, struct dlm_peer, timer);

	dlm_peer_queue_work(peer);
	dlm_peer_put(peer);
}

/* An earlier time that is set already stays: the work then looks again. */
static void arm_timer(struct dlm_peer *peer, u64 now_ms, u64 at_ms)
{
	unsigned long expires;

	if (!at_ms)
		return;
	expires = jiffies + msecs_to_jiffies(at_ms > now_ms ? at_ms - now_ms : 0) + 1;
	dlm_peer_lock(peer);
	if (!peer->dead &&
	    (!timer_pending(&peer->timer) || time_before(expires, peer->timer.expires))) {
		if (!mod_timer(&peer->timer, expires))
			refcount_inc(&peer->refs);
	}
	dlm_peer_unlock(peer);
}

static u32 run_session_timers(struct dlm_peer *peer, u64 now_ms, u64 *next_ms)
{
	LIST_HEAD(done);
	u32 effects;

	dlm_peer_lock(peer);
	dlm_session_tick(&peer->session, now_ms, &done);
	effects = dlm_session_effects(&peer->session);
	*next_ms = dlm_session_deadline(&peer->session);
	dlm_peer_unlock(peer);
	dlm_peer_free_frames(&done);
	return effects;
}

static const char clash_text[] =
	"numbered messages do not match, STATUS works: restarted without being fenced?";

static void report_effects(struct dlm_peer *peer, u32 effects)
{
	if (effects & DLM_SESSION_FX_CLOSED)
		wake_up(&peer->peers->closed_wait);
	if (effects & DLM_SESSION_FX_CLASH)
		dlm_peer_log(peer->peers, peer, "%s", clash_text);
	if (effects & DLM_SESSION_FX_RESET_CONNECTION)
		dlm_peer_log(peer->peers, peer,
			     "messages are missing, the connection is reset to get them again");
}

static void run(struct dlm_peer *peer)
{
	u64 now_ms, session_ms, conn_ms;
	bool again;
	u32 effects;

	if (test_and_clear_bit(DLM_PEER_SPACE, &peer->flags))
		dlm_peer_write_space(peer);
	again = dlm_peer_read(peer);
	now_ms = dlm_peer_now_ms();
	effects = run_session_timers(peer, now_ms, &session_ms);
	report_effects(peer, effects);
	/* Answers may go to others than the one that was heard. */
	dlm_peers_kick(peer->peers);
	conn_ms = dlm_peer_tend(peer, now_ms, effects & DLM_SESSION_FX_RESET_CONNECTION);
	/* Others may have queued meanwhile, and leave the rest to us if we write. */
	if (dlm_peer_write(peer))
		conn_ms = dlm_peer_tend(peer, now_ms, false);
	arm_timer(peer, now_ms, session_ms);
	arm_timer(peer, now_ms, conn_ms);
	if (again)
		dlm_peer_queue_work(peer);
}

static void peer_work(struct work_struct *work)
{
	struct dlm_peer *peer = container_of(work, struct dlm_peer, work);
	unsigned int noio = memalloc_noio_save();

	run(peer);
	memalloc_noio_restore(noio);
	dlm_peer_put(peer);
}

void dlm_peer_work_init(struct dlm_peer *peer)
{
	INIT_WORK(&peer->work, peer_work);
	timer_setup(&peer->timer, peer_timer, 0);
}

void dlm_peer_work_stop(struct dlm_peer *peer)
{
	if (timer_delete_sync(&peer->timer))
		dlm_peer_put(peer);
}
