#!/bin/bash
#
# server.sh PG_CONFIG COMMAND...
#		Run a command beside a private server that lives no longer than it.
#
# The server listens on a socket in a directory of its own, which goes with it.
# As root it runs as postgres, who may not be able to read the checkout: what
# the server is to read goes to SERVER_FILES.  The command finds PGHOST,
# PGUSER and the other settings in its environment.
#
set -euo pipefail

bin=$("$1" --bindir)
shift
dir=$(mktemp -d "${TMPDIR:-/tmp}/crimeml.XXXXXX")
# a socket's path has some 100 bytes at most
if [ ${#dir} -gt 80 ]; then
	rmdir "$dir"
	dir=$(mktemp -d /tmp/crimeml.XXXXXX)
fi
command=

# Run a command as the owner of the server.
as_owner()
{
	if [ "$(id -u)" = 0 ]; then
		(cd / && runuser -u postgres -- "$@")
	else
		"$@"
	fi
}

# End a process of ours and those that it started.
end_tree()
{
	local child

	for child in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		end_tree "$child"
	done
	kill "$1" 2>/dev/null || true
}

# Stop the server by the process id in its own directory, and clean up.
finish()
{
	local status=$?

	trap '' INT TERM HUP
	if [ -n "$command" ] && kill -0 "$command" 2>/dev/null; then
		end_tree "$command"
	fi
	if [ -f "$dir/data/postmaster.pid" ]; then
		as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null || true
	fi
	[ -z "$command" ] || wait "$command" 2>/dev/null || true
	if [ "$status" != 0 ]; then
		grep -E 'PANIC|terminated by signal|TRAP:' "$dir/log" >&2 2>/dev/null || true
	fi
	rm -rf "$dir"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir "$dir/files"
if [ "$(id -u)" = 0 ]; then
	chown -R postgres "$dir"
fi
as_owner "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N \
	>"$dir/initdb.log" || { cat "$dir/initdb.log" >&2; exit 1; }
cat >>"$dir/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$dir'
fsync = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
END
as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 120 start >/dev/null ||
	{ cat "$dir/log" >&2; exit 1; }

unset PGSERVICE PGPASSWORD PGSSLMODE PGOPTIONS PGHOSTADDR PGTZ PGCLIENTENCODING
export PGHOST=$dir PGPORT=5432 PGUSER=postgres PGDATABASE=postgres PGAPPNAME=crimeml
export PATH=$bin:$PATH SERVER_FILES=$dir/files

# Bash lets a signal wait for a command in the foreground, so it is not there.
"$@" <&0 &
command=$!
status=0
wait "$command" || status=$?
exit "$status"
