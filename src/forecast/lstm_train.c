/*
 * lstm_train.c
 *		Training of the network: windows drawn at random, Adam, an early end.
 *
 * The last windows of every series are kept apart: what they have to forecast
 * is nothing that is trained for.  The parameters with which they went best are the
 * ones that stay.
 */
#include "forecast/lstm.h"

#include <math.h>

#include "stat/plain_math.h"

#define LATER_WINDOWS 3			/* of every series, one head apart */
#define STEPS_BETWEEN_LOOKS 10
#define PATIENCE 8				/* looks without something better */
#define MOST_LATER 2000			/* later windows that a look goes over */
#define LONGEST_GRADIENT 1.0
#define FORGET_BIAS 1.0
#define EMBEDDING_SPREAD 0.1

/* Adam (Kingma and Ba 2015) */
#define BETA1 0.9
#define BETA2 0.999
#define EPSILON 1e-8

typedef struct Places
{
	LstmWindow *window;			/* the later ones */
	int			later;
	int		   *series;			/* that have places to train at */
	int		   *first;			/* last values of their first window */
	int64	   *until;			/* places of the series up to this one */
	int			n;
} Places;

typedef struct Adam
{
	double	   *mean;
	double	   *square;
	double		beta1;			/* BETA1 to the power of the steps */
	double		beta2;
} Adam;

double
lstm_scale(const double *value, int n, int window)
{
	double		sum = 0;
	int			seen = 0;

	for (int t = Max(n - window, 0); t < n; t++)
		if (!isnan(value[t]))
		{
			sum += value[t];
			seen++;
		}
	return seen > 0 ? Max(sum / seen, LSTM_LEAST_SCALE) : LSTM_LEAST_SCALE;
}

/* Random parameters to begin with; all but those that only add something. */
static void
draw_parameters(LstmNet *net, uint64 seed)
{
	static const LstmPart drawn[] = {
		LSTM_VALUE, LSTM_CALENDAR, LSTM_SERIES, LSTM_RECURRENT, LSTM_HEAD_HIDDEN,
		LSTM_HEAD_SERIES, LSTM_HEAD_CALENDAR, LSTM_OUTPUT, LSTM_EMBEDDING
	};
	int			hidden = net->shape.hidden;
	double		spread = 1 / sqrt(hidden);

	for (int k = 0; k < lengthof(drawn); k++)
	{
		Random		random;
		double		width = drawn[k] == LSTM_EMBEDDING ? EMBEDDING_SPREAD : spread;

		random_seed(&random, seed, drawn[k]);
		for (int i = net->at[drawn[k]]; i < net->at[drawn[k] + 1]; i++)
		{
			net->parameter[i] = width * (2 * random_uniform(&random) - 1);
			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
		}
	}
	for (int j = 0; j < hidden; j++)
		net->parameter[net->at[LSTM_BIAS] + hidden + j] = FORGET_BIAS;
}

/* Where windows may end: with something to read, and values to forecast behind. */
static void
find_places(Places *p, const SeriesSet *set, const LstmShape *shape)
{
	p->window = palloc(sizeof(LstmWindow) * Max(set->n, 1) * LATER_WINDOWS);
	p->series = palloc(sizeof(int) * Max(set->n, 1));
	p->first = palloc(sizeof(int) * Max(set->n, 1));
	p->until = palloc(sizeof(int64) * Max(set->n, 1));
	for (int i = 0; i < set->n; i++)
	{
		const Series *s = &set->series[i];
		int			apart = s->n > shape->window + 3 * LATER_WINDOWS * shape->head ? LATER_WINDOWS :
			s->n > 4 * shape->head ? 1 : 0;
		int			first = Min(shape->window, s->n / 3) - 1;
		int			end = s->n - apart * shape->head;

		CHECK_FOR_INTERRUPTS();
		if (!s->counts || s->n < 4)
			continue;

		/* windows near the end of a short series may have fewer values to forecast */
		first = Max(first, 0);
		end -= s->n > 4 * shape->head ? shape->head : 1;
		for (int k = 0; k < apart; k++)
		{
			int			last = s->n - 1 - (k + 1) * shape->head;

			p->window[p->later++] = (LstmWindow) {
				s, last, lstm_scale(s->value, last + 1, shape->scale_window)
			};
		}
		if (end <= first)
			continue;
		p->series[p->n] = i;
		p->first[p->n] = first;
		p->until[p->n] = (p->n > 0 ? p->until[p->n - 1] : 0) + end - first;
		p->n++;
	}
}

/* Keep a sample of the later windows where they are many: Fan, Muller and Rezucha 1962. */
static void
sample_later(Places *p, uint64 seed)
{
	int			kept = 0;
	Random		random;

	random_seed(&random, seed, LSTM_PARTS);
	for (int i = 0; i < p->later; i++)
		if (random_uniform(&random) * (p->later - i) < MOST_LATER - kept)
			p->window[kept++] = p->window[i];
	p->later = kept;
}

/* A window at random, each place as likely as another. */
static LstmWindow
draw_window(const Places *p, const SeriesSet *set, const LstmShape *shape, Random *random)
{
	int64		at = (int64) (random_uniform(random) * p->until[p->n - 1]);
	int			low = 0;
	int			high = p->n - 1;
	const Series *s;
	int			last;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (at < p->until[middle])
			high = middle;
		else
			low = middle + 1;
	}
	s = &set->series[p->series[low]];
	last = p->first[low] + (int) (at - (low > 0 ? p->until[low - 1] : 0));
	return (LstmWindow) {
		s, last, lstm_scale(s->value, last + 1, shape->scale_window)
	};
}

/* The mean loss of the later windows. */
static double
later_loss(LstmPass *pass, const Places *p)
{
	double		loss = 0;
	int			targets = 0;

	for (int i = 0; i < p->later; i += LSTM_ROWS)
		loss += lstm_pass(pass, p->window + i, Min(LSTM_ROWS, p->later - i), false, &targets);
	return targets > 0 ? loss / targets : INFINITY;
}

/* One step of Adam along a gradient that is cut to length. */
static void
adam_step(LstmNet *net, const double *gradient, double targets, double rate, Adam *adam)
{
	int			n = net->at[LSTM_PARTS];
	double		length = 0;
	double		factor = 1 / targets;

	for (int i = 0; i < n; i++)
	{
		length += gradient[i] * gradient[i];
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
	length = sqrt(length) / targets;
	if (!isfinite(length))
		return;
	if (length > LONGEST_GRADIENT)
		factor *= LONGEST_GRADIENT / length;
	for (int i = 0; i < n; i++)
	{
		double		g = gradient[i] * factor;

		adam->mean[i] = BETA1 * adam->mean[i] + (1 - BETA1) * g;
		adam->square[i] = BETA2 * adam->square[i] + (1 - BETA2) * g * g;
		net->parameter[i] -= rate * (adam->mean[i] / (1 - adam->beta1)) /
			(sqrt(adam->square[i] / (1 - adam->beta2)) + EPSILON);
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

void
lstm_train(LstmNet *net, const SeriesSet *set, const LstmTraining *training,
		   LstmOutcome *outcome)
{
	int			n = net->at[LSTM_PARTS];
	double	   *gradient = crimeml_array(double, n);
	Adam		adam = {crimeml_array(double, n), crimeml_array(double, n), 1, 1};
	double	   *best = crimeml_array(double, n);
	Places		places = {0};
	LstmPass   *pass;
	Progress	progress;

	draw_parameters(net, training->seed);
	memset(outcome, 0, sizeof(*outcome));
	outcome->loss = INFINITY;
	find_places(&places, set, &net->shape);
	if (places.n == 0)
	{
		/* the mean is then the scale */
		memset(net->parameter + net->at[LSTM_OUTPUT], 0,
			   sizeof(double) * (net->at[LSTM_OUTPUT_BIAS] - net->at[LSTM_OUTPUT]));
		return;
	}
	sample_later(&places, training->seed);
	pass = lstm_pass_init(net, set->series[0].calendar);
	memcpy(best, net->parameter, sizeof(double) * n);
	progress_start(&progress, "training steps", training->max_steps);
	for (int step = 1; step <= training->max_steps; step++)
	{
		Random		random;
		int			targets = 0;

		progress_step(&progress, step);
		random_seed(&random, training->seed, LSTM_PARTS + (uint64) step);
		for (int i = 0; i < training->batch; i += LSTM_ROWS)
		{
			LstmWindow	window[LSTM_ROWS];
			int			rows = Min(LSTM_ROWS, training->batch - i);

			for (int r = 0; r < rows; r++)
				window[r] = draw_window(&places, set, &net->shape, &random);
			(void) lstm_pass(pass, window, rows, true, &targets);
		}
		lstm_pass_gradient(pass, gradient);
		adam.beta1 *= BETA1;
		adam.beta2 *= BETA2;
		if (targets > 0)
			adam_step(net, gradient, targets, training->learning_rate, &adam);
		lstm_pass_prepare(pass);
		outcome->steps = step;
		if (step % STEPS_BETWEEN_LOOKS == 0 || step == training->max_steps)
		{
			double		loss = later_loss(pass, &places);

			/* without later windows it is the last step that counts */
			if (loss < outcome->loss || places.later == 0)
			{
				outcome->loss = loss;
				outcome->best = step;
				memcpy(best, net->parameter, sizeof(double) * n);
			}
			else if (step - outcome->best >= PATIENCE * STEPS_BETWEEN_LOOKS)
				break;
		}
	}
	memcpy(net->parameter, best, sizeof(double) * n);
}
