/*
 * linear.c
 *		Least squares, as a learner.
 *
 * The label has its mean taken away and a power of two as its unit, as numbers in
 * the design have.  Coefficients come of X' W X b = X' W y by the triangle of the
 * design, and are then refined by what the residuals leave (Bjorck 1967), so that
 * they are as good as those of a QR decomposition of the rows.
 */
#include "learn/linear_model.h"

#include <float.h>
#include <math.h>

#include "learn/normal_equations.h"
#include "stat/plain_math.h"
#include "stat/student.h"
#include "stat/sums.h"

#define REFINEMENTS 12
#define REFINED 1e-15			/* a step of so little, relative, is the last */

#define LOG_2PI 1.83787706640934548356

enum
{
	LINEAR_RIDGE,
	LINEAR_WEIGHT,
	LINEAR_OPTIONS
};

static const OptionSpec linear_spec[] = {
	[LINEAR_RIDGE] = RIDGE_OPTION_SPEC(0, NULL),
	[LINEAR_WEIGHT] = WEIGHT_OPTION_SPEC,
};

const OptionTable linear_agg_options = {
	"linear_agg", linear_spec, LINEAR_OPTIONS, &learner_options, "{\"ridge\": 10}"
};

/* What is fitted, in canonical order. */
typedef struct LinearFit
{
	const LearnData *data;
	DesignRows *rows;
	int			exponent;		/* the label's unit */
	double		mean;			/* of the label, in that unit */
	double	   *label;			/* less the mean */
	double	   *residual;		/* times the weight */
	double	   *b;
	double		residual_squares;	/* weighted, in units of the label */
	double		label_squares;	/* about the mean */
	double		log_weights;
} LinearFit;

static void
take_labels(LinearFit *fit)
{
	const LearnData *data = fit->data;
	Total		total = TOTAL_EMPTY;
	double		mean;
	double		reach;
	double		unit;

	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		total_add(&total, data->label_value[data->order[i]],
				  fit->rows->weight ? fit->rows->weight[i] : 1);
	}
	mean = total_mean(&total, fit->rows->total_weight);
	if (total.low == total.high)
		mean = total.low;
	reach = Max(total.high / 2 - mean / 2, mean / 2 - total.low / 2);
	if (reach > 0)
		frexp(reach, &fit->exponent);
	fit->exponent = Min(Max(fit->exponent + 1, -1022), 1024);
	unit = ldexp(1, -fit->exponent);
	fit->mean = mean * unit;
	fit->label = scratch_array(double, data->rows);
	for (int64 i = 0; i < data->rows; i++)
	{
		double		weight = fit->rows->weight ? fit->rows->weight[i] : 1;

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		fit->label[i] = data->label_value[data->order[i]] * unit - fit->mean;
		fit->label_squares += weight * fit->label[i] * fit->label[i];
		if (fit->rows->weight)
			fit->log_weights += plain_log(weight);
	}
}

/* Residuals times weights, and the sum of their squares. */
static void
take_residuals(LinearFit *fit)
{
	fit->residual_squares = 0;
	design_eta(fit->rows, fit->b, NULL, fit->residual);
	for (int64 i = 0; i < fit->rows->rows; i++)
	{
		double		weight = fit->rows->weight ? fit->rows->weight[i] : 1;
		double		left = fit->label[i] - fit->residual[i];

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		fit->residual_squares += weight * left * left;
		fit->residual[i] = weight * left;
	}
}

/* Coefficients, each step from the residuals of what the steps before gave. */
static void
solve(LinearFit *fit, const NormalEquations *equations, const double *penalty)
{
	int			columns = fit->rows->design->columns;
	double	   *sum = crimeml_array(double, columns);
	double	   *step = crimeml_array(double, columns);
	double		before = INFINITY;

	fit->b = crimeml_array(double, columns);
	take_residuals(fit);
	for (int i = 0; i < REFINEMENTS; i++)
	{
		double		size = 0;
		double		whole = 0;

		design_sums(fit->rows, fit->residual, sum);
		for (int c = 0; penalty != NULL && c < columns; c++)
			sum[c] -= penalty[c] * fit->b[c];
		normal_solve(equations, sum, step);
		for (int c = 0; c < columns; c++)
		{
			size = Max(size, fabs(step[c]));
			whole = Max(whole, fabs(fit->b[c] + step[c]));
		}
		/* rounding is all that is left */
		if (i > 1 && size >= before)
			break;
		for (int c = 0; c < columns; c++)
			fit->b[c] += step[c];
		take_residuals(fit);
		if (size <= REFINED * whole)
			break;
		before = size;
	}
}

/* As R's lm has them. */
static void
report_fit(const LinearFit *fit, int rank, bool inference, LearnReport *report)
{
	double		n = fit->rows->rows;
	double		df = n - rank;
	double		left = fit->residual_squares;
	double		whole = fit->label_squares;
	double		unit = fit->exponent * M_LN2;

	linear_report(report, "terms", rank);
	if (whole > 0)
		linear_report(report, "r2", 1 - left / whole);
	if (!inference)
	{
		linear_report(report, "rmse", ldexp(sqrt(left / fit->rows->total_weight), fit->exponent));
		return;
	}
	if (whole > 0 && df > 0)
		linear_report(report, "adjusted_r2", 1 - (left / df) / (whole / (n - 1)));
	linear_report(report, "degrees_of_freedom", df);
	if (df > 0)
		linear_report(report, "residual_deviation", ldexp(sqrt(left / df), fit->exponent));
	if (df > 0 && rank > 1 && left > 0)
	{
		double		f = Max(whole - left, 0) / (rank - 1) / (left / df);

		linear_report(report, "f", f);
		linear_report(report, "f_p", tail_of_log(f_log_tail(f, rank - 1, df)));
	}
	if (left > 0)
	{
		double		log_likelihood = 0.5 * (fit->log_weights -
											n * (LOG_2PI + 1 - plain_log(n) + plain_log(left) + 2 * unit));

		linear_report(report, "log_likelihood", log_likelihood);
		linear_report(report, "aic", -2 * log_likelihood + 2 * (rank + 1));
		linear_report(report, "bic", -2 * log_likelihood + plain_log(n) * (rank + 1));
	}
}

/* The variance of each coefficient, of a fit without penalty. */
static void
set_errors(const LinearFit *fit, const NormalEquations *equations, LinearModel *model)
{
	int			columns = model->design->columns;
	double		df = (double) fit->rows->rows - equations->triangle.rank;
	double	   *variance = crimeml_array(double, columns);
	double	   *times = crimeml_array(double, columns);

	normal_variances(equations, variance);
	linear_model_origin(model->design, times);
	linear_model_errors(model, variance, normal_variance_of(equations, times),
						df > 0 ? sqrt(fit->residual_squares / df) : 0, Max(df, 0));
}

static void
linear_train(const LearnData *data, OptionValue *option, ByteWriter *out, LearnReport *report)
{
	double		ridge = option[LINEAR_RIDGE].number;
	Design	   *design = design_make(data);
	LinearFit	fit = {data, design_rows(design, data)};
	NormalEquations equations = {0};
	const double *penalty = linear_penalty(fit.rows, ridge);
	LinearModel *model = linear_model_make(design, LINK_IDENTITY, 1);

	take_labels(&fit);
	fit.residual = scratch_array(double, data->rows);
	normal_begin(&equations, fit.rows, penalty);
	normal_factor(&equations, fit.rows->weight);
	solve(&fit, &equations, penalty);

	model->coefficient = fit.b;
	linear_model_finish(model, fit.rows);
	linear_mark_aliased(model, &equations, data, report);
	fit.b[0] += fit.mean;
	model->exponent = fit.exponent;
	if (ridge == 0)
		set_errors(&fit, &equations, model);
	report_fit(&fit, equations.triangle.rank, ridge == 0, report);
	linear_model_write(model, out);
}

static Size
linear_memory(const LearnData *data, const OptionValue *option)
{
	return add_size(add_size(design_memory(data), normal_memory(design_columns(data))),
					mul_size(data->rows, 2 * sizeof(double)));
}

const Learner linear_learner = {
	.base = {
		.name = "linear",
		.code = 4,
		.options = &linear_agg_options,
		.lower = "the number of levels or of rows",
		.decode = linear_decode,
	},
	.task = LEARN_NUMBERS,
	.takes_weight = true,
	.train = linear_train,
	.memory = linear_memory,
	.predict = linear_predict,
	.scratch = linear_scratch,
	.importance = linear_importance,
	.terms = linear_terms,
};
