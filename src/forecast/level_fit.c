/*
 * level_fit.c
 *		The discount, the size of the negative binomial, and the filtered level.
 */
#include "forecast/level.h"

#include <math.h>

#include "stat/plain_math.h"

/* 1 - w, coarse; then between neighbours. */
static const double forget_grid[] = {0.3, 0.17, 0.1, 0.06, 0.035, 0.02, 0.012, 0.007, 0.004, 0.002, 0.001};

#define REFINEMENTS 2

static const double phi_grid[] = {1, 0.99, 0.97};

/* Sizes: from nearly geometric to nearly Poisson, by this factor. */
#define SIZE_FACTOR 1.5
#define SIZE_STEPS 12

/* Steps of the errors that reverting levels are chosen by, and how often. */
#define SUM_STEPS 28
#define SIZE_STEP 14
#define EVERY 7

/* Values that only let the filter settle: at most so many, and one in so many. */
#define BURN_IN 60
#define BURN_IN_SHARE 4

/* What a level counts as at least where something is divided by it. */
#define LEAST_LEVEL 1e-6

/* log(gamma(size + y) / gamma(size)): of small counts a product is quicker */
#define SMALL_COUNT 24

static double
log_rising(double size, double y)
{
	double		product = 1;

	if (y > SMALL_COUNT)
		return plain_log_gamma(size + y) - plain_log_gamma(size);
	for (int i = 0; i < (int) y; i++)
		product *= size + i;
	return plain_log(product);
}

/*
 * The filter one step ahead, or of buckets below a day one day: what departs from
 * the profile within a day hardly lasts longer, and a level that followed it
 * would stray ever farther.  Means, and the shape of the level's distribution.
 */
typedef struct OneStep
{
	int			n;
	int			lead;			/* steps ahead */
	double	   *past;			/* levels and shapes, in a ring of so many */
	int			burn_in;
	double	   *y;				/* those that are there, after the burn-in */
	double	   *mean;
	double	   *shape;
} OneStep;

LevelState
level_start_state(const Series *series, const double *s, double w)
{
	LevelState	state = {.w = w,.phi = 1,.size = INFINITY};
	int			end = Min(series->n, Max(2 * series->calendar->season, 8));
	double		sum = 0.5;
	double		length = 0;

	for (int t = 0; t < end; t++)
	{
		if (!isnan(series->value[t]) && s[t] > 0)
		{
			sum += series->value[t];
			length += s[t];
		}
	}
	/* as much as one bucket says */
	state.b = 1;
	state.a = length > 0 ? sum / length : sum;
	state.year_a = state.a;
	state.year_b = state.b;
	return state;
}

static LevelState
run(const Series *series, const double *s, double w, OneStep *one)
{
	LevelState	state = level_start_state(series, s, w);
	double		forget = (1 - w) * (1 - w);
	int			at = 0;

	if (one != NULL)
	{
		for (int i = 0; i < one->lead; i++)
		{
			one->past[2 * i] = state.a / state.b;
			one->past[2 * i + 1] = w * state.a;
		}
		one->burn_in = Min(series->n / BURN_IN_SHARE, BURN_IN);
		one->n = 0;
	}
	for (int t = 0; t < series->n; t++)
	{
		if ((t & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(series->value[t]) || s[t] == 0)
			continue;
		if (one != NULL)
		{
			double	   *past = one->past + 2 * at;

			past[0] = state.a / state.b;
			past[1] = w * state.a;
			at = at + 1 == one->lead ? 0 : at + 1;
			past = one->past + 2 * at;
			if (t >= one->burn_in)
			{
				one->y[one->n] = series->value[t];
				one->mean[one->n] = s[t] * past[0];
				/* each step between adds forget / mean to its relative variance */
				one->shape[one->n++] = one->lead == 1 ? past[1] :
					1 / (1 / past[1] + (one->lead - 1) * forget / Max(past[0], LEAST_LEVEL));
			}
		}
		level_step(&state, series->value[t], s[t]);
	}
	return state;
}

/*
 * What is predicted one step ahead is about a negative binomial of both sizes;
 * but for the factorials, which no parameter changes.
 */
static double
log_likelihood(const OneStep *one, double size)
{
	double		sum = 0;

	for (int i = 0; i < one->n; i++)
	{
		double		y = one->y[i];
		double		m = one->mean[i];
		double		k = 1 / (1 / size + 1 / one->shape[i]);

		if ((i & 0x3fff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (m <= 0)
			continue;
		sum += log_rising(k, y) - k * plain_log(1 + m / k);
		if (y > 0)
			sum += y * plain_log(m / (k + m));
	}
	return sum;
}

static double
log_factorials(const OneStep *one)
{
	double		sum = 0;

	for (int i = 0; i < one->n; i++)
	{
		if ((i & 0x3fff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (one->mean[i] > 0 && one->y[i] > 1)
			sum += log_rising(1, one->y[i]);
	}
	return sum;
}

/* The size by which the squares of the errors are what they should be. */
static double
size_by_moments(const OneStep *one)
{
	double		excess = 0;
	double		squares = 0;

	for (int i = 0; i < one->n; i++)
	{
		double		m = one->mean[i];
		double		error = one->y[i] - m;
		/* errors of small and large means count alike */
		double		weight = 1 / (m + 0.5);

		excess += weight * (error * error - m - m * m / one->shape[i]);
		squares += weight * m * m;
	}
	if (!(excess > squares / LEVEL_SIZE_MOST))
		return INFINITY;
	return Max(squares / excess, LEVEL_SIZE_LEAST);
}

/* The size of the greatest likelihood: uphill from the moments', by a factor. */
static double
best_size(const OneStep *one, double size)
{
	double		factor = SIZE_FACTOR;
	double		likelihood;

	size = Min(Max(size, LEVEL_SIZE_LEAST), LEVEL_SIZE_MOST);
	likelihood = log_likelihood(one, size);
	for (int step = 0; step < SIZE_STEPS && factor > 1.02; step++)
	{
		double		up = Min(size * factor, LEVEL_SIZE_MOST);
		double		down = Max(size / factor, LEVEL_SIZE_LEAST);
		double		l = log_likelihood(one, up);

		if (l <= likelihood)
		{
			up = down;
			l = log_likelihood(one, down);
		}
		if (l > likelihood)
		{
			likelihood = l;
			size = up;
		}
		else
			factor = sqrt(factor);
	}
	return size >= LEVEL_SIZE_MOST ? INFINITY : size;
}

/* Its arrays, for a series. */
static void
make_one_step(OneStep *one, const Series *series)
{
	const Bucket *bucket = &series->calendar->bucket;

	one->lead = bucket->microseconds > 0 ? USECS_PER_DAY / bucket->microseconds : 1;
	one->past = scratch_array(double, 2 * (Size) one->lead);
	one->y = scratch_array(double, series->n);
	one->mean = scratch_array(double, series->n);
	one->shape = scratch_array(double, series->n);
}

static void
free_one_step(OneStep *one)
{
	pfree(one->past);
	pfree(one->y);
	pfree(one->mean);
	pfree(one->shape);
}

/* w by the likelihood one step ahead, the size by moments meanwhile. */
static double
choose_discount(const Series *series, const double *s, OneStep *one)
{
	double		best = -INFINITY;
	double		forget = forget_grid[lengthof(forget_grid) - 1];
	double		ratio = 1.7;

	for (int i = 0; i < lengthof(forget_grid) + 2 * REFINEMENTS; i++)
	{
		double		candidate;
		double		l;

		if (i < lengthof(forget_grid))
			candidate = forget_grid[i];
		else
		{
			int			step = i - lengthof(forget_grid);

			if (step % 2 == 0)
				ratio = sqrt(ratio);
			candidate = step % 2 == 0 ? forget * ratio : forget / ratio;
			candidate = Min(Max(candidate, forget_grid[lengthof(forget_grid) - 1]), forget_grid[0]);
		}
		run(series, s, 1 - candidate, one);
		l = log_likelihood(one, Min(size_by_moments(one), LEVEL_SIZE_MOST));
		if (l > best)
		{
			best = l;
			forget = candidate;
		}
	}
	return 1 - forget;
}

/*
 * The sum of the absolute errors of the next 28 days' sums, and the squares of
 * the errors of single days 8 to 14 days ahead.
 */
typedef struct FarErrors
{
	double		absolute;
	double		excess;			/* of the squares, above Poisson's */
	double		squares;		/* of the means */
	double		mean;			/* of all values */
	int			n;
} FarErrors;

static void
far_errors(const Series *series, const double *s, double w, FarErrors *errors)
{
	LevelState	state = level_start_state(series, s, w);
	int			burn_in = Min(series->n / BURN_IN_SHARE, 365);

	memset(errors, 0, sizeof(FarErrors) * lengthof(phi_grid));
	for (int t = 0; t < series->n; t++)
	{
		if (!isnan(series->value[t]) && s[t] > 0)
			level_step(&state, series->value[t], s[t]);
		if (t < burn_in || t % EVERY != 0 || t + SUM_STEPS >= series->n)
			continue;
		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < lengthof(phi_grid); j++)
		{
			double		level = state.a / state.b;
			double		base = state.year_a / state.year_b;
			double		power = 1;
			double		error = 0;
			FarErrors  *e = &errors[j];

			for (int h = 1; h <= SUM_STEPS; h++)
			{
				double		y = series->value[t + h];
				double		mean;

				power *= phi_grid[j];
				if (isnan(y) || s[t + h] == 0)
					continue;
				mean = s[t + h] * level_reverted(level, base, power);
				error += y - mean;
				if (h > SIZE_STEP - EVERY && h <= SIZE_STEP)
				{
					double		weight = 1 / (mean + 0.5);

					e->excess += weight * ((y - mean) * (y - mean) - mean);
					e->squares += weight * mean * mean;
					e->mean += y;
					e->n++;
				}
			}
			e->absolute += fabs(error);
		}
	}
}

/*
 * w and phi by the errors of sums; the size is what the errors 8 to 14 days ahead
 * leave beside Poisson's variance and that of the level.
 */
static bool
choose_reverting(const Series *series, const double *s, LevelState *chosen)
{
	FarErrors	best = {.absolute = INFINITY};
	FarErrors	errors[lengthof(phi_grid)];
	double		forget;
	double		mean;
	double		excess;
	double		own;

	for (int i = 0; i < lengthof(forget_grid); i++)
	{
		far_errors(series, s, 1 - forget_grid[i], errors);
		for (int j = 0; j < lengthof(phi_grid); j++)
		{
			if (errors[j].n > 0 && errors[j].absolute < best.absolute)
			{
				best = errors[j];
				chosen->w = 1 - forget_grid[i];
				chosen->phi = phi_grid[j];
			}
		}
	}
	if (best.n == 0 || best.mean == 0 || best.squares == 0)
		return false;

	/* the level has a relative variance f / mean now, and f^2 (1 / mean + 1 / size) more a step */
	forget = 1 - chosen->w;
	mean = best.mean / best.n;
	own = forget / mean + (SIZE_STEP - EVERY / 2) * forget * forget / mean;
	excess = (best.excess / best.squares - own) / (1 + (SIZE_STEP - EVERY / 2) * forget * forget);
	chosen->size = excess > 1 / LEVEL_SIZE_MOST ? Max(1 / excess, LEVEL_SIZE_LEAST) : INFINITY;
	return true;
}

double
level_fit_state(const Series *series, const double *s, bool reverts, LevelState *state)
{
	LevelState	chosen = {.phi = 1,.size = INFINITY};
	OneStep		one = {0};
	double		likelihood;

	make_one_step(&one, series);
	if (!reverts || !choose_reverting(series, s, &chosen))
	{
		reverts = false;
		chosen.phi = 1;
		chosen.w = choose_discount(series, s, &one);
	}
	*state = run(series, s, chosen.w, &one);
	if (!reverts)
		chosen.size = one.n > 0 ? best_size(&one, size_by_moments(&one)) : INFINITY;
	likelihood = log_likelihood(&one, chosen.size) - log_factorials(&one);
	state->size = chosen.size;
	state->phi = chosen.phi;
	state->reverts = reverts;
	free_one_step(&one);
	return likelihood;
}
