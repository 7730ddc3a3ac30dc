#!/bin/bash
#
# build.sh PG_CONFIG
#		Build crimeml for one PostgreSQL, and install it where that differs
#		from what is installed: with sudo where its directories ask for it.
#
set -euo pipefail

pg_config=$1
library=$("$pg_config" --pkglibdir)
extension=$("$pg_config" --sharedir)/extension

# The flags of a make around this one are not meant for the build.
export MAKEFLAGS=

same()
{
	local script

	for script in sql/crimeml*--*.sql crimeml*.control; do
		cmp -s "$script" "$extension/${script##*/}" || return 1
	done
	cmp -s crimeml.so "$library/crimeml.so"
}

make -s -j"$(nproc)" PG_CONFIG="$pg_config" all
if ! same; then
	if [ -w "$library" ] && [ -w "$extension" ]; then
		make -s PG_CONFIG="$pg_config" install
	elif command -v sudo >/dev/null; then
		sudo make -s PG_CONFIG="$pg_config" install
	else
		echo "crimeml: cannot write to $library, and there is no sudo: run this as root" >&2
		exit 1
	fi
fi
