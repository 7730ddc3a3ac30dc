#!/bin/bash
#
# check.sh
#		make check: set up, then pg_regress and the TAP tests, and a last line
#		that says how many passed and failed.
#
set -euo pipefail
cd "$(dirname "$0")/.."

# The TAP tests of the patterns, so many at a time.  They start servers of their
# own, which root may not: as root they run as postgres, in a copy with ../shared
# beside it where that exists.
run_tap()
{
	local goal=(make -s PG_CONFIG="$1" installcheck REGRESS= TAP_TESTS=1
				PROVE_FLAGS="-j$2" PROVE_TESTS="$3")
	local copy=$SERVER_FILES/tap/crimeml

	if [ "$(id -u)" != 0 ]; then
		"${goal[@]}"
		return
	fi
	if [ -d "$copy" ]; then
		(cd "$copy" && runuser -u postgres -- env HOME="$copy" "${goal[@]}")
		return
	fi
	mkdir -p "$copy"
	cp -r Makefile README.md docs sql test "$copy"
	chown -R postgres "$copy"
	if [ -d ../shared ]; then
		if runuser -u postgres -- test -r "$(realpath ../shared)/data"; then
			ln -s "$(realpath ../shared)" "$copy/../shared"
		else
			cp -r ../shared "$copy/../shared"
			chmod -R a+rX "$copy/../shared"
		fi
	fi
	(cd "$copy" && runuser -u postgres -- env HOME="$copy" "${goal[@]}")
}

# What the tests print, counted: "test x ... ok" is pg_regress up to 15,
# "ok 1 - x" the later ones; prove counts by itself.
count_regress()
{
	passed=$(grep -cE '^(ok [0-9]+ +[-+] |(test| +)[^.]*\.\.\. ok )' "$1" || true)
	failed=$(grep -cE '^(not ok [0-9]+ +[-+] |(test| +)[^.]*\.\.\. FAILED)' "$1" || true)
}

count_tap()
{
	local total bad

	total=$(sed -n 's/^Files=[0-9]*, Tests=\([0-9]*\),.*/\1/p' "$1" | awk '{n += $1} END {print n + 0}')
	bad=$(sed -n 's/.*(Wstat: .* Failed: \([0-9]*\)).*/\1/p' "$1" | awk '{n += $1} END {print n + 0}')
	passed=$((passed + total - bad))
	failed=$((failed + bad))
}

if [ "${1:-}" != --beside-server ]; then
	unset MAKEFLAGS
	pg_config=$(tools/setup.sh)
	tools/build.sh "$pg_config"
	exec tools/server.sh "$pg_config" "$0" --beside-server "$pg_config"
fi

pg_config=$2
out=$SERVER_FILES
failures=0

make -s PG_CONFIG="$pg_config" installcheck 2>&1 | tee "$out/regress.out" || failures=1
if [ "$failures" != 0 ] && [ -s regression.diffs ]; then
	cat regression.diffs
fi
count_regress "$out/regress.out"

# those that measure time or memory run alone, the others in pairs
{
	run_tap "$pg_config" 1 'test/t/005*.pl test/t/02[02679]*.pl' || touch "$out/tap.failed"
	run_tap "$pg_config" 2 'test/t/00[!5]*.pl test/t/02[!02679]*.pl test/t/0[14]*.pl' || touch "$out/tap.failed"
} 2>&1 | tee "$out/tap.out"
[ ! -e "$out/tap.failed" ] || failures=1
count_tap "$out/tap.out"

# A test program that dies fails no test of its own, and is a failure.
if [ "$failures" != 0 ] && [ "$failed" = 0 ]; then
	failed=1
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$failures" = 0 ]
