/*
 * glm.c
 *		Generalized linear models of one equation.
 */
#include "learn/glm.h"

#include <math.h>

#include "stat/plain_math.h"

#define STEPS_MAX 50
#define HALVINGS_MAX 30
#define LIKELY_ENOUGH 1e-10		/* a gain of so little, relative, is the last */
#define SMALL_STEP 1e-10		/* and so is such a step in standardised columns */

/* log 1e-8 */
#define CERTAIN 18.42

/* y log y */
static inline double
with_log(double y)
{
	return y > 0 ? y * plain_log(y) : 0;
}

/* Sums of rows from begin on: score and weight of each, and what is left of the likelihood. */
static double
add_counts(const Glm *glm, int64 begin, int64 end)
{
	double		loss = 0;

	for (int64 i = begin; i < end; i++)
	{
		double		weight = glm->rows->weight ? glm->rows->weight[i] : 1;
		double		mean = plain_exp(glm->eta[i]);
		double		y = glm->label[i];

		glm->work[i] = weight * mean;
		glm->residual[i] = weight * (y - mean);
		loss += weight * (with_log(y) - y * glm->eta[i] + mean - y);
	}
	return loss;
}

static double
add_spread_counts(const Glm *glm, int64 begin, int64 end)
{
	double		theta = glm->theta;
	double		loss = 0;

	for (int64 i = begin; i < end; i++)
	{
		double		weight = glm->rows->weight ? glm->rows->weight[i] : 1;
		double		mean = plain_exp(glm->eta[i]);
		double		y = glm->label[i];
		double		shrink = weight / (1 + mean / theta);

		glm->work[i] = shrink * mean;
		glm->residual[i] = shrink * (y - mean);
		loss += weight * (with_log(y) - y * glm->eta[i] -
						  (y + theta) * plain_log((y + theta) / (mean + theta)));
	}
	return loss;
}

static double
add_classes(const Glm *glm, int64 begin, int64 end)
{
	double		loss = 0;

	for (int64 i = begin; i < end; i++)
	{
		double		weight = glm->rows->weight ? glm->rows->weight[i] : 1;
		double		eta = glm->eta[i];
		double		y = glm->label[i];
		double		odds = plain_exp(-fabs(eta));
		double		certain = 1 / (1 + odds);
		double		mean = eta > 0 ? certain : odds * certain;

		glm->work[i] = weight * odds * certain * certain;
		glm->residual[i] = weight * (y - mean);
		loss += weight * (Max(eta, 0) - y * eta + plain_log(1 + odds));
	}
	return loss;
}

/* The rows at coefficients: half their deviance, and half the penalty. */
static double
take_rows(Glm *glm, const double *b)
{
	int64		n = glm->rows->rows;
	double		loss = 0;

	design_eta(glm->rows, b, glm->offset, glm->eta);
	for (int64 begin = 0; begin < n; begin += CHECK_ROWS)
	{
		int64		end = Min(begin + CHECK_ROWS, n);

		CHECK_FOR_INTERRUPTS();
		for (int64 i = begin; i < end; i++)
			glm->eta[i] = Min(Max(glm->eta[i], -GLM_ETA), GLM_ETA);
		loss += glm->family == GLM_POISSON ? add_counts(glm, begin, end) :
			glm->family == GLM_LOGISTIC ? add_classes(glm, begin, end) :
			add_spread_counts(glm, begin, end);
	}
	glm->deviance = 2 * loss;
	for (int c = 0; glm->penalty != NULL && c < glm->rows->design->columns; c++)
		loss += glm->penalty[c] * b[c] * b[c] / 2;
	return loss;
}

/* The intercept alone, from a mean of all rows. */
static void
fit_intercept(Glm *glm)
{
	int64		n = glm->rows->rows;
	double		sum = 0;
	double		exposure = 0;

	for (int64 i = 0; i < n; i++)
	{
		double		weight = glm->rows->weight ? glm->rows->weight[i] : 1;

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		sum += weight * glm->label[i];
		exposure += weight * (glm->offset ? plain_exp(glm->offset[i]) : 1);
	}
	if (glm->family == GLM_LOGISTIC)
		exposure -= sum;
	glm->b[0] = sum > 0 && exposure > 0 ? plain_log(sum / exposure) : sum > 0 ? GLM_ETA : -GLM_ETA;
	for (int step = 0; step < STEPS_MAX; step++)
	{
		double		score = 0;
		double		weight = 0;

		take_rows(glm, glm->b);
		for (int64 i = 0; i < n; i++)
		{
			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			score += glm->residual[i];
			weight += glm->work[i];
		}
		if (sum == 0 || fabs(score) <= SMALL_STEP * weight)
			break;
		glm->b[0] += score / weight;
	}
	glm->null_deviance = glm->deviance;
}

void
glm_fit(Glm *glm)
{
	int64		n = glm->rows->rows;
	int			columns = glm->rows->design->columns;
	double	   *sum = crimeml_array(double, columns);
	double	   *step = crimeml_array(double, columns);
	double	   *next = crimeml_array(double, columns);
	double		loss;

	if (glm->b == NULL)
	{
		glm->b = crimeml_array(double, columns);
		glm->eta = scratch_array(double, n);
		glm->work = scratch_array(double, n);
		glm->residual = scratch_array(double, n);
		normal_begin(&glm->equations, glm->rows, glm->penalty);
		fit_intercept(glm);
	}
	loss = take_rows(glm, glm->b);
	glm->converged = false;
	for (int i = 0; i < STEPS_MAX && !glm->converged; i++)
	{
		double		size = 0;
		double		found = INFINITY;
		double		part = 1;

		glm->iterations++;
		normal_factor(&glm->equations, glm->work);
		design_sums(glm->rows, glm->residual, sum);
		for (int c = 0; glm->penalty != NULL && c < columns; c++)
			sum[c] -= glm->penalty[c] * glm->b[c];
		normal_solve(&glm->equations, sum, step);
		for (int c = 0; c < columns; c++)
			size = Max(size, fabs(step[c]) * (c > 0 ? glm->rows->deviation[c] : 1));
		for (int halvings = 0; halvings < HALVINGS_MAX; halvings++)
		{
			for (int c = 0; c < columns; c++)
				next[c] = glm->b[c] + part * step[c];
			found = take_rows(glm, next);
			if (found <= loss + 1e-12 * (fabs(loss) + 1))
				break;
			found = INFINITY;
			part /= 2;
		}
		/* no way down: rounding is all that is left */
		if (isinf(found))
		{
			take_rows(glm, glm->b);
			glm->converged = true;
			break;
		}
		memcpy(glm->b, next, sizeof(double) * columns);
		/* where all rows are certain, steps would never end */
		glm->converged = (glm->family == GLM_LOGISTIC && glm->deviance <= 1e-8 * glm->rows->total_weight) ||
			loss - found <= LIKELY_ENOUGH * (fabs(found) + 0.1) || size * part <= SMALL_STEP;
		loss = found;
	}
	normal_factor(&glm->equations, glm->work);
	pfree(sum);
	pfree(step);
	pfree(next);
}

void
glm_fit_null(Glm *glm)
{
	Glm			null = *glm;
	int64		n = glm->rows->rows;

	null.b = crimeml_array(double, glm->rows->design->columns);
	null.eta = scratch_array(double, n);
	null.work = scratch_array(double, n);
	null.residual = scratch_array(double, n);
	fit_intercept(&null);
	glm->null_deviance = null.null_deviance;
	pfree(null.b);
	pfree(null.eta);
	pfree(null.work);
	pfree(null.residual);
}

Size
glm_memory(const LearnData *data)
{
	return add_size(add_size(design_memory(data), normal_memory(design_columns(data))),
					mul_size(data->rows, 8 * sizeof(double)));
}

int64
glm_separated(const Glm *glm)
{
	int64		n = 0;
	double		sum = 0;
	double		exposure = 0;
	double		rate;

	for (int64 i = 0; i < glm->rows->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		sum += plain_exp(glm->eta[i]);
		exposure += glm->offset ? plain_exp(glm->offset[i]) : 1;
	}
	rate = plain_log(sum / exposure);
	for (int64 i = 0; i < glm->rows->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		n += glm->family == GLM_LOGISTIC ? fabs(glm->eta[i]) > CERTAIN :
			glm->eta[i] == -GLM_ETA ||
			glm->eta[i] - (glm->offset ? glm->offset[i] : 0) < rate - CERTAIN;
	}
	return n;
}
