// SPDX-License-Identifier: GPL-2.0
/* A lockspace with recovery callbacks, and all examples one after another. */
#include <linux/module.h>

#include "examples.h"

static dlm_lockspace_t *lockspace;
static int stopped, failed;

/* Locking stops: a member has failed or left, or one joins. */
static void recover_prep(void *arg)
{
	stopped++;
}

/* Only for members that failed: what they had open, a journal, is to be replayed. */
static void recover_slot(void *arg, struct dlm_slot *slot)
{
	failed++;
	pr_info("dlm_examples: node %d of slot %d has failed\n", slot->nodeid, slot->slot);
}

/* Locking works again, among these members; the join's own recovery ends here too. */
static void recover_done(void *arg, struct dlm_slot *slots, int nr, int our_slot, u32 generation)
{
	pr_info("dlm_examples: generation %u, %d members, our slot is %d; stopped %d times, %d failed\n",
		generation, nr, our_slot, stopped, failed);
}

static const struct dlm_lockspace_ops ops = {
	.recover_prep = recover_prep,
	.recover_slot = recover_slot,
	.recover_done = recover_done,
};

static bool stock;
module_param(stock, bool, 0444);
MODULE_PARM_DESC(stock, "leave out what the kernel's own lock manager does not do");

static void (*const examples[])(dlm_lockspace_t *ls) = {
	example_shared_lockspace,
	example_refused_lockspaces,
	example_request,
	example_noqueue,
	example_alternative,
	example_refused_requests,
	example_no_such_lock,
	example_refused_unlocks,
	example_flags_without_effect,
	example_expedite,
	example_head_of_queue,
	example_no_order,
	example_queued_conversion,
	example_convert,
	example_busy,
	example_values,
	example_invalid_value,
	example_blocking,
	example_locking_in_a_callback,
	example_giving_up_when_told,
	example_order_of_callbacks,
	example_replaced_functions,
	example_cancel,
	example_forced_unlock,
	example_deadlock,
	example_giving_way,
	example_standing_deadlock,
};

static void (*const ours_alone[])(dlm_lockspace_t *ls) = {
	example_sublocks,
	example_status_block_of_an_unlock,
};

static int unmet;

void example_expect(bool so, const char *what, const char *example)
{
	if (so)
		return;
	unmet++;
	pr_err("dlm_examples: %s: not so: %s\n", example, what);
}

static void run_all(dlm_lockspace_t *ls)
{
	int i, nr = ARRAY_SIZE(examples);

	for (i = 0; i < ARRAY_SIZE(examples); i++)
		examples[i](ls);
	for (i = 0; !stock && i < ARRAY_SIZE(ours_alone); i++, nr++)
		ours_alone[i](ls);
	pr_info("dlm_examples: %d examples, %d expectations not met\n", nr, unmet);
}

static int __init dlm_examples_init(void)
{
	int err, ops_result;

	/* Sleeps until the daemon has let this node in and the first recovery is over. */
	err = dlm_new_lockspace("examples", NULL, DLM_LSFL_NEWEXCL, EXAMPLE_LVB_LEN, &ops, NULL,
				&ops_result, &lockspace);
	if (err)
		return err;
	if (ops_result)
		pr_info("dlm_examples: no recovery callbacks: %d\n", ops_result);
	run_all(lockspace);
	if (!unmet)
		return 0;
	/* 3: whatever an example has left goes too, and the daemon is not asked. */
	dlm_release_lockspace(lockspace, 3);
	return -EPROTO;
}

static void __exit dlm_examples_exit(void)
{
	/* 0 would refuse if there were locks. Sleeps until the daemon has let this node go. */
	int err = dlm_release_lockspace(lockspace, 0);

	if (err)
		pr_err("dlm_examples: release: %d\n", err);
}

module_init(dlm_examples_init);
module_exit(dlm_examples_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Examples of the caller's guide to the distributed lock manager");
