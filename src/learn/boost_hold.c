/*
 * boost_hold.c
 *		Which rows are kept back to see when boosting is to stop.
 */
#include "learn/boost.h"

#include <math.h>

/* Keep rows for validation, drawn by the seed; the answer is how many. */
static int64
hold_drawn(const LearnData *data, double share, uint64 seed, bool *held)
{
	int64		rows = data->rows;
	int64		wanted = (int64) rint(rows * share);
	int64		left = wanted;
	Random		random;

	random_seed(&random, seed, PG_UINT64_MAX);
	/* selection sampling (Knuth 3.4.2, algorithm S) */
	for (int64 i = 0; i < rows && left > 0; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (random_uniform(&random) * (rows - i) < left)
		{
			held[i] = true;
			left--;
		}
	}
	return wanted;
}

#define ST_SORT sort_times
#define ST_ELEMENT_TYPE double
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Keep the latest rows for validation; the answer is how many, 0 where times
 * do not tell rows apart.  Rows of one time stay together, on the side where
 * their number is nearer to what is wanted.
 */
static int64
hold_latest(const LearnData *data, double share, bool *held)
{
	double	   *time = scratch_array(double, data->rows);
	int64		known = 0;
	int64		from;
	int64		to;
	int64		n = 0;
	double		first;

	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (!isnan(data->time[i]))
			time[known++] = data->time[i];
	}
	sort_times(time, known);
	from = to = known - Min(known, (int64) rint(data->rows * share));
	if (from >= known)
		return 0;
	while (from > 0 && time[from - 1] == time[to])
		from--;
	first = time[to];
	while (to < known && time[to] == first)
		to++;
	if (from == 0 || known - from > 2 * rint(data->rows * share))
	{
		if (to == known)
			return 0;
		first = time[to];
	}
	pfree(time);
	for (int64 i = 0; i < data->rows; i++)
	{
		held[i] = data->time[data->order[i]] >= first;
		n += held[i];
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return n;
}

int64
boost_hold(const LearnData *data, double share, uint64 seed, bool *held, bool *by_time)
{
	int64		n = data->time != NULL ? hold_latest(data, share, held) : 0;

	*by_time = n > 0;
	return n > 0 ? n : hold_drawn(data, share, seed, held);
}
