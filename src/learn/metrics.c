/*
 * metrics.c
 *		How good predictions are, row by row, beside a simple forecast.
 */
#include "learn/metrics.h"

#include <math.h>

#define LOWEST_PROBABILITY 1e-15

int
most_probable(const double *probability, int classes)
{
	int			best = 0;

	for (int c = 1; c < classes; c++)
		if (probability[c] > probability[best])
			best = c;
	return best;
}

ClassMetrics *
class_metrics_create(int classes, const double *share)
{
	ClassMetrics *m = palloc0(sizeof(ClassMetrics));

	m->classes = classes;
	m->share = share;
	m->common = most_probable(share, classes);
	m->labels = classes;
	m->capacity = classes + 16;
	m->actual = crimeml_array(int64, m->capacity);
	m->predicted = crimeml_array(int64, m->capacity);
	m->hit = crimeml_array(int64, m->capacity);
	return m;
}

/* A longer array whose new part is zero. */
static int64 *
grow_counts(int64 *counts, int from, int to)
{
	counts = crimeml_realloc(counts, from, to, sizeof(int64));
	memset(counts + from, 0, (Size) (to - from) * sizeof(int64));
	return counts;
}

/* One row into the sums; p may be shares as well as probabilities. */
static void
tally(ClassTally *t, int actual, int said, const double *p, int classes)
{
	int			above = 0;

	if (actual >= classes)
	{
		t->log_loss -= log(LOWEST_PROBABILITY);
		return;
	}
	t->correct += actual == said;
	t->log_loss -= log(Max(p[actual], LOWEST_PROBABILITY));
	for (int c = 0; c < classes && above < 3; c++)
		above += p[c] > p[actual] || (p[c] == p[actual] && c < actual);
	t->top3 += above < 3;
}

void
class_metrics_add(ClassMetrics *m, int actual, const double *probability)
{
	int			said = most_probable(probability, m->classes);

	if (actual >= m->capacity)
	{
		int			capacity = Max(m->capacity * 2, actual + 1);

		m->actual = grow_counts(m->actual, m->capacity, capacity);
		m->predicted = grow_counts(m->predicted, m->capacity, capacity);
		m->hit = grow_counts(m->hit, m->capacity, capacity);
		m->capacity = capacity;
	}
	m->labels = Max(m->labels, actual + 1);
	m->rows++;
	m->actual[actual]++;
	m->predicted[said]++;
	m->hit[actual] += actual == said;
	tally(&m->model, actual, said, probability, m->classes);
	tally(&m->baseline, actual, m->common, m->share, m->classes);
}

/* The means over rows. */
static void
row_scores(const ClassTally *t, int64 rows, ClassScores *s)
{
	s->accuracy = (double) t->correct / rows;
	s->log_loss = t->log_loss / rows;
	s->top3 = (double) t->top3 / rows;
}

void
class_metrics_scores(const ClassMetrics *m, ClassScores *model, ClassScores *baseline)
{
	int			present = 0;
	double		recall = 0,
				f1 = 0;
	int64		common = m->actual[m->common];

	row_scores(&m->model, m->rows, model);
	row_scores(&m->baseline, m->rows, baseline);

	for (int c = 0; c < m->labels; c++)
	{
		if (m->actual[c] == 0)
			continue;
		present++;
		recall += (double) m->hit[c] / m->actual[c];
		f1 += 2.0 * m->hit[c] / (m->actual[c] + m->predicted[c]);
	}
	model->balanced_accuracy = recall / present;
	model->macro_f1 = f1 / present;

	/* the baseline says the same of every row */
	baseline->balanced_accuracy = (common > 0 ? 1.0 : 0.0) / present;
	baseline->macro_f1 = 2.0 * common / (common + m->rows) / present;
}

void
value_metrics_start(ValueMetrics *m, double mean)
{
	memset(m, 0, sizeof(*m));
	m->mean = mean;
	m->scatter = SCATTER_EMPTY;
	m->model = m->baseline = (ValueErrors) {SQUARES_EMPTY, TOTAL_EMPTY};
}

static void
add_error(ValueErrors *errors, double actual, double predicted)
{
	double		error = fabs(actual - predicted);

	squares_add(&errors->squares, actual, predicted);
	if (isinf(error))
		total_add(&errors->absolute, fabs(actual / 2 - predicted / 2), 2);
	else
		total_add(&errors->absolute, error, 1);
}

void
value_metrics_add(ValueMetrics *m, double actual, double predicted)
{
	value_metrics_add_for(m, actual, predicted, 1);
}

void
value_metrics_add_for(ValueMetrics *m, double actual, double predicted, double exposure)
{
	m->rows++;
	scatter_add(&m->scatter, actual);
	add_error(&m->model, actual, predicted);
	add_error(&m->baseline, actual, m->mean * exposure);
}

static double
check_score(const char *name, double score)
{
	if (isinf(score))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("%s is out of range", name),
				 errdetail("The errors of the predictions are too large, or the labels too near one another, for a double.")));
	return score;
}

static void
value_scores(const ValueMetrics *m, const ValueErrors *errors, ValueScores *s)
{
	s->rmse = check_score("rmse", squares_rms(&errors->squares, m->rows));
	s->mae = check_score("mae", total_over(&errors->absolute, m->rows));
	s->r2 = m->scatter.squares.sum > 0 ?
		check_score("r2", 1 - squares_ratio(&errors->squares, &m->scatter.squares)) : NAN;
}

void
value_metrics_scores(const ValueMetrics *m, ValueScores *model, ValueScores *baseline)
{
	value_scores(m, &m->model, model);
	value_scores(m, &m->baseline, baseline);
}
