/*
 * linear_model.c
 *		What linear models keep, and how they predict.
 */
#include "learn/linear_model.h"

#include <float.h>
#include <math.h>

#include "lib/stringinfo.h"
#include "stat/plain_math.h"
#include "stat/student.h"

#define LABEL_EXPONENT_LEAST (-1100)
#define LABEL_EXPONENT_GREATEST 1100

#define FEATURES_TOLD 5

/* Of a standardised coefficient that goes to infinity the error is larger. */
#define ENDLESS_ERROR 100

/* The share of what is outside a confidence interval. */
#define OUTSIDE 0.05

LinearModel *
linear_model_make(Design *design, LearnLink link, int equations)
{
	LinearModel *model = palloc0(sizeof(LinearModel));
	Size		cells = mul_size(design->columns, equations);

	model->link = link;
	model->design = design;
	model->equations = equations;
	model->coefficient = crimeml_array(double, cells);
	model->fill = crimeml_array(double, Max(mul_size(design->categories, equations), 1));
	model->importance = crimeml_array(double, design->features);
	model->aliased = crimeml_array(bool, design->columns);
	return model;
}

/* ----------
 * Training
 * ----------
 */

/* The spread of what a feature brings to an equation, squared. */
static double
feature_variance(const LinearModel *model, const DesignRows *rows, int f, int equation)
{
	const DesignFeature *feature = &model->design->feature[f];
	double		mean = 0;
	double		square = 0;

	for (int c = feature->column; c < feature->column + feature->columns; c++)
	{
		double		b = model->coefficient[(Size) c * model->equations + equation];

		if (!feature->is_category)
			return b * b * rows->deviation[c] * rows->deviation[c];
		mean += rows->share[c] * b;
		square += rows->share[c] * b * b;
	}
	return Max(square - mean * mean, 0);
}

void
linear_model_finish(LinearModel *model, const DesignRows *rows)
{
	const Design *design = model->design;
	int			category = 0;
	double		sum = 0;

	for (int f = 0; f < design->features; f++)
	{
		const DesignFeature *feature = &design->feature[f];
		double		square = 0;

		for (int e = 0; e < model->equations; e++)
		{
			square += feature_variance(model, rows, f, e);
			for (int c = feature->column;
				 feature->is_category && !feature->missing && c < feature->column + feature->columns; c++)
				model->fill[category * model->equations + e] +=
					rows->share[c] * model->coefficient[(Size) c * model->equations + e];
		}
		category += feature->is_category;
		sum += model->importance[f] = sqrt(square);
	}
	for (int f = 0; f < design->features; f++)
		model->importance[f] = sum > 0 ? Min(model->importance[f] / sum, 1) : 0;
}

/* A number of the label's unit and of one over the feature's, as a plain one. */
static double
in_units(const LinearModel *model, int column, double value)
{
	int			exponent = column >= 1 && column <= model->design->numbers ?
		model->design->feature[model->design->owner[column]].exponent : 0;

	return ldexp(value, model->exponent - exponent);
}

void
linear_model_origin(const Design *design, double *times)
{
	memset(times, 0, sizeof(double) * design->columns);
	times[0] = 1;
	for (int c = 1; c <= design->numbers; c++)
		times[c] = -design->feature[design->owner[c]].shift;
}

void
linear_model_errors(LinearModel *model, const double *variance, double intercept_variance,
					double scale, double df)
{
	int			columns = model->design->columns;

	model->inference = true;
	model->df = df;
	model->error = crimeml_array(double, columns);
	for (int c = 0; c < columns; c++)
		model->error[c] = model->aliased[c] ? NAN : in_units(model, c, scale * sqrt(variance[c]));
	model->intercept_error = ldexp(scale * sqrt(intercept_variance), model->exponent);
}

double *
linear_penalty(const DesignRows *rows, double ridge)
{
	double	   *penalty;

	if (ridge == 0)
		return NULL;
	penalty = crimeml_array(double, rows->design->columns);
	for (int c = 1; c < rows->design->columns; c++)
		penalty[c] = ridge * rows->deviation[c] * rows->deviation[c];
	return penalty;
}

char *
linear_feature_names(const Design *design, const LearnData *data, const bool *holds)
{
	StringInfoData text;
	int			last = -1;
	int			told = 0;

	initStringInfo(&text);
	for (int i = 1; i < design->columns; i++)
	{
		int			f = design->owner[design->sequence[i]];

		if (!holds[design->sequence[i]] || f == last)
			continue;
		last = f;
		if (told++ < FEATURES_TOLD)
			appendStringInfo(&text, "%s\"%s\"", told > 1 ? ", " : "", data->feature[f].name);
	}
	if (told > FEATURES_TOLD)
		appendStringInfo(&text, " and %d more", told - FEATURES_TOLD);
	return text.data;
}

void
linear_mark_aliased(LinearModel *model, const NormalEquations *equations, const LearnData *data,
					LearnReport *report)
{
	const Triangle *t = &equations->triangle;
	int			columns = model->design->columns;
	int			aliased = columns - t->rank;

	for (int c = 0; c < columns; c++)
		model->aliased[c] = true;
	for (int i = 0; i < t->rank; i++)
		model->aliased[t->column[i]] = false;
	linear_report(report, "aliased", aliased);
	if (aliased > 0)
		linear_tell(report, psprintf("%d of %d terms are constant or aliased with those before them, and have no estimate: of %s",
									 aliased, columns,
									 linear_feature_names(model->design, data, model->aliased)));
}

void
linear_report(LearnReport *report, const char *name, double value)
{
	if (!isfinite(value))
		return;
	Assert(report->metrics < LEARN_MAX_METRICS);
	report->metric[report->metrics].name = name;
	report->metric[report->metrics++].value = value;
}

void
linear_tell(LearnReport *report, const char *clause)
{
	report->told = report->told == NULL ? pstrdup(clause) :
		psprintf("%s; %s", report->told, clause);
}

/* Tell of rows that are certain, and of the terms that make them so. */
static void
tell_separated(const LinearModel *model, const Glm *glm, const LearnData *data, LearnReport *report)
{
	const Design *design = model->design;
	int64		rows = glm_separated(glm);
	bool	   *endless = crimeml_array(bool, design->columns);
	char	   *names;

	linear_report(report, "separated_rows", rows);
	if (rows == 0)
		return;
	for (int c = 1; c < design->columns; c++)
		endless[c] = !model->aliased[c] && model->error[c] * (c > design->numbers ? 1 :
			ldexp(glm->rows->deviation[c], design->feature[design->owner[c]].exponent)) > ENDLESS_ERROR;
	names = linear_feature_names(design, data, endless);
	linear_tell(report, psprintf("%lld rows are fitted with certainty%s%s: such coefficients have no finite value, and their errors mean nothing",
								 (long long) rows, names[0] ? ", by terms of " : "", names));
}

void
linear_model_take_glm(LinearModel *model, const Glm *glm, const LearnData *data, bool inference,
					  LearnReport *report)
{
	int			columns = model->design->columns;
	int			rank = glm->equations.triangle.rank;

	model->coefficient = glm->b;
	linear_model_finish(model, glm->rows);
	linear_report(report, "terms", rank);
	linear_mark_aliased(model, &glm->equations, data, report);
	linear_report(report, "deviance", glm->deviance);
	linear_report(report, "null_deviance", glm->null_deviance);
	linear_report(report, "degrees_of_freedom", (double) data->rows - rank);
	linear_report(report, "iterations", glm->iterations);
	if (!glm->converged)
		linear_tell(report, psprintf("it did not converge in %d steps", glm->iterations));
	if (inference)
	{
		double	   *variance = crimeml_array(double, columns);
		double	   *times = crimeml_array(double, columns);

		normal_variances(&glm->equations, variance);
		linear_model_origin(model->design, times);
		linear_model_errors(model, variance, normal_variance_of(&glm->equations, times), 1, INFINITY);
		tell_separated(model, glm, data, report);
	}
}

/* ----------
 * The payload
 * ----------
 */

/* A number that goes into the model. */
static void
write_finite(double value, const char *what, ByteWriter *out)
{
	if (!isfinite(value))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s of the model is beyond the range of float8", what),
				 errhint("Take features and labels in other units.")));
	write_f64(out, value);
}

/* An estimate of the model in the features' units; that of the intercept is where they are 0. */
static double
estimate_of(const LinearModel *model, int column, int equation)
{
	const Design *design = model->design;
	double		b = model->coefficient[(Size) column * model->equations + equation];

	if (column == 0)
		for (int c = 1; c <= design->numbers; c++)
			b -= model->coefficient[(Size) c * model->equations + equation] *
				design->feature[design->owner[c]].shift;
	return in_units(model, column, b);
}

void
linear_model_write(const LinearModel *model, ByteWriter *out)
{
	const Design *design = model->design;

	write_u8(out, model->link);
	design_write(design, out);
	write_u16(out, model->exponent - LABEL_EXPONENT_LEAST);
	for (int c = 0; c < design->columns; c++)
		write_u8(out, model->aliased[c]);
	for (int c = 0; c < design->columns; c++)
	{
		if (c % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		for (int e = 0; e < model->equations; e++)
		{
			if (!isfinite(estimate_of(model, c, e)))
				write_finite(INFINITY, "a coefficient", out);
			write_finite(model->coefficient[(Size) c * model->equations + e], "a coefficient", out);
		}
	}
	for (int i = 0; i < design->categories * model->equations; i++)
		write_finite(model->fill[i], "a coefficient", out);
	for (int f = 0; f < design->features; f++)
		write_finite(model->importance[f], "an importance", out);
	write_u8(out, model->inference);
	if (!model->inference)
		return;
	write_u8(out, isfinite(model->df));
	if (isfinite(model->df))
		write_f64(out, model->df);
	if (model->df == 0)
		return;
	write_finite(model->intercept_error, "an error", out);
	for (int c = 1; c < design->columns; c++)
		if (!model->aliased[c])
			write_finite(model->error[c], "an error", out);
}

static double
read_finite(ByteReader *r)
{
	double		value = read_f64(r);

	if (!isfinite(value))
		reader_damaged(r, "a coefficient is not finite");
	return value;
}

static double
read_error(ByteReader *r)
{
	double		value = read_f64(r);

	if (!(value >= 0 && value <= DBL_MAX))
		reader_damaged(r, "an error is out of range");
	return value;
}

static bool
read_flag(ByteReader *r)
{
	unsigned	flag = read_u8(r);

	if (flag > 1)
		reader_damaged(r, "a flag is neither 0 nor 1");
	return flag == 1;
}

static void
read_errors(LinearModel *model, ByteReader *r)
{
	int			columns = model->design->columns;

	model->inference = read_flag(r);
	if (!model->inference)
		return;
	model->df = INFINITY;
	if (read_flag(r))
	{
		model->df = read_f64(r);
		if (!(model->df >= 0 && model->df <= PG_INT32_MAX && model->df == rint(model->df)))
			reader_damaged(r, "the degrees of freedom are out of range");
	}
	model->error = crimeml_array(double, columns);
	model->intercept_error = model->df == 0 ? NAN : read_error(r);
	for (int c = 1; c < columns; c++)
		model->error[c] = model->df == 0 || model->aliased[c] ? NAN : read_error(r);
}

void *
linear_decode(ByteReader *r, const void *learn_shape)
{
	const LearnShape *shape = learn_shape;
	LinearModel *model;
	Design	   *design;
	unsigned	link = read_u8(r);
	unsigned	exponent;
	int			equations = link == LINK_SOFTMAX ? shape->classes : 1;

	if (link < LINK_IDENTITY || link > LINK_SOFTMAX ||
		(link <= LINK_LOG ? shape->classes != 0 :
		 link == LINK_LOGIT ? shape->classes != 2 : shape->classes < 2))
		reader_damaged(r, "the link does not fit the number of classes");
	design = design_read(r, shape);
	if (mul_size(mul_size(design->columns + design->categories, equations), sizeof(double)) >
		r->len - r->at)
		reader_damaged(r, "it has too few coefficients");
	model = linear_model_make(design, link, equations);
	exponent = read_u16(r);
	if (exponent > LABEL_EXPONENT_GREATEST - LABEL_EXPONENT_LEAST)
		reader_damaged(r, "the unit of the label is out of range");
	model->exponent = (int) exponent + LABEL_EXPONENT_LEAST;
	if (link != LINK_IDENTITY && model->exponent != 0)
		reader_damaged(r, "the unit of the label is out of range");
	for (int c = 0; c < design->columns; c++)
		model->aliased[c] = read_flag(r);
	for (int i = 0; i < design->columns * equations; i++)
		model->coefficient[i] = read_finite(r);
	for (int i = 0; i < design->categories * equations; i++)
		model->fill[i] = read_finite(r);
	for (int f = 0; f < design->features; f++)
	{
		model->importance[f] = read_f64(r);
		if (!(model->importance[f] >= 0 && model->importance[f] <= 1))
			reader_damaged(r, "an importance is not between 0 and 1");
	}
	read_errors(model, r);
	if (model->inference && equations > 1)
		reader_damaged(r, "errors of more than one equation");
	return model;
}

/* ----------
 * Predicting
 * ----------
 */

Size
linear_scratch(const void *engine)
{
	return sizeof(double) * ((const LinearModel *) engine)->equations;
}

/* The sums of the equations for a row. */
static void
add_up(const LinearModel *model, const double *row, double *sum)
{
	const Design *design = model->design;
	int			n = model->equations;
	int			category = 0;

	memcpy(sum, model->coefficient, sizeof(double) * n);
	for (int f = 0; f < design->features; f++)
	{
		const DesignFeature *feature = &design->feature[f];
		const double *b;
		double		times = 1;
		int			column = feature->column;

		if (feature->is_category)
		{
			column = design_code_column(feature, isnan(row[f]) ? -1 : (int32) row[f]);
			category++;
		}
		else
			times = design_number(feature, row[f]);
		if (column == 0 || times == 0)
			continue;
		b = column > 0 ? model->coefficient + (Size) column * n : model->fill + (category - 1) * n;
		for (int e = 0; e < n; e++)
			sum[e] += times * b[e];
	}
}

/* Numbers that add to 1, of the sums of classes. */
static void
softmax(const double *sum, int n, double *probability)
{
	double		greatest = -DBL_MAX;
	double		total = 0;

	for (int e = 0; e < n; e++)
		greatest = Max(greatest, sum[e]);
	for (int e = 0; e < n; e++)
	{
		double		below = sum[e] - greatest;

		total += probability[e] = below > -700 ? plain_exp(Min(below, 0)) : 0;
	}
	for (int e = 0; e < n; e++)
		probability[e] /= total;
}

void
linear_predict(const void *engine, void *scratch, const double *row, int64 n, double *result)
{
	const LinearModel *model = engine;
	double	   *sum = scratch;

	for (int64 i = 0; i < n; i++)
	{
		add_up(model, row + i * model->design->features, sum);

		/* far from the rows of training a sum may be beyond the range of float8 */
		for (int e = 0; e < model->equations; e++)
			sum[e] = sum[e] > -DBL_MAX ? Min(sum[e], DBL_MAX) : -DBL_MAX;
		switch (model->link)
		{
			case LINK_IDENTITY:
				*result = ldexp(sum[0], model->exponent);
				*result = Min(Max(*result, -DBL_MAX), DBL_MAX);
				result++;
				break;
			case LINK_LOG:
				*result++ = plain_exp(Min(sum[0], 600));
				break;
			case LINK_LOGIT:
				result[1] = plain_logistic(sum[0]);
				result[0] = plain_logistic(-sum[0]);
				result += 2;
				break;
			case LINK_SOFTMAX:
				softmax(sum, model->equations, result);
				result += model->equations;
				break;
		}
	}
}

void
linear_importance(const void *engine, double *result)
{
	const LinearModel *model = engine;

	memcpy(result, model->importance, sizeof(double) * model->design->features);
}

/* The estimate of a column, its error, and what follows from these. */
static void
set_term(const LinearModel *model, int column, int equation, double limit, LearnTerm *term)
{
	double		error = !model->inference ? NAN :
		column == 0 ? model->intercept_error : model->error[column];

	term->estimate = model->aliased[column] ? NAN : estimate_of(model, column, equation);
	if (model->link == LINK_SOFTMAX)
		term->estimate -= estimate_of(model, column, 0);
	term->error = term->statistic = term->p = term->lower = term->upper = NAN;
	if (isnan(error) || isnan(term->estimate))
		return;
	term->error = error;
	if (error > 0)
	{
		term->statistic = Min(Max(term->estimate / error, -DBL_MAX), DBL_MAX);
		term->p = tail_of_log(student_log_tails(term->statistic, model->df));
	}
	term->lower = Min(Max(term->estimate - limit * error, -DBL_MAX), DBL_MAX);
	term->upper = Min(Max(term->estimate + limit * error, -DBL_MAX), DBL_MAX);
}

void
linear_terms(const void *engine, LearnTermVisit visit, void *arg)
{
	const LinearModel *model = engine;
	const Design *design = model->design;
	double		limit = model->inference && model->df > 0 ? student_limit(OUTSIDE, model->df) : NAN;

	/* of classes the first is that which the others are compared with */
	for (int e = model->link == LINK_SOFTMAX ? 1 : 0; e < model->equations; e++)
		for (int i = 0; i < design->columns; i++)
		{
			int			column = design->sequence[i];
			LearnTerm	term = {0};

			term.class = model->link == LINK_SOFTMAX ? e : model->link == LINK_LOGIT ? 1 : -1;
			term.feature = design->owner[column];
			term.level = -1;
			if (term.feature >= 0 && design->feature[term.feature].is_category)
				term.level = design_level(&design->feature[term.feature], column);
			set_term(model, column, e, limit, &term);
			visit(&term, arg);
		}
}
