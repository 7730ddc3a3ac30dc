#!/bin/bash
#
# mutate.sh
#		make mutate: put each fault of test/faults.txt into the sources, and say
#		which ones no test finds.
#
# MUTATE=PATTERN takes the faults whose file, note or text the Perl pattern
# matches; MUTATE_JOBS=N works on N at a time (2); MUTATE_COVERAGE=FILE keeps
# there which test reaches which line, for the next run on the same sources.
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
trap 'rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
chmod 755 "$dir"

for ((job = 1; job <= jobs; job++)); do
	mkdir "$dir/$job"
	tools/private.sh "$pg_config" "$dir/$job" >"$dir/$job/pg_config"
done
if [ -n "${MUTATE_COVERAGE:-}" ] && [ -r "$MUTATE_COVERAGE" ]; then
	cp "$MUTATE_COVERAGE" "$dir/coverage"
fi
run=()
if [ "$(id -u)" = 0 ]; then
	chown -R postgres "$dir"
	run=(runuser -u postgres -- env HOME="$dir")
fi
pattern=${MUTATE:-}
unset MUTATE MUTATE_JOBS
status=0
(cd "$dir/1/crimeml" && "${run[@]}" tools/mutate.pl "$dir" "$jobs" "$pattern") || status=$?
if [ -n "${MUTATE_COVERAGE:-}" ] && [ -s "$dir/coverage" ]; then
	cp "$dir/coverage" "$MUTATE_COVERAGE"
fi
exit "$status"
