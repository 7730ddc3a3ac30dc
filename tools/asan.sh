#!/bin/bash
#
# asan.sh
#		make check-asan: every test, with crimeml built for gcc's address and
#		undefined-behaviour sanitizers.
#
# Works in a copy of the checkout and of PostgreSQL's directories, whose server
# is started with the sanitizer's library.  Fails where a test does, or where a sanitizer spoke.
#
set -euo pipefail
cd "$(dirname "$0")/.."

unset MAKEFLAGS
pg_config=$(tools/setup.sh)
dir=$(mktemp -d /tmp/crimeml-asan.XXXXXX)
trap 'rm -rf "$dir"' EXIT
chmod 755 "$dir"
mkdir "$dir/said"
chmod 1777 "$dir/said"

private=$(tools/private.sh "$pg_config" "$dir")
bin=${private%/*}
mv "$bin/postgres" "$bin/postgres-itself"

# The sanitizer starts at the first malloc(), and asks for translations then:
# it hangs where that is within bindtextdomain(), called by some library's
# constructor.  So there is a constructor that comes before all others.
echo '#include <stdlib.h>
__attribute__((constructor)) static void first(void) { free(malloc(1)); }' >"$dir/first.c"
gcc -shared -fPIC -Wl,-z,initfirst -o "$dir/first.so" "$dir/first.c"
cat >"$bin/postgres" <<END
#!/bin/sh
options=log_path=$dir/said/report:detect_odr_violation=0:handle_segv=0
LD_PRELOAD=$(gcc -print-file-name=libasan.so):$dir/first.so \\
ASAN_OPTIONS=\$options:detect_leaks=0:abort_on_error=1 UBSAN_OPTIONS=\$options:print_stacktrace=1 \\
exec $bin/postgres-itself "\$@"
END
chmod 755 "$bin/postgres"

# a sanitized server is slow, and tests of speed allow for it
status=0
COPT="-fsanitize=address,undefined -fno-omit-frame-pointer -include $dir/crimeml/tools/asan.h" \
	CRIMEML_SLOW=10 PG_CONFIG=$private PATH=$bin:$PATH \
	"$dir/crimeml/tools/check.sh" || status=1
if [ -n "$(ls -A "$dir/said")" ]; then
	cat "$dir"/said/* >&2
	echo "the sanitizers found errors" >&2
	status=1
fi
exit $status
