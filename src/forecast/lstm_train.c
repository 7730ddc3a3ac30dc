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
	int		   *first;			/* last values of their first window, and so on */
	int		   *count;
	int			n;
	int64		total;
} Places;

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
			net->parameter[i] = width * (2 * random_uniform(&random) - 1);
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
	p->count = palloc(sizeof(int) * Max(set->n, 1));
	for (int i = 0; i < set->n; i++)
	{
		const Series *s = &set->series[i];
		int			apart = s->n > shape->window + 3 * LATER_WINDOWS * shape->head ? LATER_WINDOWS :
			s->n > 4 * shape->head ? 1 : 0;
		int			first = Min(shape->window, s->n / 3) - 1;
		int			end = s->n - apart * shape->head;

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
		p->count[p->n] = end - first;
		p->total += end - first;
		p->n++;
	}
}

/* A window at random, each place as likely as another. */
static LstmWindow
draw_window(const Places *p, const SeriesSet *set, const LstmShape *shape, const int64 *until,
			Random *random)
{
	int64		at = (int64) (random_uniform(random) * p->total);
	int			low = 0;
	int			high = p->n - 1;
	const Series *s;
	int			last;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (at < until[middle])
			high = middle;
		else
			low = middle + 1;
	}
	s = &set->series[p->series[low]];
	last = p->first[low] + (int) (at - (low > 0 ? until[low - 1] : 0));
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
adam_step(LstmNet *net, const double *gradient, double targets, int step, double rate,
		  double *mean, double *square)
{
	int			n = net->at[LSTM_PARTS];
	double		length = 0;
	double		factor = 1 / targets;
	double		correct1 = 1;
	double		correct2 = 1;

	for (int i = 0; i < n; i++)
		length += gradient[i] * gradient[i];
	length = sqrt(length) / targets;
	if (!isfinite(length))
		return;
	if (length > LONGEST_GRADIENT)
		factor *= LONGEST_GRADIENT / length;
	for (int i = 0; i < step; i++)
	{
		correct1 *= BETA1;
		correct2 *= BETA2;
	}
	for (int i = 0; i < n; i++)
	{
		double		g = gradient[i] * factor;

		mean[i] = BETA1 * mean[i] + (1 - BETA1) * g;
		square[i] = BETA2 * square[i] + (1 - BETA2) * g * g;
		net->parameter[i] -= rate * (mean[i] / (1 - correct1)) /
			(sqrt(square[i] / (1 - correct2)) + EPSILON);
	}
}

void
lstm_train(LstmNet *net, const SeriesSet *set, const LstmTraining *training,
		   LstmOutcome *outcome)
{
	int			n = net->at[LSTM_PARTS];
	double	   *gradient = crimeml_array(double, n);
	double	   *mean = crimeml_array(double, n);
	double	   *square = crimeml_array(double, n);
	double	   *best = crimeml_array(double, n);
	Places		places = {0};
	int64	   *until;
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
	until = palloc(sizeof(int64) * places.n);
	for (int i = 0; i < places.n; i++)
		until[i] = (i > 0 ? until[i - 1] : 0) + places.count[i];
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
				window[r] = draw_window(&places, set, &net->shape, until, &random);
			(void) lstm_pass(pass, window, rows, true, &targets);
		}
		lstm_pass_gradient(pass, gradient);
		if (targets > 0)
			adam_step(net, gradient, targets, step, training->learning_rate, mean, square);
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
