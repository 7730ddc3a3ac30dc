#!/bin/bash
#
# setup.sh
#		Install what crimeml takes to build and to run, where it is missing.
#
# Debian 12 and 13, as root or as a user with sudo.  Prints the pg_config to
# build with: the one of the release's PostgreSQL, or the PG_CONFIG given.
#
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

say() { echo "crimeml: $*" >&2; }
die() { say "$@"; exit 1; }

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# Those of the packages given that are not installed.
missing()
{
	local package

	for package in "$@"; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
			echo "$package"
	done
}

# What apt has to say is of interest when it fails only.
quietly()
{
	local log

	log=$(mktemp)
	if ! as_root "$@" >"$log" 2>&1 </dev/null; then
		cat "$log" >&2
		rm -f "$log"
		die "\"$*\" failed"
	fi
	rm -f "$log"
}

install_packages()
{
	quietly env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
		--no-install-recommends -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@"
}

# A server package starts a server of its own unless told not to.  It is told
# for as long as the installation takes; clusters that exist stay as they are.
install_server()
{
	local conf=/etc/postgresql-common/createcluster.conf
	local kept

	install_packages postgresql-common
	kept=$(mktemp)
	cp "$conf" "$kept"
	trap 'as_root cp "$kept" "$conf"; rm -f "$kept"' EXIT
	as_root pg_conftool "$conf" set create_main_cluster false
	install_packages "$@"
	as_root cp "$kept" "$conf"
	rm -f "$kept"
	trap - EXIT
}

os=$( . /etc/os-release 2>/dev/null && echo "$ID ${VERSION_ID:-}" || true)
if [ -n "${PG_CONFIG:-}" ]; then
	command -v "$PG_CONFIG" >/dev/null || die "there is no PG_CONFIG=$PG_CONFIG"
	version=$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
else
	case $os in
		"debian 12") version=15 ;;
		"debian 13") version=17 ;;
		*) die "this is ${os:-no Linux that I know}, not Debian 12 or 13: install PostgreSQL with" \
			"its server headers, PostGIS, GSL, libcsv, cairo, zlib, pkg-config, gcc, make and" \
			"IPC::Run, then name its pg_config: make PG_CONFIG=..." ;;
	esac
	PG_CONFIG=/usr/lib/postgresql/$version/bin/pg_config
fi

if command -v dpkg-query >/dev/null; then
	packages=$(missing "postgresql-$version" "postgresql-$version-postgis-3" \
		"postgresql-server-dev-$version" gcc libc6-dev make pkg-config libgsl-dev libcsv-dev \
		libcairo2-dev zlib1g-dev fonts-dejavu-core libipc-run-perl gzip "$@")
	if [ -n "$packages" ]; then
		[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
			die "there is no sudo; as root, run: apt-get install" $packages
		say "installing" $packages "(this may take some minutes)"
		quietly apt-get update -q
		case $packages in
			*postgresql-$version*) install_server $packages ;;
			*) install_packages $packages ;;
		esac
	fi
fi
echo "$PG_CONFIG"
