# SPDX-License-Identifier: GPL-2.0-or-later
# Drives the module without a daemon, through configfs and sysfs. Installed in each guest as
# /usr/local/sbin/dlm-recipe and sourced by the commands of the harness (control.cc).
CFG=/sys/kernel/config/dlm/cluster
LSDIR=/sys/kernel/dlm

put() { printf %s "$2" >"$1"; } # one write, no newline

# 128 bytes for a.b.c.d: family 2 (little-endian host), port 0, address
sockaddr4() {
	oldifs=$IFS
	IFS=.
	set -- $1
	IFS=$oldifs
	printf '\2\0\0\0'"$(printf '\\%03o\\%03o\\%03o\\%03o' "$1" "$2" "$3" "$4")"
	head -c 120 /dev/zero
}

# comm_add ID IP; nothing when it is there
comm_add() {
	[ -d $CFG/comms/$1 ] && return
	mkdir $CFG/comms/$1 || return
	put $CFG/comms/$1/nodeid $1 || return # before addr
	sockaddr4 $2 >/run/dlm-addr.$1
	dd if=/run/dlm-addr.$1 of=$CFG/comms/$1/addr bs=128 count=1 2>/dev/null # one write
}

comm_del() { [ ! -d $CFG/comms/$1 ] || rmdir $CFG/comms/$1; }

# base CLUSTERNAME SELF ID=IP ID=IP ...
base() {
	name=$1 self=$2
	shift 2
	[ -d $CFG ] || mkdir $CFG || return
	put $CFG/cluster_name "$name" || return
	put $CFG/recover_callbacks 1 || return
	for p; do comm_add ${p%%=*} ${p#*=} || return; done
	put $CFG/comms/$self/local 1 # last: from here on joins are possible
}

# members LS ID ...: make nodes/ exactly this set
members() {
	ls=$1
	shift
	[ -d $CFG/spaces/$ls ] || mkdir $CFG/spaces/$ls || return
	for d in $CFG/spaces/$ls/nodes/*; do
		[ -d "$d" ] || continue
		case " $* " in *" ${d##*/} "*) ;; *) rmdir "$d" || return ;; esac
	done
	for i; do
		n=$CFG/spaces/$ls/nodes/$i
		[ -d $n ] && continue
		mkdir $n || return
		put $n/nodeid $i || return
		put $n/weight 1 || return
	done
}

ls_drop() {
	members $1 || return
	[ ! -d $CFG/spaces/$1 ] || rmdir $CFG/spaces/$1
}

stop() { put $LSDIR/$1/control 0; }  # returns when stopped
start() { put $LSDIR/$1/control 1; } # returns at once; errors only in dmesg
gid() { put $LSDIR/$1/id $2; }
nodir() { put $LSDIR/$1/nodir 1; }
answer() { put $LSDIR/$1/event_done $2; }
status() { cat $LSDIR/$1/recover_status; } # done: ff on the lowest node id, 55 on the others

# everything of the base configuration away again
unconfigure() {
	[ -d $CFG ] || return 0
	for d in $CFG/spaces/*; do [ ! -d "$d" ] || ls_drop ${d##*/} || return; done
	for d in $CFG/comms/*; do [ ! -d "$d" ] || rmdir $d || return; done
	rmdir $CFG
}
