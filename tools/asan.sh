#!/bin/bash
#
# asan.sh
#		make check-asan: every test, with crimeml built for gcc's address and
#		undefined-behaviour sanitizers.
#
# Works in a copy of the checkout and of PostgreSQL's directories, which finds
# its files from where its programs lie; the server in it is started with the
# sanitizer's library.  Fails where a test does, or where a sanitizer spoke.
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

for kind in bindir pkglibdir sharedir; do
	from=$("$pg_config" --$kind)
	mkdir -p "$dir/pg/${from%/*}"
	[ -e "$dir/pg/$from" ] || cp -r "$from" "$dir/pg/$from"
done
from=$("$pg_config" --includedir-server)
mkdir -p "$dir/pg/${from%/*}"
ln -s "$from" "$dir/pg/$from"

bin=$dir/pg/$("$pg_config" --bindir)
bin=${bin//\/\///}
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

mkdir "$dir/crimeml"
tar -c --exclude=.git --exclude='*.o' --exclude='*.so' --exclude='.built-for-*' . | tar -x -C "$dir/crimeml"
[ ! -d ../shared ] || ln -s "$(realpath ../shared)" "$dir/shared"

# a sanitized server is slow, and tests of speed allow for it
status=0
COPT="-fsanitize=address,undefined -fno-omit-frame-pointer -include $dir/crimeml/tools/asan.h" \
	CRIMEML_SLOW=10 PG_CONFIG=$bin/pg_config PATH=$bin:$PATH \
	"$dir/crimeml/tools/check.sh" || status=1
if [ -n "$(ls -A "$dir/said")" ]; then
	cat "$dir"/said/* >&2
	echo "the sanitizers found errors" >&2
	status=1
fi
exit $status
