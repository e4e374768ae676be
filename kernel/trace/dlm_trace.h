/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of system "dlm": names and fields are those of the in-tree
 * implementation, which scripts of administrators depend on.
 *
 * Read more than once by the tracing machinery, hence the unusual guard.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dlm

#if !defined(DLM_TRACE_DLM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define DLM_TRACE_DLM_TRACE_H

#include <linux/dlm.h>
#include <linux/dlmconstants.h>
#include <linux/tracepoint.h>

#include "gen/dlm_wire.h"

#ifndef DLM_TRACE_NAMES
#define DLM_TRACE_NAMES

#define dlm_show_mode(mode)                                                                   \
	__print_symbolic(mode, { DLM_LOCK_IV, "IV" }, { DLM_LOCK_NL, "NL" },                  \
			 { DLM_LOCK_CR, "CR" }, { DLM_LOCK_CW, "CW" }, { DLM_LOCK_PR, "PR" }, \
			 { DLM_LOCK_PW, "PW" }, { DLM_LOCK_EX, "EX" })

#define dlm_show_flags(flags)                                                                     \
	__print_flags(flags, "|", { DLM_LKF_NOQUEUE, "NOQUEUE" }, { DLM_LKF_CANCEL, "CANCEL" },   \
		      { DLM_LKF_CONVERT, "CONVERT" }, { DLM_LKF_VALBLK, "VALBLK" },               \
		      { DLM_LKF_QUECVT, "QUECVT" }, { DLM_LKF_IVVALBLK, "IVVALBLK" },             \
		      { DLM_LKF_CONVDEADLK, "CONVDEADLK" }, { DLM_LKF_PERSISTENT, "PERSISTENT" }, \
		      { DLM_LKF_NODLCKWT, "NODLCKWT" }, { DLM_LKF_NODLCKBLK, "NODLCKBLK" },       \
		      { DLM_LKF_EXPEDITE, "EXPEDITE" }, { DLM_LKF_NOQUEUEBAST, "NOQUEUEBAST" },   \
		      { DLM_LKF_HEADQUE, "HEADQUE" }, { DLM_LKF_NOORDER, "NOORDER" },             \
		      { DLM_LKF_ORPHAN, "ORPHAN" }, { DLM_LKF_ALTPR, "ALTPR" },                   \
		      { DLM_LKF_ALTCW, "ALTCW" }, { DLM_LKF_FORCEUNLOCK, "FORCEUNLOCK" },         \
		      { DLM_LKF_TIMEOUT, "TIMEOUT" })

#define dlm_show_sb_flags(flags)                                  \
	__print_flags(flags, "|", { DLM_SBF_DEMOTED, "DEMOTED" }, \
		      { DLM_SBF_VALNOTVALID, "VALNOTVALID" }, { DLM_SBF_ALTMODE, "ALTMODE" })

#define dlm_show_cmd(cmd)                                                       \
	__print_symbolic(cmd, { DLM_CMD_MSG, "MSG" }, { DLM_CMD_RCOM, "RCOM" }, \
			 { DLM_CMD_OPTS, "OPTS" }, { DLM_CMD_ACK, "ACK" }, { DLM_CMD_FIN, "FIN" })

#define dlm_show_version(version) \
	__print_symbolic(version, { DLM_WIRE_VERSION_OLD, "3.1" }, { DLM_WIRE_VERSION, "3.2" })

#define dlm_show_msg_type(type)                                                                  \
	__print_symbolic(type, { DLM_MSG_REQUEST, "REQUEST" }, { DLM_MSG_CONVERT, "CONVERT" },   \
			 { DLM_MSG_UNLOCK, "UNLOCK" }, { DLM_MSG_CANCEL, "CANCEL" },             \
			 { DLM_MSG_REQUEST_REPLY, "REQUEST_REPLY" },                             \
			 { DLM_MSG_CONVERT_REPLY, "CONVERT_REPLY" },                             \
			 { DLM_MSG_UNLOCK_REPLY, "UNLOCK_REPLY" },                               \
			 { DLM_MSG_CANCEL_REPLY, "CANCEL_REPLY" }, { DLM_MSG_GRANT, "GRANT" },   \
			 { DLM_MSG_BAST, "BAST" }, { DLM_MSG_LOOKUP, "LOOKUP" },                 \
			 { DLM_MSG_REMOVE, "REMOVE" }, { DLM_MSG_LOOKUP_REPLY, "LOOKUP_REPLY" }, \
			 { DLM_MSG_PURGE, "PURGE" })

#define dlm_show_rcom_type(type)                                                           \
	__print_symbolic(type, { DLM_RCOM_STATUS, "STATUS" }, { DLM_RCOM_NAMES, "NAMES" }, \
			 { DLM_RCOM_LOOKUP, "LOOKUP" }, { DLM_RCOM_LOCK, "LOCK" },         \
			 { DLM_RCOM_STATUS_REPLY, "STATUS_REPLY" },                        \
			 { DLM_RCOM_NAMES_REPLY, "NAMES_REPLY" },                          \
			 { DLM_RCOM_LOOKUP_REPLY, "LOOKUP_REPLY" },                        \
			 { DLM_RCOM_LOCK_REPLY, "LOCK_REPLY" })

#endif /* DLM_TRACE_NAMES */

/* Numbers in the place of these names in the formats, which perf reads and cannot resolve. */
TRACE_DEFINE_ENUM(DLM_CMD_MSG);
TRACE_DEFINE_ENUM(DLM_CMD_RCOM);
TRACE_DEFINE_ENUM(DLM_CMD_OPTS);
TRACE_DEFINE_ENUM(DLM_CMD_ACK);
TRACE_DEFINE_ENUM(DLM_CMD_FIN);
TRACE_DEFINE_ENUM(DLM_MSG_REQUEST);
TRACE_DEFINE_ENUM(DLM_MSG_CONVERT);
TRACE_DEFINE_ENUM(DLM_MSG_UNLOCK);
TRACE_DEFINE_ENUM(DLM_MSG_CANCEL);
TRACE_DEFINE_ENUM(DLM_MSG_REQUEST_REPLY);
TRACE_DEFINE_ENUM(DLM_MSG_CONVERT_REPLY);
TRACE_DEFINE_ENUM(DLM_MSG_UNLOCK_REPLY);
TRACE_DEFINE_ENUM(DLM_MSG_CANCEL_REPLY);
TRACE_DEFINE_ENUM(DLM_MSG_GRANT);
TRACE_DEFINE_ENUM(DLM_MSG_BAST);
TRACE_DEFINE_ENUM(DLM_MSG_LOOKUP);
TRACE_DEFINE_ENUM(DLM_MSG_REMOVE);
TRACE_DEFINE_ENUM(DLM_MSG_LOOKUP_REPLY);
TRACE_DEFINE_ENUM(DLM_MSG_PURGE);
TRACE_DEFINE_ENUM(DLM_RCOM_STATUS);
TRACE_DEFINE_ENUM(DLM_RCOM_NAMES);
TRACE_DEFINE_ENUM(DLM_RCOM_LOOKUP);
TRACE_DEFINE_ENUM(DLM_RCOM_LOCK);
TRACE_DEFINE_ENUM(DLM_RCOM_STATUS_REPLY);
TRACE_DEFINE_ENUM(DLM_RCOM_NAMES_REPLY);
TRACE_DEFINE_ENUM(DLM_RCOM_LOOKUP_REPLY);
TRACE_DEFINE_ENUM(DLM_RCOM_LOCK_REPLY);

TRACE_EVENT(dlm_lock_start,
	    TP_PROTO(u32 ls_id, u32 lkb_id, int mode, u32 flags, const void *name, size_t name_len),
	    TP_ARGS(ls_id, lkb_id, mode, flags, name, name_len),
	    TP_STRUCT__entry(__field(__u32, ls_id) __field(__u32, lkb_id) __field(int, mode)
				     __field(__u32, flags)
					     __dynamic_array(unsigned char, res_name, name_len)),
	    TP_fast_assign(__entry->ls_id = ls_id; __entry->lkb_id = lkb_id; __entry->mode = mode;
			   __entry->flags = flags;
			   memcpy(__get_dynamic_array(res_name), name, name_len);),
	    TP_printk("ls_id=%u lkb_id=%x mode=%s flags=%s res_name=%s", __entry->ls_id,
		      __entry->lkb_id, dlm_show_mode(__entry->mode), dlm_show_flags(__entry->flags),
		      __print_hex_str(__get_dynamic_array(res_name),
				      __get_dynamic_array_len(res_name))));

TRACE_EVENT(dlm_lock_end,
	    TP_PROTO(u32 ls_id, u32 lkb_id, int mode, u32 flags, int error, const void *name,
		     size_t name_len),
	    TP_ARGS(ls_id, lkb_id, mode, flags, error, name, name_len),
	    TP_STRUCT__entry(__field(__u32, ls_id) __field(__u32, lkb_id) __field(int, mode)
				     __field(__u32, flags) __field(int, error)
					     __dynamic_array(unsigned char, res_name, name_len)),
	    TP_fast_assign(__entry->ls_id = ls_id; __entry->lkb_id = lkb_id; __entry->mode = mode;
			   __entry->flags = flags; __entry->error = error;
			   memcpy(__get_dynamic_array(res_name), name, name_len);),
	    TP_printk("ls_id=%u lkb_id=%x mode=%s flags=%s error=%d res_name=%s", __entry->ls_id,
		      __entry->lkb_id, dlm_show_mode(__entry->mode), dlm_show_flags(__entry->flags),
		      __entry->error,
		      __print_hex_str(__get_dynamic_array(res_name),
				      __get_dynamic_array_len(res_name))));

TRACE_EVENT(dlm_unlock_start,
	    TP_PROTO(u32 ls_id, u32 lkb_id, u32 flags, const void *name, size_t name_len),
	    TP_ARGS(ls_id, lkb_id, flags, name, name_len),
	    TP_STRUCT__entry(__field(__u32, ls_id) __field(__u32, lkb_id) __field(__u32, flags)
				     __dynamic_array(unsigned char, res_name, name_len)),
	    TP_fast_assign(__entry->ls_id = ls_id; __entry->lkb_id = lkb_id; __entry->flags = flags;
			   memcpy(__get_dynamic_array(res_name), name, name_len);),
	    TP_printk("ls_id=%u lkb_id=%x flags=%s res_name=%s", __entry->ls_id, __entry->lkb_id,
		      dlm_show_flags(__entry->flags),
		      __print_hex_str(__get_dynamic_array(res_name),
				      __get_dynamic_array_len(res_name))));

TRACE_EVENT(dlm_unlock_end,
	    TP_PROTO(u32 ls_id, u32 lkb_id, u32 flags, int error, const void *name,
		     size_t name_len),
	    TP_ARGS(ls_id, lkb_id, flags, error, name, name_len),
	    TP_STRUCT__entry(__field(__u32, ls_id) __field(__u32, lkb_id) __field(__u32, flags)
				     __field(int, error)
					     __dynamic_array(unsigned char, res_name, name_len)),
	    TP_fast_assign(__entry->ls_id = ls_id; __entry->lkb_id = lkb_id; __entry->flags = flags;
			   __entry->error = error;
			   memcpy(__get_dynamic_array(res_name), name, name_len);),
	    TP_printk("ls_id=%u lkb_id=%x flags=%s error=%d res_name=%s", __entry->ls_id,
		      __entry->lkb_id, dlm_show_flags(__entry->flags), __entry->error,
		      __print_hex_str(__get_dynamic_array(res_name),
				      __get_dynamic_array_len(res_name))));

TRACE_EVENT(dlm_bast, TP_PROTO(u32 ls_id, u32 lkb_id, int mode, const void *name, size_t name_len),
	    TP_ARGS(ls_id, lkb_id, mode, name, name_len),
	    TP_STRUCT__entry(__field(__u32, ls_id) __field(__u32, lkb_id) __field(int, mode)
				     __dynamic_array(unsigned char, res_name, name_len)),
	    TP_fast_assign(__entry->ls_id = ls_id; __entry->lkb_id = lkb_id; __entry->mode = mode;
			   memcpy(__get_dynamic_array(res_name), name, name_len);),
	    TP_printk("ls_id=%u lkb_id=%x mode=%s res_name=%s", __entry->ls_id, __entry->lkb_id,
		      dlm_show_mode(__entry->mode),
		      __print_hex_str(__get_dynamic_array(res_name),
				      __get_dynamic_array_len(res_name))));

TRACE_EVENT(dlm_ast,
	    TP_PROTO(u32 ls_id, u32 lkb_id, u8 sb_flags, int sb_status, const void *name,
		     size_t name_len),
	    TP_ARGS(ls_id, lkb_id, sb_flags, sb_status, name, name_len),
	    TP_STRUCT__entry(__field(__u32, ls_id) __field(__u32, lkb_id) __field(u8, sb_flags)
				     __field(int, sb_status)
					     __dynamic_array(unsigned char, res_name, name_len)),
	    TP_fast_assign(__entry->ls_id = ls_id; __entry->lkb_id = lkb_id;
			   __entry->sb_flags = sb_flags; __entry->sb_status = sb_status;
			   memcpy(__get_dynamic_array(res_name), name, name_len);),
	    TP_printk("ls_id=%u lkb_id=%x sb_flags=%s sb_status=%d res_name=%s", __entry->ls_id,
		      __entry->lkb_id, dlm_show_sb_flags(__entry->sb_flags), __entry->sb_status,
		      __print_hex_str(__get_dynamic_array(res_name),
				      __get_dynamic_array_len(res_name))));

/*
 * @hdr: of the message itself, without OPTS; @seq: 0 where it has none, or where the peer is not
 * there to send it to.
 */
DECLARE_EVENT_CLASS(
	dlm_rcom_class,
	TP_PROTO(u32 seq, const struct dlm_hdr *hdr, const struct dlm_rcom *rc, const void *buf,
		 size_t len),
	TP_ARGS(seq, hdr, rc, buf, len),
	TP_STRUCT__entry(__field(u32, seq) __field(u32, h_version) __field(
		u32, h_lockspace) __field(u32, h_nodeid) __field(u16, h_length) __field(u8, h_cmd)
				 __field(u32, rc_type) __field(s32, rc_result) __field(u64, rc_id)
					 __field(u64, rc_seq) __field(u64, rc_seq_reply)
						 __dynamic_array(unsigned char, rc_buf, len)),
	TP_fast_assign(__entry->seq = seq; __entry->h_version = hdr->version;
		       __entry->h_lockspace = hdr->lockspace; __entry->h_nodeid = hdr->nodeid;
		       __entry->h_length = hdr->length; __entry->h_cmd = hdr->cmd;
		       __entry->rc_type = rc->type; __entry->rc_result = rc->result;
		       __entry->rc_id = rc->id; __entry->rc_seq = rc->seq;
		       __entry->rc_seq_reply = rc->seq_reply;
		       memcpy(__get_dynamic_array(rc_buf), buf, len);),
	TP_printk(
		"seq=%u h_version=%s h_lockspace=%u h_nodeid=%u h_length=%u h_cmd=%s rc_type=%s rc_result=%d rc_id=%llu rc_seq=%llu rc_seq_reply=%llu rc_buf=0x%s",
		__entry->seq, dlm_show_version(__entry->h_version), __entry->h_lockspace,
		__entry->h_nodeid, __entry->h_length, dlm_show_cmd(__entry->h_cmd),
		dlm_show_rcom_type(__entry->rc_type), __entry->rc_result, __entry->rc_id,
		__entry->rc_seq, __entry->rc_seq_reply,
		__print_hex_str(__get_dynamic_array(rc_buf), __get_dynamic_array_len(rc_buf))));

DEFINE_EVENT(dlm_rcom_class, dlm_send_rcom,
	     TP_PROTO(u32 seq, const struct dlm_hdr *hdr, const struct dlm_rcom *rc,
		      const void *buf, size_t len),
	     TP_ARGS(seq, hdr, rc, buf, len));

DEFINE_EVENT(dlm_rcom_class, dlm_recv_rcom,
	     TP_PROTO(u32 seq, const struct dlm_hdr *hdr, const struct dlm_rcom *rc,
		      const void *buf, size_t len),
	     TP_ARGS(seq, hdr, rc, buf, len));

#define DLM_TRACE_MSG_FIELDS                                                                       \
	__field(u32, seq) __field(u32, h_version) __field(u32, h_lockspace) __field(               \
		u32, h_nodeid) __field(u16, h_length) __field(u8, h_cmd) __field(u32, m_type)      \
		__field(s32, m_nodeid) __field(u32, m_pid) __field(u32, m_lkid) __field(           \
			u32, m_remid) __field(u32, m_parent_lkid) __field(u32, m_parent_remid)     \
			__field(u32, m_exflags) __field(u32, m_sbflags) __field(u32, m_flags)      \
				__field(u32, m_lvbseq) __field(u32, m_hash) __field(s32, m_status) \
					__field(s32, m_grmode) __field(s32, m_rqmode)              \
						__field(s32, m_bastmode) __field(s32, m_asts)      \
							__field(s32, m_result)

#define DLM_TRACE_MSG_ASSIGN                       \
	__entry->seq = seq;                        \
	__entry->h_version = hdr->version;         \
	__entry->h_lockspace = hdr->lockspace;     \
	__entry->h_nodeid = hdr->nodeid;           \
	__entry->h_length = hdr->length;           \
	__entry->h_cmd = hdr->cmd;                 \
	__entry->m_type = m->type;                 \
	__entry->m_nodeid = m->nodeid;             \
	__entry->m_pid = m->pid;                   \
	__entry->m_lkid = m->lkid;                 \
	__entry->m_remid = m->remid;               \
	__entry->m_parent_lkid = m->parent_lkid;   \
	__entry->m_parent_remid = m->parent_remid; \
	__entry->m_exflags = m->exflags;           \
	__entry->m_sbflags = m->sbflags;           \
	__entry->m_flags = m->flags;               \
	__entry->m_lvbseq = m->lvbseq;             \
	__entry->m_hash = m->hash;                 \
	__entry->m_status = m->status;             \
	__entry->m_grmode = m->grmode;             \
	__entry->m_rqmode = m->rqmode;             \
	__entry->m_bastmode = m->bastmode;         \
	__entry->m_asts = m->asts;                 \
	__entry->m_result = m->result;

#define DLM_TRACE_MSG_FORMAT                                                                  \
	"seq=%u h_version=%s h_lockspace=%u h_nodeid=%u h_length=%u h_cmd=%s m_type=%s "      \
	"m_nodeid=%d m_pid=%u m_lkid=%u m_remid=%u m_parent_lkid=%u m_parent_remid=%u "       \
	"m_exflags=%s m_sbflags=%s m_flags=%x m_lvbseq=%u m_hash=%u m_status=%d m_grmode=%s " \
	"m_rqmode=%s m_bastmode=%s m_asts=%d m_result=%d m_extra=0x%s"

#define DLM_TRACE_MSG_VALUES                                                                \
	__entry->seq, dlm_show_version(__entry->h_version), __entry->h_lockspace,           \
		__entry->h_nodeid, __entry->h_length, dlm_show_cmd(__entry->h_cmd),         \
		dlm_show_msg_type(__entry->m_type), __entry->m_nodeid, __entry->m_pid,      \
		__entry->m_lkid, __entry->m_remid, __entry->m_parent_lkid,                  \
		__entry->m_parent_remid, dlm_show_flags(__entry->m_exflags),                \
		dlm_show_sb_flags(__entry->m_sbflags), __entry->m_flags, __entry->m_lvbseq, \
		__entry->m_hash, __entry->m_status, dlm_show_mode(__entry->m_grmode),       \
		dlm_show_mode(__entry->m_rqmode), dlm_show_mode(__entry->m_bastmode),       \
		__entry->m_asts, __entry->m_result,                                         \
		__print_hex_str(__get_dynamic_array(m_extra), __get_dynamic_array_len(m_extra))

TRACE_EVENT(dlm_send_message,
	    TP_PROTO(u32 seq, const struct dlm_hdr *hdr, const struct dlm_msg *m, const void *extra,
		     size_t len, const void *name, size_t name_len),
	    TP_ARGS(seq, hdr, m, extra, len, name, name_len),
	    TP_STRUCT__entry(DLM_TRACE_MSG_FIELDS __dynamic_array(unsigned char, m_extra, len)
				     __dynamic_array(unsigned char, res_name, name_len)),
	    TP_fast_assign(DLM_TRACE_MSG_ASSIGN memcpy(__get_dynamic_array(m_extra), extra, len);
			   memcpy(__get_dynamic_array(res_name), name, name_len);),
	    TP_printk(DLM_TRACE_MSG_FORMAT " res_name=0x%s", DLM_TRACE_MSG_VALUES,
		      __print_hex_str(__get_dynamic_array(res_name),
				      __get_dynamic_array_len(res_name))));

TRACE_EVENT(dlm_recv_message,
	    TP_PROTO(u32 seq, const struct dlm_hdr *hdr, const struct dlm_msg *m, const void *extra,
		     size_t len),
	    TP_ARGS(seq, hdr, m, extra, len),
	    TP_STRUCT__entry(DLM_TRACE_MSG_FIELDS __dynamic_array(unsigned char, m_extra, len)),
	    TP_fast_assign(DLM_TRACE_MSG_ASSIGN memcpy(__get_dynamic_array(m_extra), extra, len);),
	    TP_printk(DLM_TRACE_MSG_FORMAT, DLM_TRACE_MSG_VALUES));

/* What the socket answered: bytes or an error. */
DECLARE_EVENT_CLASS(dlm_socket_class, TP_PROTO(int nodeid, int ret), TP_ARGS(nodeid, ret),
		    TP_STRUCT__entry(__field(int, nodeid) __field(int, ret)),
		    TP_fast_assign(__entry->nodeid = nodeid; __entry->ret = ret;),
		    TP_printk("nodeid=%d ret=%d", __entry->nodeid, __entry->ret));

DEFINE_EVENT(dlm_socket_class, dlm_send, TP_PROTO(int nodeid, int ret), TP_ARGS(nodeid, ret));

DEFINE_EVENT(dlm_socket_class, dlm_recv, TP_PROTO(int nodeid, int ret), TP_ARGS(nodeid, ret));

#endif /* DLM_TRACE_DLM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH trace
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE dlm_trace
#include <trace/define_trace.h>
