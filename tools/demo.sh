#!/bin/bash
#
# demo.sh
#		make demo: set up, then the whole job on a simulated city, or on the file
#		that DATA names, with MAP for its columns and WHERE to choose rows of it.
#		The results are in demo/.
#
# PSQL=1 opens psql on the demo's database before its server goes.
#
set -euo pipefail
cd "$(dirname "$0")/.."

die() { echo "crimeml: $*" >&2; exit 1; }

query()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 -v SHOW_CONTEXT=never "$@"
}

if [ "${1:-}" != --beside-server ]; then
	for file in "${DATA:-}" "${MAP:-}"; do
		if [ -n "$file" ] && [ ! -f "$file" -o ! -r "$file" ]; then
			die "cannot read $file"
		fi
	done
	[ -z "${MAP:-}" ] || [ -n "${DATA:-}" ] || die "MAP=$MAP needs DATA=, the file that it is for"
	[ -z "${WHERE:-}" ] || [ -n "${DATA:-}" ] || die "WHERE=$WHERE needs DATA=, the file that it is for"
	unset MAKEFLAGS
	pg_config=$(tools/setup.sh)
	tools/build.sh "$pg_config"
	exec tools/server.sh "$pg_config" "$0" --beside-server
fi

map=$([ -z "${MAP:-}" ] || cat "$MAP")
mkdir -p demo
rm -f demo/report.html demo/heatmap.png demo/hotspots.csv demo/predictions.csv
query -c "SET client_min_messages = warning" -c "CREATE DATABASE demo"
export PGDATABASE=demo
export PGOPTIONS="-c client_min_messages=warning"
query -c "CREATE EXTENSION crimeml CASCADE"

if [ -n "${DATA:-}" ]; then
	title=$(basename "$DATA")
	echo "crimeml demo: $title"
	cp "$DATA" "$SERVER_FILES/data"
	{ gzip -cdf <"$DATA" || true; } 2>/dev/null | head -n 5001 >"$SERVER_FILES/sample" || true
	chmod a+r "$SERVER_FILES"/*
	cat tools/map.sql tools/load.sql tools/demo.sql | query -v title="$title" \
		-v file="$SERVER_FILES/data" -v sample="$SERVER_FILES/sample" -v where="${WHERE:-}" \
		-v map="$map"
else
	title="Simulated city"
	echo "crimeml demo: a simulated city"
	cat tools/city.sql tools/demo.sql | query -v title="$title"
fi

cat <<END
Look further with psql: make demo${DATA:+ DATA=$(printf %q "$DATA")}${MAP:+ MAP=$(printf %q "$MAP")}${WHERE:+ WHERE=$(printf %q "$WHERE")} PSQL=1
In a database of yours: psql -d DATABASE -c 'CREATE EXTENSION crimeml CASCADE'
END
if [ -n "${PSQL:-}" ]; then
	psql -X -v ON_ERROR_STOP="$([ -t 0 ] && echo 0 || echo 1)"
fi
