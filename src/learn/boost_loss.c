/*
 * boost_loss.c
 *		The losses of boosted trees: gradients, and the state that follows the
 *		sums.
 */
#include "learn/boost.h"

#include <math.h>

#include "stat/plain_math.h"

/* e to this, times a share, is a float. */
#define SHARE_STEP 60.0

/* Rows whose probabilities are brought to 1 together, within a cache. */
#define CHUNK_ROWS 512

/* The greatest of a row's integers; their totals stay below 2^62. */
#define GRADIENT_BITS 30

void
boost_state_start(BoostShared *s, const double *base, const double *offset,
				  const uint32 *order)
{
	float	   *share = BOOST_ARRAY(s, float, state);
	double	   *state = BOOST_ARRAY(s, double, state);

	for (int c = 0; s->link == LINK_SOFTMAX && c < s->sums; c++)
		for (int64 i = 0; i < s->rows; i++)
		{
			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			share[c * s->rows + i] = (float) plain_exp(base[c]);
		}
	for (int64 i = 0; s->link != LINK_SOFTMAX && i < s->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (s->link == LINK_LOG)
			state[i] = plain_exp(base[0] + (offset != NULL ? offset[order[i]] : 0));
		else if (s->link == LINK_LOGIT)
			state[i] = plain_logistic(base[0]);
		else
			state[i] = ldexp(base[0], -s->exponent);
	}
}

/* Gradient and hessian of a row where there is one sum. */
static inline void
row_gradient(LearnLink link, double state, double label, double weight, double *g, double *h)
{
	*g = weight * (state - label);
	*h = weight * (link == LINK_IDENTITY ? 1 : link == LINK_LOG ? state :
				   Max(state * (1 - state), BOOST_LEAST_P));
}

/* The label of a row as a number. */
static inline double
row_label(const BoostShared *s, int64 i)
{
	return s->link == LINK_LOGIT ? BOOST_ARRAY(s, int32, label)[i] :
		BOOST_ARRAY(s, double, label)[i];
}

void
boost_exact_total(const BoostShared *s, const uint32 *row, uint32 n, double *g, double *h)
{
	const double *state = BOOST_ARRAY(s, double, state);
	const double *weight = s->weight > 0 ? BOOST_ARRAY(s, double, weight) : NULL;

	*g = *h = 0;
	for (uint32 i = 0; i < n; i++)
	{
		double		row_g;
		double		row_h;

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		row_gradient(s->link, state[row[i]], row_label(s, row[i]),
					 weight != NULL ? weight[row[i]] : 1, &row_g, &row_h);
		*g += row_g;
		*h += row_h;
	}
}

/* The units in which no integer and no total of them runs over. */
static void
choose_units(const BoostShared *s, double greatest_g, double greatest_h, double total_h,
			 BoostUnits *units)
{
	int			g_bits;
	int			h_bits;
	int			total_bits;

	units->count_bits = 1;
	while (((int64) 1 << units->count_bits) <= s->rows)
		units->count_bits++;
	frexp(greatest_g, &g_bits);
	frexp(greatest_h, &h_bits);
	frexp(total_h, &total_bits);
	units->g = ldexp(1, Max(g_bits - GRADIENT_BITS, -1000));
	units->h = ldexp(1, Max(Max(h_bits - GRADIENT_BITS,
								total_bits - (61 - units->count_bits)), -1000));
}

/* Of one class among more than two. */
static void
class_gradients(const BoostShared *s, int sum, BoostGradient *gradient, BoostUnits *units)
{
	const float *share = BOOST_ARRAY(s, float, state) + sum * s->rows;
	const int32 *label = BOOST_ARRAY(s, int32, label);
	const double *weight = s->weight > 0 ? BOOST_ARRAY(s, double, weight) : NULL;
	double		total = 0;
	float		g_scale;
	float		h_scale;

	for (int64 i = 0; i < s->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		total += (double) (2 * share[i] * (1 - share[i])) * (weight != NULL ? weight[i] : 1);
	}
	choose_units(s, s->greatest_weight, s->greatest_weight / 2, total, units);
	g_scale = (float) (1 / units->g);
	h_scale = (float) (1 / units->h);
	for (int64 start = 0; start < s->rows; start += CHECK_ROWS)
	{
		int64		end = Min(start + CHECK_ROWS, s->rows);

		CHECK_FOR_INTERRUPTS();
		if (weight == NULL)
			for (int64 i = start; i < end; i++)
			{
				float		p = share[i];

				gradient[i].g = (int32) ((p - (label[i] == sum)) * g_scale);
				gradient[i].h = (int32) (2 * p * (1 - p) * h_scale);
			}
		else
			for (int64 i = start; i < end; i++)
			{
				float		p = share[i];

				gradient[i].g = (int32) ((p - (label[i] == sum)) * weight[i] / units->g);
				gradient[i].h = (int32) (2 * p * (1 - p) * weight[i] / units->h);
			}
	}
}

void
boost_gradients(const BoostShared *s, int sum, BoostGradient *gradient, BoostUnits *units)
{
	const double *state = BOOST_ARRAY(s, double, state);
	const double *weight = s->weight > 0 ? BOOST_ARRAY(s, double, weight) : NULL;
	double		greatest_g = 0;
	double		greatest_h = 0;
	double		total = 0;

	if (s->link == LINK_SOFTMAX)
	{
		class_gradients(s, sum, gradient, units);
		return;
	}
	for (int pass = 0; pass < 2; pass++)
	{
		double		g_scale = pass == 0 ? 0 : 1 / units->g;
		double		h_scale = pass == 0 ? 0 : 1 / units->h;

		for (int64 i = 0; i < s->rows; i++)
		{
			double		g;
			double		h;

			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			row_gradient(s->link, state[i], row_label(s, i), weight != NULL ? weight[i] : 1,
						 &g, &h);
			if (pass == 0)
			{
				greatest_g = Max(greatest_g, fabs(g));
				greatest_h = Max(greatest_h, h);
				total += h;
				continue;
			}
			gradient[i].g = (int32) rint(g * g_scale);
			gradient[i].h = (int32) rint(h * h_scale);
		}
		if (pass == 0)
			choose_units(s, greatest_g, greatest_h, total, units);
	}
}

/* A leaf's value for one row where there is one sum. */
static inline double
state_after(LearnLink link, double state, double value, double times)
{
	if (link == LINK_IDENTITY)
		return state + value;
	if (link == LINK_LOG)
		return Min(Max(state * times, BOOST_LEAST_MEAN), BOOST_GREATEST_MEAN);
	state = state * times / (1 - state + state * times);
	return Min(Max(state, BOOST_LEAST_P), 1 - BOOST_LEAST_P);
}

void
boost_state_add(BoostShared *s, int sum, const uint32 *row, uint32 n, double value)
{
	/* beyond this a share is 0 or 1 */
	double		step = s->link == LINK_SOFTMAX ? Min(Max(value, -SHARE_STEP), SHARE_STEP) : value;
	double		times = s->link == LINK_IDENTITY ? 1 : plain_exp(step);
	double	   *state = BOOST_ARRAY(s, double, state);
	float	   *share = BOOST_ARRAY(s, float, state) + sum * s->rows;
	float		factor = (float) times;

	for (uint32 start = 0; start < n; start += CHECK_ROWS)
	{
		uint32		end = Min(n, start + CHECK_ROWS);

		CHECK_FOR_INTERRUPTS();
		if (s->link == LINK_SOFTMAX)
			for (uint32 i = start; i < end; i++)
				share[row[i]] *= factor;
		else
			for (uint32 i = start; i < end; i++)
				state[row[i]] = state_after(s->link, state[row[i]], value, times);
	}
}

/* Bring the probabilities of rows to a sum of 1. */
static void
normalise(BoostShared *s, int64 start, int64 end)
{
	float	   *share = BOOST_ARRAY(s, float, state);
	float		sum[CHUNK_ROWS];

	for (int64 chunk = start; chunk < end; chunk += CHUNK_ROWS)
	{
		int			n = (int) Min(CHUNK_ROWS, end - chunk);

		CHECK_FOR_INTERRUPTS();
		memset(sum, 0, sizeof(sum));
		for (int c = 0; c < s->sums; c++)
		{
			const float *p = share + c * s->rows + chunk;

			for (int i = 0; i < n; i++)
				sum[i] += p[i];
		}
		for (int i = 0; i < n; i++)
			sum[i] = 1 / sum[i];
		for (int c = 0; c < s->sums; c++)
		{
			float	   *p = share + c * s->rows + chunk;

			for (int i = 0; i < n; i++)
			{
				float		now = p[i] * sum[i];

				p[i] = now > BOOST_LEAST_SHARE ? now : BOOST_LEAST_SHARE;
			}
		}
	}
}

/* The loss of one row. */
static double
row_loss(const BoostShared *s, int64 i)
{
	double		state = s->link == LINK_SOFTMAX ? 0 : BOOST_ARRAY(s, double, state)[i];
	double		label = s->link == LINK_SOFTMAX ? 0 : row_label(s, i);

	switch (s->link)
	{
		case LINK_SOFTMAX:
			return -plain_log(BOOST_ARRAY(s, float, state)
							  [BOOST_ARRAY(s, int32, label)[i] * s->rows + i]);
		case LINK_LOGIT:
			return -plain_log(label > 0 ? state : 1 - state);
		case LINK_LOG:
			return state - label * plain_log(state);
		case LINK_IDENTITY:
			return (state - label) * (state - label);
	}
	return 0;
}

void
boost_settle_block(BoostShared *s, int block)
{
	int64		start = block * s->block_rows;
	int64		end = Min(start + s->block_rows, s->rows);
	const bool *held = BOOST_ARRAY(s, bool, held);
	const double *weight = s->weight > 0 ? BOOST_ARRAY(s, double, weight) : NULL;
	double		loss = 0;

	if (s->link == LINK_SOFTMAX)
		normalise(s, start, end);
	if (s->held == 0)
		return;
	for (int64 i = start; i < end; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (held[i])
			loss += row_loss(s, i) * (weight != NULL ? weight[i] : 1);
	}
	BOOST_ARRAY(s, double, block_loss)[block] = loss;
}
