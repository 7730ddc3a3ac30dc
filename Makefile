# crimeml: crime analysis inside PostgreSQL.
#
#   make, make install, make installcheck   for a server that runs already
#   make demo, make check                   from a bare Debian: see README.md
#   make mutate, make bench                 faults put in, and the peers, by hand

EXTENSION = crimeml crimeml_raster
EXTVERSION = 1.0.0
MODULE_big = crimeml
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c src/*/*.c)))
ALL_H = $(wildcard src/*.h src/*/*.h)

# One script a folder of src/, in the order in which they need each other.
SQL_PARTS = $(patsubst %,sql/%.sql,base data model forecast cluster grid draw)
SQL_SCRIPT = sql/crimeml--$(EXTVERSION).sql
DATA_built = $(SQL_SCRIPT)
DATA = sql/crimeml_raster--$(EXTVERSION).sql
EXTRA_CLEAN = $(SQL_SCRIPT)

REGRESS = $(sort $(patsubst test/sql/%.sql,%,$(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test --load-extension=postgis --load-extension=crimeml

# -ffp-contract=off: one release gives one model, whatever the compiler.
PG_CFLAGS = -fvisibility=hidden -ffp-contract=off -Wall -Wextra -Wno-unused-parameter \
	-Wno-sign-compare -Wno-missing-field-initializers
PG_CPPFLAGS = -I$(srcdir)/src -DCRIMEML_VERSION='"$(EXTVERSION)"' $(shell pkg-config --cflags cairo gsl zlib)
SHLIB_LINK = $(shell pkg-config --libs cairo gsl zlib) -lcsv -lm

ifneq ($(filter demo check check-asan mutate bench,$(MAKECMDGOALS)),)

# These find PostgreSQL by themselves, and install it where it is missing.
ifneq ($(filter-out demo check check-asan mutate bench,$(MAKECMDGOALS)),)
$(error make demo, make check, make check-asan, make mutate and make bench each stand alone)
endif
.PHONY: demo check check-asan mutate bench
demo check:
	@tools/$@.sh
check-asan:
	@tools/asan.sh
mutate:
	@tools/mutate.sh
bench:
	@test/bench/run.sh

else

PG_CONFIG ?= pg_config

PGXS := $(shell $(PG_CONFIG) --pgxs)
# Bitcode would double the build and inline nothing that matters here.
override with_llvm := no
srcdir = .
include $(PGXS)

# Objects built for another PostgreSQL are built anew.
BUILT_FOR = .built-for-$(MAJORVERSION)
EXTRA_CLEAN += .built-for-*
$(BUILT_FOR):
	rm -f .built-for-*
	touch $@

$(OBJS): $(ALL_H) $(BUILT_FOR)

# One source, two dimensions and three.
src/cluster/kdtree3.o: src/cluster/kdtree.c

# Loops over cells, pixels, points and terms of series, which -O2 leaves as they are in some compilers.
src/stat/plain_math.o src/stat/vectors.o src/learn/design.o src/learn/glm.o src/learn/logistic.o src/learn/normal_equations.o src/learn/shap_walk.o src/grid/kde.o src/grid/gi_star.o src/draw/png.o: CFLAGS += -O3

# Limits within loops become minima and maxima only where no flag of the processor counts.
src/forecast/lstm_net.o: CFLAGS += -O3 -fno-trapping-math

$(SQL_SCRIPT): $(SQL_PARTS)
	cat $^ > $@

endif
