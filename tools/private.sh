#!/bin/bash
#
# private.sh PG_CONFIG DIRECTORY
#		Copy PostgreSQL's directories and the checkout, for a build that must not
#		be seen elsewhere.
#
# PostgreSQL finds its files from where its programs lie, so the copy in
# DIRECTORY/pg is complete in itself; the checkout's is DIRECTORY/crimeml, with
# ../shared beside it where that exists.  Prints the pg_config of the copy.
#
set -euo pipefail
cd "$(dirname "$0")/.."

pg_config=$1
dir=$2
for kind in bindir pkglibdir sharedir; do
	from=$("$pg_config" --$kind)
	mkdir -p "$dir/pg/${from%/*}"
	[ -e "$dir/pg/$from" ] || cp -r "$from" "$dir/pg/$from"
done
from=$("$pg_config" --includedir-server)
mkdir -p "$dir/pg/${from%/*}"
ln -s "$from" "$dir/pg/$from"

mkdir "$dir/crimeml"
tar -c --exclude=.git --exclude='*.o' --exclude='*.so' --exclude='.built-for-*' . | tar -x -C "$dir/crimeml"
[ ! -d ../shared ] || ln -s "$(realpath ../shared)" "$dir/shared"

bin=$dir/pg/$("$pg_config" --bindir)
echo "${bin//\/\///}/pg_config"
