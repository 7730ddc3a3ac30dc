/*
 * predictive.c
 *		The distribution of a value that is to come.
 */
#include "forecast/predictive.h"

#include <float.h>
#include <math.h>

#include "stat/distributions.h"
#include "stat/plain_math.h"

/* A mixture of counts has about so many terms at most; its parts are merged before. */
#define MIXTURE_TERMS 200000
#define MIXTURE_LEAST_PARTS 20

/* Beyond this mean whole numbers are as good as others. */
#define MIXTURE_LARGEST 1e5

/* Draws of a mixture that is too large for a table: so many a part, and in all. */
#define LARGE_DRAWS 8
#define LARGE_DRAWS_LEAST 2000

/*
 * Parts reach so many standard deviations down, and up to where less than this is
 * left: there the terms fall by mean / (mean + size) each.
 */
#define PART_DEVIATIONS 9
#define PART_LEAST 1e-14
#define PART_TAIL 32			/* about -log(PART_LEAST) */

/* The shortest interval is looked for among so many; without a table each costs more. */
#define SHORTEST_AMONG 4096
#define SHORTEST_AMONG_OTHERS 64

/* Probabilities that are as good as equal. */
#define NEAR_ENOUGH 1e-12

/* ----------
 * Making
 * ----------
 */

static int
compare_numbers(const void *a, const void *b)
{
	double		one = *(const double *) a;
	double		two = *(const double *) b;

	return one < two ? -1 : one > two;
}

static double *
sorted(int n, const double *value)
{
	double	   *result = scratch_array(double, n);

	memcpy(result, value, sizeof(double) * n);
	qsort(result, n, sizeof(double), compare_numbers);
	return result;
}

static double
mean_of(int n, const double *value)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += value[i] / n;
	return sum;
}

void
predictive_set_draws(Predictive *p, bool counts, int n, const double *draw)
{
	double		mean = mean_of(n, draw);

	memset(p, 0, sizeof(*p));
	p->kind = PREDICTIVE_DRAWS;
	p->counts = counts;
	p->n = n;
	p->draw = sorted(n, draw);
	p->mean = counts ? Max(mean, 0) : mean;
}

void
predictive_set_average(Predictive *p, bool counts, int n, const Predictive *const *part)
{
	memset(p, 0, sizeof(*p));
	p->kind = PREDICTIVE_AVERAGE;
	p->counts = counts;
	p->n = n;
	p->part = part;
	for (int i = 0; i < n; i++)
		p->mean += part[i]->mean / n;
}

/* The standard deviation of one part. */
static double
part_deviation(double mean, double size)
{
	return sqrt(mean + mean * mean / size);
}

/* Terms of one part, about. */
static double
part_terms(double mean, double size)
{
	return PART_DEVIATIONS * part_deviation(mean, size) + PART_TAIL * (1 + mean / size);
}

/* Draws of what each part gives. */
static void
set_large(Predictive *p, int n, const double *mean, double size)
{
	int			each = Max(LARGE_DRAWS, LARGE_DRAWS_LEAST / n);
	double	   *draw = scratch_array(double, mul_size(n, each));
	double		exact = mean_of(n, mean);
	Random		random;

	random_seed(&random, n, 0);
	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j < each; j++)
			draw[i * each + j] = random_count(&random, mean[i], size);
		if ((i & 0xff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	predictive_set_draws(p, true, n * each, draw);
	p->mean = exact;
	pfree(draw);
}

/*
 * Merge neighbours of sorted means until the parts have few enough terms; the
 * result is their number, 0 where they have too many even so.
 */
static int
merge_parts(int n, const double *mean, double size, double *merged)
{
	double		terms = 0;
	int			parts;

	for (int i = 0; i < n; i++)
		terms += part_terms(mean[i], size);
	parts = terms <= MIXTURE_TERMS ? n :
		crimeml_int_within(n * (MIXTURE_TERMS / terms), Min(MIXTURE_LEAST_PARTS, n), n);
	if (terms / n * parts > 2 * MIXTURE_TERMS)
		return 0;
	for (int j = 0; j < parts; j++)
	{
		int			begin = (int64) n * j / parts;
		int			end = (int64) n * (j + 1) / parts;

		merged[j] = mean_of(end - begin, mean + begin);
	}
	return parts;
}

/* Add one part's probabilities to the table, which grows. */
static void
add_part(Predictive *p, double **table, int *capacity, double mean, double size, double weight)
{
	int			y = crimeml_int_within(mean - PART_DEVIATIONS * part_deviation(mean, size), 0,
									   PG_INT32_MAX / 2);
	double		probability;
	double		ratio;

	if (mean <= 0)
	{
		(*table)[0] += weight;
		p->support = Max(p->support, 1);
		return;
	}
	probability = plain_exp(count_log_probability(y, mean, size)) * weight;
	ratio = isinf(size) ? mean : mean / (mean + size);
	for (;; y++)
	{
		if (y >= *capacity)
		{
			int			more = Max(2 * *capacity, y + 1);	/* a part may begin far up */

			*table = crimeml_realloc(*table, *capacity, more, sizeof(double));
			memset(*table + *capacity, 0, sizeof(double) * (more - *capacity));
			*capacity = more;
		}
		(*table)[y] += probability;
		p->support = Max(p->support, y + 1);
		if (y > mean && probability < PART_LEAST * weight)
			break;
		probability *= (isinf(size) ? ratio : ratio * (y + size)) / (y + 1);
	}
}

void
predictive_set_counts(Predictive *p, int n, const double *mean, double size)
{
	double	   *rate = sorted(n, mean);
	double	   *merged = scratch_array(double, n);
	double	   *table;
	double		average = mean_of(n, rate);
	double		sum = 0;
	int			capacity = 64;
	int			parts = average <= MIXTURE_LARGEST ? merge_parts(n, rate, size, merged) : 0;

	if (parts == 0)
		set_large(p, n, rate, size);
	pfree(rate);
	if (parts == 0)
	{
		pfree(merged);
		return;
	}
	memset(p, 0, sizeof(*p));
	p->kind = PREDICTIVE_COUNTS;
	p->counts = true;
	p->mean = average;
	table = crimeml_array(double, capacity);
	for (int i = 0; i < parts; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_part(p, &table, &capacity, merged[i], size, 1.0 / parts);
	}

	/* what rounding lost goes to all alike */
	for (int y = 0; y < p->support; y++)
	{
		if (sum == 0 && table[y] == 0)
			p->from = y + 1;
		sum += table[y];
		table[y] = sum;
	}
	p->support -= p->from;
	p->cumulative = scratch_array(double, p->support);
	for (int i = 0; i < p->support; i++)
		p->cumulative[i] = table[p->from + i] / sum;
	pfree(table);
	pfree(merged);
}

/* ----------
 * Asking
 * ----------
 */

/* How many draws are at most y, or below it. */
static int
draws_up_to(const Predictive *p, double y, bool below)
{
	int			low = 0;
	int			high = p->n;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (below ? p->draw[middle] < y : p->draw[middle] <= y)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The least whole number of the table whose cumulative probability reaches one. */
static int
table_quantile(const Predictive *p, double probability)
{
	int			low = 0;
	int			high = p->support - 1;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (p->cumulative[middle] >= probability)
			high = middle;
		else
			low = middle + 1;
	}
	return p->from + low;
}

/* The quantile before counts are made whole. */
static double
raw_quantile(const Predictive *p, double probability)
{
	double		sum = 0;
	double		place;
	int			i;

	switch (p->kind)
	{
		case PREDICTIVE_NORMAL:
			return p->sd == 0 ? p->mean : p->mean + p->sd * normal_quantile(probability);
		case PREDICTIVE_DRAWS:
			place = (p->n + 1.0 / 3) * probability + 1.0 / 3 - 1;
			i = crimeml_int_within(floor(place), 0, p->n - 1);
			if (i == p->n - 1 || place <= 0)
				return p->draw[i];
			return p->draw[i] + (place - i) * (p->draw[i + 1] - p->draw[i]);
		case PREDICTIVE_COUNTS:
			return table_quantile(p, probability);
		case PREDICTIVE_AVERAGE:
			for (i = 0; i < p->n; i++)
				sum += Max(raw_quantile(p->part[i], probability), p->counts ? 0 : -INFINITY) / p->n;
			return sum;
	}
	pg_unreachable();
}

static double raw_cdf(const Predictive *p, double y, bool below);

/*
 * The probability at which the average of the quantiles passes y.  It lies between
 * those of the parts; the way there is by secants, and by halves in between, since
 * the quantiles of counts are steps.
 */
static double
average_cdf(const Predictive *p, double y, bool below)
{
	double		low = 1;
	double		high = 0;
	double		low_quantile = NAN;
	double		high_quantile = NAN;

	for (int i = 0; i < p->n; i++)
	{
		double		part = raw_cdf(p->part[i], y, below);

		low = Min(low, part);
		high = Max(high, part);
	}
	for (int i = 0; high - low > NEAR_ENOUGH; i++)
	{
		double		middle = (low + high) / 2;
		double		q;

		/* it does not creep along an end */
		if (i % 3 < 2 && high_quantile - low_quantile > 0)
			middle = Min(Max(low + (high - low) * (y - low_quantile) / (high_quantile - low_quantile),
							 low + (high - low) / 64), high - (high - low) / 64);
		q = raw_quantile(p, middle);
		if (below ? q < y : q <= y)
		{
			low = middle;
			low_quantile = q;
		}
		else
		{
			high = middle;
			high_quantile = q;
		}
	}
	return low;
}

/* The probability of what raw_quantile() gives at y or less, or less. */
static double
raw_cdf(const Predictive *p, double y, bool below)
{
	switch (p->kind)
	{
		case PREDICTIVE_NORMAL:
			if (p->sd == 0)
				return below ? p->mean < y : p->mean <= y;
			return normal_cdf((y - p->mean) / p->sd);
		case PREDICTIVE_DRAWS:
			return (double) draws_up_to(p, y, below) / p->n;
		case PREDICTIVE_COUNTS:
			y = below ? ceil(y) - 1 : floor(y);
			if (y < p->from)
				return 0;
			return y - p->from >= p->support ? 1 : p->cumulative[(int) (y - p->from)];
		case PREDICTIVE_AVERAGE:
			return average_cdf(p, y, below);
	}
	pg_unreachable();
}

double
predictive_cdf(const Predictive *p, double y)
{
	if (!p->counts)
		return raw_cdf(p, y, false);
	return y < 0 ? 0 : raw_cdf(p, floor(y) + 0.5, false);
}

double
predictive_cdf_below(const Predictive *p, double y)
{
	if (!p->counts)
		return raw_cdf(p, y, true);
	return predictive_cdf(p, ceil(y) - 1);
}

double
predictive_quantile(const Predictive *p, double probability)
{
	double		q = Min(Max(raw_quantile(p, probability), p->counts ? 0 : -DBL_MAX), DBL_MAX);

	if (!p->counts)
		return q;
	return q - floor(q) > 0.5 ? ceil(q) : floor(q);
}

void
predictive_interval(const Predictive *p, double level, double *lower, double *upper)
{
	double		first;
	double		last;
	double		shortest = INFINITY;

	*lower = predictive_quantile(p, (1 - level) / 2);
	*upper = predictive_quantile(p, (1 + level) / 2);
	if (!p->counts)
		return;

	/* the lower end lies between the first number that may come, and where enough is left */
	last = predictive_quantile(p, 1 - level);
	first = Max(0, *lower - (*upper - *lower) - 1);
	if (last - first > (p->kind == PREDICTIVE_COUNTS ? SHORTEST_AMONG : SHORTEST_AMONG_OTHERS))
		return;
	for (int i = 0; i <= last - first; i++)
	{
		double		low = first + i;
		double		below = predictive_cdf_below(p, low);
		double		high;

		CHECK_FOR_INTERRUPTS();
		if (below + level >= 1)
			break;
		high = predictive_quantile(p, below + level);
		if (high - low < shortest)
		{
			shortest = high - low;
			*lower = low;
			*upper = high;
		}
	}
}

double
predictive_crps(const Predictive *p, double y)
{
	double		sum = 0;

	for (int i = 1; i <= 19; i++)
	{
		double		probability = i / 20.0;
		double		q = predictive_quantile(p, probability);

		sum += y >= q ? probability * (y - q) : (1 - probability) * (q - y);
	}
	return 2 * sum / 19;
}
