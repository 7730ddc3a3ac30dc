/*
 * asan.h
 *		Read before every file of an instrumented build (see asan.sh): the
 *		blocks of memory contexts are kept so small that what takes more than
 *		128 bytes is a malloc() of its own, whose bounds are watched.
 */
#include "postgres.h"

#include "utils/memutils.h"

#undef ALLOCSET_DEFAULT_SIZES
#undef ALLOCSET_SMALL_SIZES
#define ALLOCSET_DEFAULT_SIZES	0, 1024, 1024
#define ALLOCSET_SMALL_SIZES	0, 1024, 1024
