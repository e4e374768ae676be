// SPDX-License-Identifier: GPL-2.0
/*
 * Features of members (features.h). Two of them are about the mode without
 * directory: nodes that differ there would have two masters for one name.
 */
#include "cluster/features.h"

/* A bit that no creator gives: the flags differ from whatever the other has. */
#define LSFLAGS_NEVER_EQUAL 0x80000000u

static u64 offered(const struct dlm_cluster *cl)
{
	return DLM_WIRE_FEATURE_NODIR_FLAG | DLM_WIRE_FEATURE_SEARCH |
	       (cl->nodir ? DLM_WIRE_FEATURE_NODIR_MODE : 0);
}

static u64 features_of(u32 magic, u64 features)
{
	return magic == DLM_WIRE_FEATURES_MAGIC ? features : 0;
}

/* The in-tree module compares the flag NODIR, but goes on using a directory. */
static bool follows_flags(const struct dlm_cluster *cl, u64 features)
{
	return !(cl->lsflags & DLM_LSFL_NODIR_BIT) || (features & DLM_WIRE_FEATURE_NODIR_FLAG);
}

void dlm_features_ask(const struct dlm_cluster *cl, struct dlm_rcom_status *status)
{
	status->magic = DLM_WIRE_FEATURES_MAGIC;
	status->features = offered(cl);
}

void dlm_features_answer(const struct dlm_cluster *cl, const struct dlm_rcom_status *asker,
			 struct dlm_rcom_config *config)
{
	config->lsflags = cl->lsflags;
	if (!follows_flags(cl, features_of(asker->magic, asker->features)))
		config->lsflags ^= LSFLAGS_NEVER_EQUAL;
	config->magic = DLM_WIRE_FEATURES_MAGIC;
	config->features = offered(cl);
}

static void note(struct dlm_cluster *cl, int from, u64 features)
{
	struct dlm_member *member = dlm_view_member(cl->view, from);

	if (member)
		WRITE_ONCE(member->features, features);
}

int dlm_features_check(struct dlm_cluster *cl, int from, const struct dlm_in *in)
{
	u64 features = features_of(in->config.magic, in->config.features);
	bool nodir = features & DLM_WIRE_FEATURE_NODIR_MODE;

	note(cl, from, features);
	if (!follows_flags(cl, features)) {
		cl->ops->log(cl, DLM_LOG_ERROR,
			     "node %d does not follow the flag NODIR: it cannot be a member", from);
		return -EPROTO;
	}
	/*
	 * Before its round has begun its mode may still be set. Nor before this node has said that
	 * its own round has: the other has to see the difference, too.
	 */
	if (!features || !(in->rcom.result & cl->recover.status & DLM_RS_NODES) ||
	    nodir == cl->nodir)
		return 0;
	cl->ops->log(cl, DLM_LOG_ERROR, "node %d runs %s directory, this one %s", from,
		     nodir ? "without" : "with", nodir ? "with" : "without");
	return -EPROTO;
}
