// SPDX-License-Identifier: GPL-2.0
/* A new request at the master of its resource: rules G-4 to G-7. */
#include "core/blocking.h"
#include "core/engine.h"
#include "core/grant.h"
#include "core/queue.h"

int dlm_engine_request(struct dlm_resource *res, struct dlm_lkb *lkb)
{
	if (dlm_grant_requested(res, lkb, DLM_WHEN_NOW, NULL) ||
	    dlm_grant_alternative(res, lkb, DLM_WHEN_NOW, NULL))
		return 0;
	if (lkb->exflags & DLM_LKF_NOQUEUE)
		return -EAGAIN;
	dlm_queue_put(res, lkb, DLM_QUEUE_WAIT);
	return -EINPROGRESS;
}

void dlm_engine_request_effects(struct dlm_resource *res, struct dlm_lkb *lkb, int verdict,
				struct dlm_sink *sink)
{
	switch (verdict) {
	case 0:
		if (lkb->exflags & DLM_LKF_NOORDER)
			dlm_blocking_overtaken(res, lkb, sink);
		break;
	case -EINPROGRESS:
		dlm_blocking_queued(res, lkb, sink);
		break;
	case -EAGAIN:
		if (lkb->exflags & DLM_LKF_NOQUEUEBAST)
			dlm_blocking_refused(res, lkb, sink);
		break;
	}
}
