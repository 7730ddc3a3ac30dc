/*
 * crimeml.h
 *		What every part of crimeml shares: version shims, settings, memory
 *		and error helpers.
 *
 * Differences between PostgreSQL versions live here and nowhere else.  A shim
 * defines the newer name on older servers, so callers read like current code.
 */
#ifndef CRIMEML_H
#define CRIMEML_H

#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "storage/buffile.h"
#include "storage/sharedfileset.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/*
 * The library is built with hidden symbols, as 16 does by itself: the server
 * loads libraries into one name space, and ours must not meet PostGIS's.
 */
#if PG_VERSION_NUM < 160000
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#undef PG_FUNCTION_INFO_V1
#define PG_FUNCTION_INFO_V1(funcname) \
extern PGDLLEXPORT Datum funcname(PG_FUNCTION_ARGS); \
extern PGDLLEXPORT const Pg_finfo_record *CppConcat(pg_finfo_, funcname) (void); \
const Pg_finfo_record * \
CppConcat(pg_finfo_, funcname) (void) \
{ \
	static const Pg_finfo_record my_finfo = {1}; \
	return &my_finfo; \
} \
extern int	no_such_variable
#endif

#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

#if PG_VERSION_NUM < 150000
#define MarkGUCPrefixReserved(prefix) EmitWarningsOnPlaceholders(prefix)
#define BufFileCreateFileSet(fileset, name) BufFileCreateShared((SharedFileSet *) (fileset), name)
#define BufFileOpenFileSet(fileset, name, mode, missing_ok) \
	BufFileOpenShared((SharedFileSet *) (fileset), name, mode)
#define BufFileExportFileSet(file) BufFileExportShared(file)
#define FileSetCreate(fileset, name) SharedFileSetCreate((SharedFileSet *) (fileset), name)
#define FileSetOpen(fileset, name, mode) SharedFileSetOpen((SharedFileSet *) (fileset), name, mode)
#define crimeml_fileset(sfs) (sfs)
#else
#define crimeml_fileset(sfs) (&(sfs)->fs)
#endif

#if PG_VERSION_NUM < 160000
/* a short read is an error from 16 on, by a function of this name */
#define BufFileReadExact(file, ptr, size) \
	do { \
		if (BufFileRead((file), (ptr), (size)) != (size)) \
			ereport(ERROR, \
					(errcode_for_file_access(), \
					 errmsg("could not read from temporary file: %m"))); \
	} while (0)

#define ereturn(context, dummy, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
	} while (0)
#endif

/* A whole number, 0 or more; beyond 2^53 float8 does not tell whole numbers apart. */
static inline bool
value_is_count(double value)
{
	return value >= 0 && value <= 9007199254740992.0 && value == rint(value);
}

/* Squares and sums of coordinates below it stay finite. */
#define COORDINATE_LIMIT 1e100

/* Settings; see crimeml.c for their meaning. */
extern int	crimeml_memory_limit;	/* kB */
extern int	crimeml_model_cache;	/* kB */
extern int	crimeml_progress_interval;	/* s */

/* ----------
 * Memory
 *
 * crimeml_alloc		n elements of the given size, zeroed, beyond 1 GB too
 * crimeml_alloc_raw	the same, for an owner who fills them: zeroing alone would
 *						take longer than a cancel may wait, at ten million rows
 * crimeml_realloc		a block with room for n elements, of which the first "used"
 *						are those of this one; the others are not zeroed
 * crimeml_copy			memcpy() that can be cancelled
 * crimeml_check_memory	error if the need is above crimeml.memory_limit
 *
 * "what" names the work ("training", "the grid"), "lower" the thing that the
 * user can lower ("option \"trees\"").
 * ----------
 */
extern void *crimeml_alloc(MemoryContext context, Size n, Size size);
extern void *crimeml_alloc_raw(MemoryContext context, Size n, Size size);
extern void *crimeml_realloc(void *block, Size used, Size n, Size size);
extern void crimeml_copy(void *to, const void *from, Size bytes);
extern void crimeml_check_memory(Size bytes, const char *what, const char *lower);

#define crimeml_array(type, n) \
	((type *) crimeml_alloc(CurrentMemoryContext, (n), sizeof(type)))
#define scratch_array(type, n) \
	((type *) crimeml_alloc_raw(CurrentMemoryContext, (n), sizeof(type)))

/*
 * Bytes that are worked on between two looks for interrupts; whole in base64.
 * Where a virtual machine gives memory page by page, the first touch of so many
 * takes 5 to 15 ms.
 */
#define CRIMEML_BLOCK ((Size) 3 * 512 * 1024)

/*
 * Loops that are compiled for wider registers too, one of which is taken when
 * the library is loaded.  Their elements are independent of each other, or
 * summed in lanes whatever the registers, and nothing is fused: the sums are
 * the same to the last bit.
 */
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE_LOOPS __attribute__((target_clones("avx2", "default")))
#else
#define WIDE_LOOPS
#endif

/* Rows of a plain loop between two looks for interrupts. */
#define CHECK_ROWS 65536

/*
 * The integer part of v, within low and high, which may be any number: a cast
 * is undefined where the integer does not hold it.  NaN is low.
 */
static inline int
crimeml_int_within(double v, int low, int high)
{
	return v > low ? v < high ? (int) v : high : low;
}

/*
 * Progress of long work.  progress_step() is the interrupt check of the loop
 * that calls it; every crimeml.progress_interval seconds it says as INFO what
 * is done, how far it is, and about how long is left.
 */
typedef struct Progress
{
	const char *what;
	int64		total;			/* 0: not known */
	TimestampTz start;
	TimestampTz last;
} Progress;

extern void progress_start(Progress *progress, const char *what, int64 total);
extern void progress_step(Progress *progress, int64 done);

/* A 64-bit finalizing mix (splitmix64), the base of every seeded stream. */
static inline uint64
crimeml_mix64(uint64 z)
{
	z += UINT64CONST(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64CONST(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64CONST(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/*
 * Random numbers: xoshiro256** (Blackman and Vigna 2018), one generator an
 * item (tree, start, fold), seeded by a hash of (seed, item), so that a result
 * does not depend on who computed the item or when.
 */
typedef struct Random
{
	uint64		s[4];
} Random;

extern void random_seed(Random *random, uint64 seed, uint64 item);
extern uint64 random_next(Random *random);
extern double random_uniform(Random *random);	/* [0, 1) */
extern uint32 random_below(Random *random, uint32 n);	/* 0 .. n-1, without bias */
extern double random_normal(Random *random);

#endif							/* CRIMEML_H */
