#!/bin/bash
#
# mutate.sh
#		make mutate: put each fault of test/faults.txt into the sources, and say
#		which ones no test finds.
#
# MUTATE=PATTERN takes the faults whose file, note or text the Perl pattern
# matches; MUTATE_JOBS=N works on N at a time (2); MUTATE_STATE=FILE keeps there
# which test reaches which line and what became of each fault, also when the run
# is interrupted: the next one on the same sources goes on from there, and tries
# again what survived when tests were changed.
#
# Works in copies of the checkout and of PostgreSQL's directories.  A server may
# not be root's: as root all of it runs as postgres.
#
set -euo pipefail
cd "$(dirname "$0")/.."

unset MAKEFLAGS
jobs=${MUTATE_JOBS:-2}
pg_config=$(tools/setup.sh)
dir=$(mktemp -d /tmp/crimeml-mutate.XXXXXX)

command=
finish()
{
	if [ -n "$command" ] && kill -TERM "$command" 2>/dev/null; then
		wait "$command" || true
	fi
	if [ -n "${state:-}" ] && [ -s "$dir/state" ]; then
		cp "$dir/state" "$state"
	fi
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
chmod 755 "$dir"

for ((job = 1; job <= jobs; job++)); do
	mkdir "$dir/$job"
	tools/private.sh "$pg_config" "$dir/$job" >"$dir/$job/pg_config"
done
state=${MUTATE_STATE:-}
if [ -n "$state" ] && [ -r "$state" ]; then
	cp "$state" "$dir/state"
fi
run=()
if [ "$(id -u)" = 0 ]; then
	chown -R postgres "$dir"
	# unlike runuser it is no process of its own, and signals arrive
	run=(setpriv --reuid=postgres --regid=postgres --init-groups env HOME="$dir")
fi
pattern=${MUTATE:-}
unset MUTATE MUTATE_JOBS MUTATE_STATE
cd "$dir/1/crimeml"
# Bash lets a signal wait for a command in the foreground, so it is not there.
"${run[@]}" tools/mutate.pl "$dir" "$jobs" "$pattern" &
command=$!
status=0
wait "$command" || status=$?
command=
exit "$status"
