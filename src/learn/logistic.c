/*
 * logistic.c
 *		Logistic models of two or more classes, as a learner.
 *
 * Two classes are one equation with inference.  More have one each, which add
 * to 0 over the classes; they are found by L-BFGS.  Its variables are the
 * coefficients times the triangle of the design, and by the frequency of the class,
 * so that columns that go together, or are rare, do not make it slow.
 */
#include "learn/linear_model.h"

#include <math.h>

#include "stat/lbfgs.h"
#include "stat/plain_math.h"

#define STEPS_MAX 500
#define LIKELY_ENOUGH 1e-8		/* a gain of so little, relative, is the last */

/* Rows whose probabilities are made together. */
#define BLOCK_ROWS 64

enum
{
	LOGISTIC_RIDGE,
	LOGISTIC_WEIGHT,
	LOGISTIC_OPTIONS
};

static const OptionSpec logistic_spec[] = {
	[LOGISTIC_RIDGE] = RIDGE_OPTION_SPEC(OPTION_AUTO, "0 of two classes, 1 of more"),
	[LOGISTIC_WEIGHT] = WEIGHT_OPTION_SPEC,
};

const OptionTable logistic_agg_options = {
	"logistic_agg", logistic_spec, LOGISTIC_OPTIONS, &learner_options, "{\"ridge\": 10}"
};

/* ----------
 * Two classes
 * ----------
 */

static void
train_two(const LearnData *data, Design *design, DesignRows *rows, double ridge, ByteWriter *out,
		  LearnReport *report)
{
	double	   *label = scratch_array(double, data->rows);
	LinearModel *model = linear_model_make(design, LINK_LOGIT, 1);
	Glm			glm = {
		.family = GLM_LOGISTIC,
		.rows = rows,
		.label = label,
		.penalty = linear_penalty(rows, ridge)
	};

	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		label[i] = data->label_class[data->order[i]];
	}
	glm_fit(&glm);
	linear_model_take_glm(model, &glm, data, ridge == 0, report);
	linear_report(report, "log_likelihood", -glm.deviance / 2);
	linear_report(report, "aic", glm.deviance + 2 * glm.equations.triangle.rank);
	linear_report(report, "bic", glm.deviance + plain_log(data->rows) * glm.equations.triangle.rank);
	linear_model_write(model, out);
}

/* ----------
 * More classes
 * ----------
 */

typedef struct Multinomial
{
	const DesignRows *rows;
	const int32 *label;			/* in canonical order */
	int			classes;
	const double *penalty;		/* of each column's square; NULL: none */
	NormalEquations equations;
	double	   *size;			/* of a class's variables */
	double	   *b;				/* coefficients of the columns */
	double	   *sum;			/* of columns' scores */
	double	   *eta;			/* of a block of rows */
	int64		certain;		/* rows whose own class has all but 1e-8 */
} Multinomial;

/* The loss of rows from begin on, and their scores by column; eta is of BLOCK_ROWS rows. */
WIDE_LOOPS static double
add_rows(Multinomial *m, int64 begin, int64 end, double *restrict eta, double *restrict sum)
{
	const DesignRows *rows = m->rows;
	const Design *design = rows->design;
	int			n = m->classes;
	double		loss = 0;

	for (int64 i = begin; i < end; i++)
	{
		const double *number = rows->number + i * design->numbers;
		const int32 *column = rows->column + i * design->categories;
		double	   *to = eta + (i - begin) * n;

		memcpy(to, m->b, sizeof(double) * n);
		for (int j = 0; j < design->numbers; j++)
		{
			const double *b = m->b + (Size) (1 + j) * n;

			for (int k = 0; k < n; k++)
				to[k] += number[j] * b[k];
		}
		for (int j = 0; j < design->categories; j++)
		{
			const double *b = m->b + (Size) column[j] * n;

			if (column[j] > 0)
				for (int k = 0; k < n; k++)
					to[k] += b[k];
		}
	}
	for (int64 i = begin; i < end; i++)
	{
		double	   *to = eta + (i - begin) * n;
		double		weight = rows->weight ? rows->weight[i] : 1;
		double		greatest = to[0];
		double		own = to[m->label[i]];
		double		total = 0;

		for (int k = 1; k < n; k++)
			greatest = Max(greatest, to[k]);
		for (int k = 0; k < n; k++)
			to[k] = plain_exp(to[k] - greatest);
		for (int k = 0; k < n; k++)
			total += to[k];
		own = plain_log(total) + greatest - own;
		m->certain += own < 1e-8;
		loss += weight * own;
		for (int k = 0; k < n; k++)
			to[k] *= weight / total;
		to[m->label[i]] -= weight;
	}
	for (int64 i = begin; i < end; i++)
	{
		const double *number = rows->number + i * design->numbers;
		const int32 *column = rows->column + i * design->categories;
		const double *score = eta + (i - begin) * n;

		for (int k = 0; k < n; k++)
			sum[k] += score[k];
		for (int j = 0; j < design->numbers; j++)
		{
			double	   *of = sum + (Size) (1 + j) * n;

			for (int k = 0; k < n; k++)
				of[k] += number[j] * score[k];
		}
		for (int j = 0; j < design->categories; j++)
		{
			double	   *of = sum + (Size) column[j] * n;

			if (column[j] > 0)
				for (int k = 0; k < n; k++)
					of[k] += score[k];
		}
	}
	return loss;
}

static double
penalty_of(const Multinomial *m)
{
	int			n = m->classes;
	double		loss = 0;

	for (int c = 1; m->penalty != NULL && c < m->rows->design->columns; c++)
		for (int k = 0; k < n; k++)
			loss += m->penalty[c] * m->b[c * n + k] * m->b[c * n + k] / 2;
	return loss;
}

/* The negative log likelihood with the penalty, and its gradient. */
static double
loss_of(const double *x, double *gradient, void *arg)
{
	Multinomial *m = arg;
	const DesignRows *rows = m->rows;
	int			columns = rows->design->columns;
	int			rank = m->equations.triangle.rank;
	int			n = m->classes;
	double		loss = 0;

	m->certain = 0;
	normal_spread(&m->equations, x, n, m->b);
	for (int c = 0; c < columns; c++)
		for (int k = 0; k < n; k++)
			m->b[c * n + k] *= m->size[k];
	memset(m->sum, 0, sizeof(double) * n * columns);
	for (int64 i = 0; i < rows->rows; i += BLOCK_ROWS)
	{
		CHECK_FOR_INTERRUPTS();
		loss += add_rows(m, i, Min(i + BLOCK_ROWS, rows->rows), m->eta, m->sum);
	}
	for (int c = 1; m->penalty != NULL && c < columns; c++)
		for (int k = 0; k < n; k++)
			m->sum[c * n + k] += m->penalty[c] * m->b[c * n + k];
	loss += penalty_of(m);
	normal_gather(&m->equations, m->sum, n, gradient);
	for (int i = 0; i < rank; i++)
		for (int k = 0; k < n; k++)
			gradient[i * n + k] *= m->size[k];
	return loss;
}

/* The coefficients of each column, so that they add to 0. */
static void
centre_classes(const Multinomial *m)
{
	int			n = m->classes;

	for (int c = 0; c < m->rows->design->columns; c++)
	{
		double		mean = 0;

		for (int k = 0; k < n; k++)
			mean += m->b[c * n + k] / n;
		for (int k = 0; k < n; k++)
			m->b[c * n + k] -= mean;
	}
}

static void
train_more(const LearnData *data, Design *design, DesignRows *rows, double ridge, ByteWriter *out,
		   LearnReport *report)
{
	LinearModel *model = linear_model_make(design, LINK_SOFTMAX, data->classes);
	int			n = data->classes;
	Size		cells = mul_size(design->columns, n);
	int32	   *label = scratch_array(int32, data->rows);
	double	   *x = crimeml_array(double, cells);
	double	   *gradient = crimeml_array(double, cells);
	Multinomial m = {
		.rows = rows,
		.label = label,
		.classes = n,
		.penalty = linear_penalty(rows, ridge),
		.size = crimeml_array(double, n),
		.b = model->coefficient,
		.sum = crimeml_array(double, cells),
		.eta = crimeml_array(double, mul_size(BLOCK_ROWS, n))
	};
	double		loss;
	double		null_loss;
	int			steps;

	if (cells > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%d terms of %d classes are too many", design->columns, n),
				 errhint("Put the values of texts into groups.")));
	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		label[i] = data->label_class[data->order[i]];
		m.size[label[i]] += rows->weight ? rows->weight[i] : 1;
	}
	normal_begin(&m.equations, rows, m.penalty);
	normal_factor(&m.equations, rows->weight);

	/* the intercepts alone are the classes' frequencies; the triangle's first is the root of all */
	for (int k = 0; k < n; k++)
	{
		double		share = m.size[k] / rows->total_weight;

		m.size[k] = 1 / sqrt(share);
		x[k] = plain_log(share) / m.size[k] * sqrt(rows->total_weight);
	}
	null_loss = loss_of(x, gradient, &m);
	loss = lbfgs_minimise(loss_of, &m, (int) mul_size(m.equations.triangle.rank, n), x,
						  LIKELY_ENOUGH, STEPS_MAX, &steps);
	if (steps == STEPS_MAX)
		linear_tell(report, psprintf("it did not converge in %d steps", STEPS_MAX));
	(void) loss_of(x, gradient, &m);

	linear_report(report, "terms", m.equations.triangle.rank);
	linear_mark_aliased(model, &m.equations, data, report);
	loss -= penalty_of(&m);
	centre_classes(&m);
	linear_report(report, "deviance", 2 * loss);
	linear_report(report, "null_deviance", 2 * null_loss);
	linear_report(report, "iterations", steps);
	linear_report(report, "separated_rows", m.certain);
	if (m.certain > 0)
		linear_tell(report, psprintf("%lld rows are fitted with certainty: without a larger ridge such coefficients have no finite value",
									 (long long) m.certain));
	linear_model_finish(model, rows);
	linear_model_write(model, out);
}

/* ----------
 * The learner
 * ----------
 */

static void
logistic_train(const LearnData *data, OptionValue *option, ByteWriter *out, LearnReport *report)
{
	Design	   *design = design_make(data);
	DesignRows *rows = design_rows(design, data);

	if (option[LOGISTIC_RIDGE].number == OPTION_AUTO)
		option[LOGISTIC_RIDGE].number = data->classes > 2 ? 1 : 0;
	(data->classes > 2 ? train_more : train_two) (data, design, rows, option[LOGISTIC_RIDGE].number,
												  out, report);
}

static Size
logistic_memory(const LearnData *data, const OptionValue *option)
{
	Size		cells = mul_size(design_columns(data), data->classes);

	if (data->classes <= 2)
		return glm_memory(data);
	return add_size(add_size(add_size(design_memory(data), normal_memory(design_columns(data))),
							 mul_size(data->rows, sizeof(int32))),
					mul_size(add_size(LBFGS_NUMBERS(cells), 5 * cells), sizeof(double)));
}

const Learner logistic_learner = {
	.base = {
		.name = "logistic",
		.code = 6,
		.options = &logistic_agg_options,
		.lower = "the number of levels, classes or rows",
		.decode = linear_decode,
	},
	.task = LEARN_CLASSES,
	.takes_weight = true,
	.train = logistic_train,
	.memory = logistic_memory,
	.predict = linear_predict,
	.scratch = linear_scratch,
	.importance = linear_importance,
	.terms = linear_terms,
};
