# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Roots of guests: packages of the distribution unpacked into a tree, none installed, no maintainer
# script run. Sourced by the scripts beside it, after cache.sh.

# resolve LIST...: the closure of the packages that the files name, as NAME=VERSION lines, resolved
# against an empty database and not against what this host has installed. What only scripts of a
# package need is left out.
resolve()
{
	local state

	state=$(mktemp -d)
	: > "$state/status"
	mkdir "$state/partial"
	grep -hv '^#' "$@" | xargs apt-get -qq --print-uris \
		-o Dir::State::status="$state/status" -o Dir::Cache::archives="$state" \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Debug::NoLocking=1 \
		-o APT::Install-Recommends=0 -o APT::Sandbox::User=root install |
		awk '{ split($2, part, "_"); gsub("%3a", ":", part[2]); print part[1] "=" part[2] }' |
		grep -vE '^(python3|libpython3|debconf|dpkg=|media-types|perl|libperl|gcc-12-base)' |
		grep -vE '^(usrmerge|lib[a-z-]*-perl|adduser|passwd|lsb-base|xsltproc|libxslt|libxml2|libicu)' |
		sort
	rm -r "$state"
}

# unpack_root DIR PACKAGE=VERSION...: a tree with merged /usr; "dpkg -x" would replace the links by
# directories.
unpack_root()
{
	local root=$1 debs d

	debs=$(packages_fetch "${@:2}")
	for d in bin sbin lib lib32 lib64; do
		mkdir -p "$root/usr/$d"
		ln -s usr/$d "$root/$d"
	done
	# shellcheck disable=SC2086 # one word per file
	unpack_debs "$root" $debs
}

# unpack_debs DIR FILE...: without what no test needs
unpack_debs()
{
	local root=$1 deb

	for deb in "${@:2}"; do
		dpkg-deb --fsys-tarfile "$deb" |
			tar -C "$root" -x --no-same-owner --keep-directory-symlink \
				--exclude='./usr/share/doc/*' --exclude='./usr/share/man/*' \
				--exclude='./usr/share/locale/*' --exclude='./usr/share/info/*' \
				--exclude='./usr/share/perl*' --exclude='./usr/lib/x86_64-linux-gnu/perl*' \
				--exclude='./usr/lib/python3*' --exclude='./usr/share/python3*' \
				--exclude='*/libicudata*' --exclude='./usr/lib/udev/hwdb.d/*' \
				--exclude='./lib/udev/hwdb.d/*' --exclude='*/gconv/*'
	done
}

# finish_root DIR: what maintainer scripts would have done
finish_root()
{
	local root=$1 applet as_root=() keep rule

	[ "$(id -u)" = 0 ] || as_root=(unshare --user --map-root-user)
	mkdir -p "$root"/{proc,sys,dev,run,tmp,root,mnt,payload,var/lib/corosync,var/log/cluster} \
		"$root"/{etc/corosync,etc/dlm,etc/lvm,usr/local/sbin}
	ln -sf dash "$root/usr/bin/sh"
	"$root/bin/busybox" --list | while read -r applet; do
		[ -n "$(find "$root"/usr/{bin,sbin} -name "$applet")" ] ||
			ln -s busybox "$root/usr/bin/$applet"
	done
	ln -sfn /proc/self/mounts "$root/etc/mtab"
	printf '%s\n' root:x:0:0:root:/root:/bin/sh \
		nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin > "$root/etc/passwd"
	printf '%s\n' root:x:0: tty:x:5: disk:x:6: lp:x:7: kmem:x:15: dialout:x:20: cdrom:x:24: \
		tape:x:26: audio:x:29: video:x:44: input:x:101: kvm:x:102: render:x:103: sgx:x:104: \
		nogroup:x:65534: > "$root/etc/group"
	printf 'passwd: files\ngroup: files\nhosts: files\n' > "$root/etc/nsswitch.conf"
	printf 'root:*:19000:0:99999:7:::\n' > "$root/etc/shadow"
	"${as_root[@]}" chroot "$root" /usr/sbin/ldconfig
	# The other rules cost seconds of boot.
	keep='50-udev-default|51-dlm|51-ocfs2|55-dm|56-lvm|60-persistent-storage-dm'
	keep="$keep|63-md-raid-arrays|82-gfs2-withdraw|95-dm-notify"
	for rule in "$root"/usr/lib/udev/rules.d/*; do
		[[ ! -e $rule || ${rule##*/} =~ ^($keep)\.rules$ ]] || rm "$rule"
	done
}

# squash TREE FILE [ARGUMENT...]: the tree as a disk
squash()
{
	mksquashfs "$1" "$2" -noappend -noI -noD -noF -noX -all-root -quiet -no-progress "${@:3}"
}
