#!/bin/bash
#
# run.sh
#		make bench: every benchmark of this directory, one after the other.
#
set -euo pipefail
cd "$(dirname "$0")"

status=0
for bench in *.sh; do
	[ "$bench" != run.sh ] || continue
	echo "== ${bench%.sh}"
	./"$bench" || status=1
done
exit $status
