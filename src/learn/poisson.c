/*
 * poisson.c
 *		Counts and rates: Poisson and negative binomial models, as a learner.
 *
 * The negative binomial's theta and the coefficients are found in turn, as MASS's
 * glm.nb does; errors are those at the theta that was found.
 */
#include "learn/linear_model.h"

#include <float.h>
#include <math.h>

#include "learn/glm.h"
#include "stat/distributions.h"
#include "stat/plain_math.h"

#define COUNT_GREATEST 1e12
#define THETA_LEAST 1e-6
#define THETA_GREATEST 1e4		/* of the mean; beyond, nobody could tell it from Poisson */
#define THETA_STEPS 100
#define TURNS_MAX 50
#define THETA_FOUND 1e-9		/* relative */

enum
{
	POISSON_FAMILY,
	POISSON_RIDGE,
	POISSON_WEIGHT,
	POISSON_EXPOSURE,
	POISSON_OPTIONS
};

static const char *const family_choices[] = {"poisson", "negative_binomial", NULL};

static const OptionSpec poisson_spec[] = {
	[POISSON_FAMILY] = {"family", OPTION_CHOICE, 0, NULL, 0, 0, family_choices,
		"poisson: the variance of a count is its mean; negative_binomial: mean + mean^2 / theta, "
	"with theta from the rows"},
	[POISSON_RIDGE] = RIDGE_OPTION_SPEC(0, NULL),
	[POISSON_WEIGHT] = WEIGHT_OPTION_SPEC,
	[POISSON_EXPOSURE] = EXPOSURE_OPTION_SPEC,
};

const OptionTable poisson_agg_options = {
	"poisson_agg", poisson_spec, POISSON_OPTIONS, &learner_options,
	"{\"family\": \"negative_binomial\", \"exposure\": \"population\"}"
};

/* The counts and offsets in canonical order. */
static double *
take_counts(const LearnData *data)
{
	double	   *label = scratch_array(double, data->rows);

	for (int64 i = 0; i < data->rows; i++)
	{
		double		count = data->label_value[data->order[i]];

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (!(count >= 0 && count <= COUNT_GREATEST))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("the label %g is no count", count),
					 errhint("poisson_agg takes labels from 0 to %g.", COUNT_GREATEST)));
		label[i] = count;
	}
	return label;
}

static double *
take_offsets(const LearnData *data)
{
	double	   *offset;

	if (data->offset == NULL)
		return NULL;
	offset = scratch_array(double, data->rows);
	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		offset[i] = data->offset[data->order[i]];
	}
	return offset;
}

/* ----------
 * Theta
 * ----------
 */

/* The first derivative of the log likelihood by theta, and less the second. */
static void
theta_score(const Glm *glm, double theta, double *score, double *information)
{
	double		digamma = plain_digamma(theta);
	double		trigamma = plain_trigamma(theta);

	*score = *information = 0;
	for (int64 i = 0; i < glm->rows->rows; i++)
	{
		double		weight = glm->rows->weight ? glm->rows->weight[i] : 1;
		double		y = glm->label[i];
		double		mean = plain_exp(glm->eta[i]);
		double		part = (y - mean) / (mean + theta);
		double		share = mean / (mean + theta);

		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
		*score += weight * ((y > 0 ? plain_digamma(y + theta) - digamma : 0) -
							plain_log(1 + mean / theta) - part);
		*information += weight * ((y > 0 ? trigamma - plain_trigamma(y + theta) : 0) -
								  share / theta - part / (mean + theta));
	}
}

/* Newton's method, from a guess; no step beyond ten times or a tenth of it. */
static double
find_theta(const Glm *glm, double theta, double greatest)
{
	for (int i = 0; i < THETA_STEPS; i++)
	{
		double		score;
		double		information;
		double		next;

		theta_score(glm, theta, &score, &information);
		next = information > 0 ? theta + score / information : score > 0 ? INFINITY : 0;
		next = Min(Max(next, theta / 10), theta * 10);
		next = Min(Max(next, THETA_LEAST), greatest);
		if (fabs(next - theta) <= THETA_FOUND * theta)
			return next;
		theta = next;
	}
	return theta;
}

/* Above 0. */
static double
mean_count(const Glm *glm)
{
	double		sum = 0;

	for (int64 i = 0; i < glm->rows->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		sum += (glm->rows->weight ? glm->rows->weight[i] : 1) * glm->label[i];
	}
	return Max(sum / glm->rows->total_weight, 1e-6);
}

/* A first guess by moments. */
static double
guess_theta(const Glm *glm)
{
	double		sum = 0;

	for (int64 i = 0; i < glm->rows->rows; i++)
	{
		double		ratio = glm->label[i] / plain_exp(glm->eta[i]) - 1;

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		sum += (glm->rows->weight ? glm->rows->weight[i] : 1) * ratio * ratio;
	}
	return sum > 0 ? Min(Max(glm->rows->total_weight / sum, 1e-3), 1e3) : 1e3;
}

/*
 * Coefficients and theta in turn; the standard error of theta, which is NaN at its
 * bound.
 */
static double
fit_spread(Glm *glm)
{
	double		greatest = THETA_GREATEST * mean_count(glm);
	double		score;
	double		information;
	bool		settled = false;

	glm->family = GLM_NEGATIVE_BINOMIAL;
	glm->theta = find_theta(glm, Min(guess_theta(glm), greatest), greatest);
	for (int turn = 0; turn < TURNS_MAX && !settled; turn++)
	{
		double		theta;

		glm_fit(glm);
		theta = find_theta(glm, glm->theta, greatest);
		settled = fabs(theta - glm->theta) <= 10 * THETA_FOUND * theta;
		glm->theta = theta;
	}
	glm_fit(glm);
	glm->converged = glm->converged && settled;
	theta_score(glm, glm->theta, &score, &information);
	return information > 0 && glm->theta < greatest ? 1 / sqrt(information) : NAN;
}

/* ----------
 * The learner
 * ----------
 */

static void
report_counts(const Glm *glm, LearnReport *report)
{
	int			rank = glm->equations.triangle.rank;
	double		n = glm->rows->rows;
	double		size = glm->family == GLM_POISSON ? INFINITY : glm->theta;
	double		parameters = rank + (glm->family != GLM_POISSON);
	double		likelihood = 0;
	double		pearson = 0;

	for (int64 i = 0; i < glm->rows->rows; i++)
	{
		double		weight = glm->rows->weight ? glm->rows->weight[i] : 1;
		double		mean = plain_exp(glm->eta[i]);
		double		left = glm->label[i] - mean;

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		likelihood += weight * count_log_probability(glm->label[i], mean, size);
		pearson += weight * left * left / (mean * (1 + mean / size));
	}
	linear_report(report, "log_likelihood", likelihood);
	linear_report(report, "aic", -2 * likelihood + 2 * parameters);
	linear_report(report, "bic", -2 * likelihood + plain_log(n) * parameters);
	if (n > rank)
		linear_report(report, "dispersion", pearson / (n - rank));
}

static void
poisson_train(const LearnData *data, OptionValue *option, ByteWriter *out, LearnReport *report)
{
	double		ridge = option[POISSON_RIDGE].number;
	Design	   *design = design_make(data);
	DesignRows *rows = design_rows(design, data);
	LinearModel *model = linear_model_make(design, LINK_LOG, 1);
	double		theta_error = NAN;
	Glm			glm = {
		.family = GLM_POISSON,
		.rows = rows,
		.label = take_counts(data),
		.offset = take_offsets(data),
		.penalty = linear_penalty(rows, ridge)
	};

	glm_fit(&glm);
	if (option[POISSON_FAMILY].number > 0)
	{
		theta_error = fit_spread(&glm);
		glm_fit_null(&glm);
	}
	linear_model_take_glm(model, &glm, data, ridge == 0, report);
	report_counts(&glm, report);
	if (glm.family == GLM_NEGATIVE_BINOMIAL)
	{
		linear_report(report, "theta", glm.theta);
		linear_report(report, "theta_error", theta_error);
		if (isnan(theta_error))
			linear_tell(report, "the counts spread no more than Poisson's do, so theta is at its bound");
	}
	linear_model_write(model, out);
}

static Size
poisson_memory(const LearnData *data, const OptionValue *option)
{
	return glm_memory(data);
}

const Learner poisson_learner = {
	.base = {
		.name = "poisson",
		.code = 5,
		.options = &poisson_agg_options,
		.lower = "the number of levels or of rows",
		.decode = linear_decode,
	},
	.task = LEARN_NUMBERS,
	.takes_weight = true,
	.takes_offset = true,
	.train = poisson_train,
	.memory = poisson_memory,
	.predict = linear_predict,
	.scratch = linear_scratch,
	.importance = linear_importance,
	.terms = linear_terms,
};
