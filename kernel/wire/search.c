// SPDX-License-Identifier: GPL-2.0
/* Chains of a search for deadlocks to bytes and back. */
#include "wire/search.h"
#include "gen/dlm_modes.h"

static const u8 *link_at(const u8 *buf, u32 i)
{
	return buf + DLM_WIRE_SEARCH_SIZE + i * DLM_WIRE_SEARCH_LINK_SIZE;
}

static bool link_valid(const u8 *buf)
{
	struct dlm_search_link link;

	dlm_wire_get_search_link(&link, buf);
	return link.lkid && link.namelen <= DLM_WIRE_NAME_MAX && dlm_mode_valid(link.rqmode) &&
	       (link.grmode == DLM_LOCK_IV || dlm_mode_valid(link.grmode));
}

bool dlm_wire_chain_valid(const u8 *buf, size_t len)
{
	struct dlm_search head;
	u32 i;

	if (len < DLM_WIRE_SEARCH_SIZE)
		return false;
	dlm_wire_get_search(&head, buf);
	if (!head.step || head.step >= DLM_SEARCH_STEP_NR)
		return false;
	if (!head.nr_links || head.nr_links > DLM_WIRE_SEARCH_LINKS_MAX || head.at > head.nr_links)
		return false;
	if (len != DLM_WIRE_SEARCH_SIZE + head.nr_links * DLM_WIRE_SEARCH_LINK_SIZE)
		return false;
	for (i = 0; i < head.nr_links; i++)
		if (!link_valid(link_at(buf, i)))
			return false;
	return true;
}

void dlm_wire_get_chain(struct dlm_chain *chain, const u8 *buf)
{
	u32 i;

	dlm_wire_get_search(&chain->head, buf);
	for (i = 0; i < chain->head.nr_links; i++)
		dlm_wire_get_search_link(&chain->links[i], link_at(buf, i));
}

size_t dlm_wire_put_chain(u8 *buf, const struct dlm_chain *chain)
{
	u32 i;

	dlm_wire_put_search(buf, &chain->head);
	for (i = 0; i < chain->head.nr_links; i++)
		dlm_wire_put_search_link(buf + DLM_WIRE_SEARCH_SIZE + i * DLM_WIRE_SEARCH_LINK_SIZE,
					 &chain->links[i]);
	return DLM_WIRE_SEARCH_SIZE + chain->head.nr_links * DLM_WIRE_SEARCH_LINK_SIZE;
}
