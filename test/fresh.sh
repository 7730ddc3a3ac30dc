#!/bin/bash
#
# fresh.sh [-k DIRECTORY] [SUITE...]
#		Run the README's commands on bare Debian systems, as a reader would.
#
# For each suite (bookworm and trixie unless given), debootstrap makes a system
# of the essential packages; in one copy root, in another a user with sudo runs
# the commands from the README's first two blocks of shell, twice in a row.
# After each run no process may be left, and no file but in the checkout and in
# the directories of packages and of PostgreSQL.  Needs root and debootstrap;
# takes the mirror that this machine's apt uses.  -k keeps the base systems and
# the packages fetched, to be quick the next time.
#
set -euo pipefail
cd "$(dirname "$0")/.."

# Mounts are made in a name space of our own and go with it.
if [ -z "${FRESH_INSIDE:-}" ]; then
	[ "$(id -u)" = 0 ] || { echo "fresh.sh needs root" >&2; exit 1; }
	FRESH_INSIDE=1 exec unshare -m --propagation private "$0" "$@"
fi

# What is mounted below our directory, innermost first.
unmount()
{
	awk -v top="$work/" 'index($2, top) == 1 {print $2}' /proc/self/mounts | tac | xargs -r umount -l
}

work=$(mktemp -d "${TMPDIR:-/tmp}/fresh.XXXXXX")
trap 'unmount; rm -rf --one-file-system "$work"' EXIT
trap 'exit 130' INT TERM HUP
keep=$work/keep
if [ "${1:-}" = -k ]; then
	keep=$2
	shift 2
fi
suites=("$@")
[ $# -gt 0 ] || suites=(bookworm trixie)
mirror=$(find /etc/apt -name debian.sources -o -name sources.list | xargs cat |
	awk '$1 == "URIs:" {print $2} $1 == "deb" {print $(substr($2, 1, 1) == "[" ? 4 : 2)}' | head -n 1)
[ -n "$mirror" ] || { echo "fresh.sh: no mirror in /etc/apt" >&2; exit 1; }
git archive HEAD >"$work/checkout.tar"
failures=0

fail()
{
	echo "FAILED: $*"
	failures=$((failures + 1))
}

# The README's n-th block of shell.
readme_block()
{
	awk -v n="$1" '/^```sh$/ {k++; on = (k == n); next} /^```/ {on = 0} on' README.md
}

base_system()
{
	local suite=$1 debs=$keep/$1.debs

	mkdir -p "$keep" "$debs"
	if [ ! -d "$keep/$suite" ]; then
		debootstrap --variant=minbase --cache-dir="$(realpath "$debs")" "$suite" \
			"$keep/$suite.new" "$mirror" >"$work/debootstrap.log" ||
			{ cat "$work/debootstrap.log"; return 1; }
		mv "$keep/$suite.new" "$keep/$suite"
	fi
}

# A copy of the base system at $tree, with what a running machine has mounted.
boot()
{
	cp -a --reflink=auto "$keep/$1" "$tree"
	cp /etc/resolv.conf "$tree/etc/resolv.conf"
	echo force-unsafe-io >"$tree/etc/dpkg/dpkg.cfg.d/fresh"
	mount -t proc proc "$tree/proc"
	mount --rbind /dev "$tree/dev"
	mount -t tmpfs -o size=64m,mode=1777 tmpfs "$tree/dev/shm"
	mkdir -p "$keep/$1.debs"
	mount --bind "$keep/$1.debs" "$tree/var/cache/apt/archives"
}

inside()
{
	chroot "$tree" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		TERM=dumb HOME=/root "$@" </dev/null
}

# Every file with size and time, but for what lives elsewhere or is the checkout.
files()
{
	(cd "$tree" && find . \( -path ./proc -o -path ./dev -o -path ./sys \
		-o -path ./var/cache/apt -o -path ./var/lib/apt -o -path ./var/log \
		-o -path ./run/sudo -o -path "./$home/crimeml" \) -prune -o \
		! -type d -printf '%p %s %T@\n' | sort)
}

# Where packages put nothing: files there would be ours.
private_files()
{
	files | grep -E '^\./(tmp|var/tmp|home|root|opt|srv|usr/local|run|etc/postgresql|var/lib/postgresql)/' || true
}

# No process may have the system as its root, and no package's server may run.
check_processes()
{
	local process left=

	for process in /proc/[0-9]*; do
		if [ "$(readlink "$process/root")" = "$tree" ]; then
			left="$left $(tr '\0' ' ' <"$process/cmdline")"
		fi
	done
	[ -z "$left" ] || fail "$1: processes left:$left"
}

check_demo()
{
	local demo=$tree/$home/crimeml/demo file

	for file in report.html heatmap.png hotspots.csv predictions.csv; do
		[ -s "$demo/$file" ] || fail "$1: no demo/$file"
	done
	perl test/valid.pl "$demo/report.html" "$demo/heatmap.png" || fail "$1: a file is not valid"
}

# One machine, one user: the README's block, twice.
try()
{
	local suite=$1 user=$2 block name run before

	name="$suite as $user"
	tree=$work/$suite-$user
	boot "$suite"
	if [ "$user" = root ]; then
		home=root
		block=$(readme_block 1)
	else
		home=home/$user
		block=$(readme_block 2)
		inside apt-get update -q >/dev/null
		inside env DEBIAN_FRONTEND=noninteractive apt-get install -y -q sudo adduser >/dev/null 2>&1
		inside useradd -m -s /bin/bash "$user"
		echo "$user ALL=(ALL) NOPASSWD: ALL" >"$tree/etc/sudoers.d/$user"
	fi
	mkdir "$tree/$home/crimeml"
	tar -C "$tree/$home/crimeml" -xf "$work/checkout.tar"
	inside chown -R "$user" "/$home/crimeml"
	for run in 1 2; do
		echo "== $name, run $run"
		echo "$block"
		[ "$run" = 1 ] && before=$(private_files) || before=$(files)
		inside su - "$user" -c "set -e; cd crimeml; $block" 2>&1 | tee "$work/log" |
			grep -vE '^(Get|Hit|Selecting|Preparing|Unpacking|Setting up|Processing|\(Reading)' ||
			fail "$name: run $run ended with an error"
		grep -qE '^[1-9][0-9]* passed, 0 failed$' "$work/log" || fail "$name: run $run: tests failed"
		if [ "$run" = 1 ]; then
			private_files | diff <(echo "$before") - | grep '^[<>] \.' &&
				fail "$name: run $run left files"
		else
			files | grep -vE '^\./usr/(lib|share)/postgresql/' |
				diff <(echo "$before" | grep -vE '^\./usr/(lib|share)/postgresql/') - |
				grep '^[<>] \.' && fail "$name: run $run changed files"
		fi
		check_processes "$name, run $run"
		check_demo "$name, run $run"
	done
	unmount
	rm -rf --one-file-system "$tree"
}

for suite in "${suites[@]}"; do
	base_system "$suite"
	try "$suite" root
	try "$suite" analyst
done
[ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
echo "the README's commands work on: ${suites[*]}, as root and as a user with sudo, twice"
