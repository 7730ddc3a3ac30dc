/*
 * crimeml.c
 *		Loading of the library: settings, and the helpers of crimeml.h.
 */
#include "crimeml.h"

#include <gsl/gsl_errno.h>
#include <math.h>

#include "utils/guc.h"

PG_MODULE_MAGIC;

int			crimeml_memory_limit = 2 * 1024 * 1024;
int			crimeml_model_cache = 256 * 1024;
int			crimeml_progress_interval = 10;

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	DefineCustomIntVariable("crimeml.memory_limit",
							"Memory that one piece of work of crimeml may take.",
							"Work that needs more stops with an error that says what to lower.",
							&crimeml_memory_limit,
							2 * 1024 * 1024, 1024, INT_MAX,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("crimeml.model_cache",
							"Memory for decoded models that a session keeps, besides the last one used.",
							NULL,
							&crimeml_model_cache,
							256 * 1024, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_KB, NULL, NULL, NULL);
	DefineCustomIntVariable("crimeml.progress_interval",
							"Seconds between messages on the progress of long work; 0 means none.",
							NULL,
							&crimeml_progress_interval,
							10, 0, 86400,
							PGC_USERSET, GUC_UNIT_S, NULL, NULL, NULL);
	MarkGUCPrefixReserved("crimeml");

	/* its default handler aborts the server; status codes are checked */
	gsl_set_error_handler_off();
}

/* Zeroed memory for n elements; huge blocks are allowed. */
void *
crimeml_alloc(MemoryContext context, Size n, Size size)
{
	Size		bytes = mul_size(n, size);
	char	   *block;

	if (bytes <= CRIMEML_BLOCK)
		return MemoryContextAllocZero(context, bytes);
	/* the first touch of so much memory takes its time */
	block = MemoryContextAllocHuge(context, bytes);
	for (Size at = 0; at < bytes; at += CRIMEML_BLOCK)
	{
		CHECK_FOR_INTERRUPTS();
		memset(block + at, 0, Min(CRIMEML_BLOCK, bytes - at));
	}
	return block;
}

void *
crimeml_alloc_raw(MemoryContext context, Size n, Size size)
{
	return MemoryContextAllocHuge(context, mul_size(n, size));
}

/*
 * realloc() of the C library moves a block beyond MAPPED_BYTES by its page table,
 * but may copy a smaller one, all in one go.
 */
#define MAPPED_BYTES ((Size) 32 * 1024 * 1024)

void *
crimeml_realloc(void *block, Size used, Size n, Size size)
{
	Size		bytes = mul_size(used, size);
	void	   *grown;

	if (bytes <= CRIMEML_BLOCK || bytes > MAPPED_BYTES)
		return repalloc_huge(block, mul_size(n, size));
	grown = crimeml_alloc_raw(GetMemoryChunkContext(block), n, size);
	crimeml_copy(grown, block, bytes);
	pfree(block);
	return grown;
}

void
crimeml_copy(void *to, const void *from, Size bytes)
{
	for (Size at = 0; at < bytes; at += CRIMEML_BLOCK)
	{
		CHECK_FOR_INTERRUPTS();
		memcpy((char *) to + at, (const char *) from + at, Min(CRIMEML_BLOCK, bytes - at));
	}
}

void
crimeml_check_memory(Size bytes, const char *what, const char *lower)
{
	if (bytes / 1024 > (Size) crimeml_memory_limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 crimeml_memory_limit < 10 * 1024 ?
				 errmsg("%s would need %zu kB, above crimeml.memory_limit (%d kB)",
						what, bytes / 1024, crimeml_memory_limit) :
				 errmsg("%s would need %zu MB, above crimeml.memory_limit (%d MB)",
						what, (bytes - 1) / (1024 * 1024) + 1, crimeml_memory_limit / 1024),
				 errhint("Lower %s, or raise crimeml.memory_limit.", lower)));
}

void
progress_start(Progress *progress, const char *what, int64 total)
{
	progress->what = what;
	progress->total = total;
	progress->start = progress->last = GetCurrentTimestamp();
}

void
progress_step(Progress *progress, int64 done)
{
	TimestampTz now;
	double		elapsed;

	CHECK_FOR_INTERRUPTS();
	if (crimeml_progress_interval == 0)
		return;
	now = GetCurrentTimestamp();
	if (!TimestampDifferenceExceeds(progress->last, now,
									crimeml_progress_interval * 1000))
		return;
	progress->last = now;
	elapsed = (now - progress->start) / 1e6;
	if (progress->total > 0 && done > 0)
		ereport(INFO,
				(errmsg("%s: %lld of %lld, about %.0f s left", progress->what,
						(long long) done, (long long) progress->total,
						elapsed * (progress->total - done) / done)));
	else
		ereport(INFO,
				(errmsg("%s: %lld, %.0f s so far", progress->what,
						(long long) done, elapsed)));
}

void
random_seed(Random *random, uint64 seed, uint64 item)
{
	uint64		z = crimeml_mix64(seed) ^ crimeml_mix64(~item);

	for (int i = 0; i < 4; i++)
		random->s[i] = z = crimeml_mix64(z);
}

static inline uint64
rotate_left(uint64 x, int k)
{
	return (x << k) | (x >> (64 - k));
}

uint64
random_next(Random *random)
{
	uint64	   *s = random->s;
	uint64		result = rotate_left(s[1] * 5, 7) * 9;
	uint64		t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

double
random_uniform(Random *random)
{
	return (random_next(random) >> 11) * 0x1.0p-53;
}

/* Lemire's multiplication, rejecting the few values that would be biased. */
uint32
random_below(Random *random, uint32 n)
{
	uint64		m = (random_next(random) >> 32) * (uint64) n;

	if ((uint32) m < n)
	{
		uint32		threshold = -n % n;

		while ((uint32) m < threshold)
			m = (random_next(random) >> 32) * (uint64) n;
	}
	return m >> 32;
}

/* Marsaglia's polar method; the second number is given up for simplicity. */
double
random_normal(Random *random)
{
	double		u,
				v,
				s;

	do
	{
		u = 2 * random_uniform(random) - 1;
		v = 2 * random_uniform(random) - 1;
		s = u * u + v * v;
	} while (s >= 1 || s == 0);
	return u * sqrt(-2 * log(s) / s);
}
