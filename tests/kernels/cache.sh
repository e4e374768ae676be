# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The cache of guest kernels and roots, outside the clone: sourced by the scripts beside it.
#
# A product lives in $DLM_CACHE/<kind>/<key>/, where the key is a hash over everything it is made
# from. It is made in place and counts only once its file ".done" is there; a product that has no
# such file is thrown away and made anew.
#
# DLM_CACHE    where the products are kept (default: ~/.cache/dlm)
# DLM_PKG_DIR  optional: a directory with .deb files that need no download

DLM_CACHE=${DLM_CACHE:-$HOME/.cache/dlm}

die()
{
	echo "${0##*/}: $*" >&2
	exit 1
}

note()
{
	echo "${0##*/}: $*" >&2
}

# cache_key WORD... -- FILE...: a short hash over the words and the contents of the files
cache_key()
{
	local words=()

	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	{ printf '%s\n' "${words[@]}"; cat -- "$@"; } | sha256sum | cut -c 1-16
}

# cache_lock KIND: one maker per kind at a time; held until the shell ends
cache_lock()
{
	mkdir -p "$DLM_CACHE/$1"
	exec 9> "$DLM_CACHE/$1/lock"
	flock 9
}

# package_version PACKAGE: the version that apt would install
package_version()
{
	local version

	version=$(apt-cache policy "$1" | sed -n 's/^ *Candidate: \([^( ].*\)$/\1/p')
	[ -n "$version" ] || die "package $1 is unknown to apt (apt-get update?)"
	echo "$version"
}

# package_find PACKAGE=VERSION: prints the path of its .deb if it is there
package_find()
{
	local stem=${1/=/_} dir file

	stem=${stem//:/%3a}
	for dir in ${DLM_PKG_DIR:+"$DLM_PKG_DIR"} "$DLM_CACHE/debs"; do
		for file in "$dir/$stem"_*.deb; do
			[ -s "$file" ] || continue
			echo "$file"
			return
		done
	done
	return 1
}

# packages_fetch PACKAGE=VERSION...: prints the paths of their .deb files, downloaded where needed
packages_fetch()
{
	local entry missing=()

	for entry; do
		package_find "$entry" > /dev/null || missing+=("$entry")
	done
	if [ ${#missing[@]} -gt 0 ]; then
		note "downloading ${#missing[@]} packages: ${missing[0]} ..."
		mkdir -p "$DLM_CACHE/debs"
		(cd "$DLM_CACHE/debs" &&
			apt-get -qq -o APT::Sandbox::User=root download "${missing[@]}" >&2) ||
			die "download failed"
	fi
	for entry; do
		package_find "$entry" || die "no package file for $entry"
	done
}

# cache_make DIR WHAT FUNCTION: calls it to fill the directory of a product, which is named by kind
# and key, unless the cache has it
cache_make()
{
	[ ! -e "$1/.done" ] || return 0
	cache_lock "$(basename "$(dirname "$1")")"
	[ ! -e "$1/.done" ] || return 0
	note "making $2 in $1"
	rm -rf "$1"
	mkdir -p "$1"
	"$3" > "$1/make.log" 9>&- &
	wait $! || die "failed, see $1/make.log and the lines above"
	touch "$1/.done"
}
