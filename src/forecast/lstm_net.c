/*
 * lstm_net.c
 *		A layer of long short-term memory and its head: forward and backward.
 *
 * Windows are worked on LSTM_ROWS at a time, so that what one step computes is
 * still in the processor's cache when it goes back over it.  Every sum has one order,
 * whatever the width of the processor's vectors, and all functions are those of
 * stat/plain_math: the same data and seed give the same bytes.
 */
#include "forecast/lstm.h"

#include <math.h>

#include "stat/plain_math.h"

#define ROWS LSTM_ROWS
#define MIXED LSTM_MIXED
#define MEAN_LIMIT 8.0			/* of the log of mean / scale, either way */
#define SIZE_LIMIT 6.0			/* of the log of the size around its middle */
#define SIZE_MIDDLE 2.0
#define TILE_ROWS 4
#define TILE_COLUMNS 8

struct LstmPass
{
	const LstmNet *net;
	int			buckets;
	double	   *feature;		/* a row a bucket, and a last one of 0 */
	bool	   *used;			/* by a window since the parameters changed: its rows are made */
	double	   *gate_calendar;	/* bucket rows of G: features times weights, and bias */
	double	   *head_calendar;	/* bucket rows of MIXED */
	double	   *back;			/* recurrent weights, transposed */

	/* memory of a pass; step rows are ROWS windows each */
	double	   *gates;			/* window steps */
	double	   *cell;			/* window + 1 steps, the first of 0 */
	double	   *cell_tanh;
	double	   *hidden;
	double	   *input;			/* value and missing */
	int		   *bucket;
	double	   *gate_series;	/* ROWS of G */
	double	   *head_series;	/* ROWS of MIXED */
	double	   *d_hidden;
	double	   *d_cell;

	/* gradients, collected */
	double	   *gradient;
	double	   *d_gate_calendar;
	double	   *d_head_calendar;
};

Size
lstm_parameters(const LstmShape *s)
{
	Size		gates = 4 * s->hidden;

	return gates * (3 + s->features + s->embedding + s->hidden) +
		(Size) MIXED * (s->hidden + s->embedding + s->features + s->head + 2) + 2 +
		(Size) s->series * s->embedding;
}

void
lstm_init(LstmNet *net, const LstmShape *s)
{
	int			gates = 4 * s->hidden;
	const int	size[LSTM_PARTS] = {
		[LSTM_VALUE] = gates,
		[LSTM_MISSING] = gates,
		[LSTM_BIAS] = gates,
		[LSTM_CALENDAR] = s->features * gates,
		[LSTM_SERIES] = s->embedding * gates,
		[LSTM_RECURRENT] = s->hidden * gates,
		[LSTM_HEAD_HIDDEN] = s->hidden * MIXED,
		[LSTM_HEAD_SERIES] = s->embedding * MIXED,
		[LSTM_HEAD_CALENDAR] = s->features * MIXED,
		[LSTM_HEAD_STEP] = s->head * MIXED,
		[LSTM_OUTPUT] = 2 * MIXED,
		[LSTM_OUTPUT_BIAS] = 2,
		[LSTM_EMBEDDING] = s->series * s->embedding
	};

	net->shape = *s;
	net->at[0] = 0;
	for (int i = 0; i < LSTM_PARTS; i++)
		net->at[i + 1] = net->at[i] + size[i];
	net->parameter = crimeml_array(double, net->at[LSTM_PARTS]);
}

static inline const double *
part_of(const LstmNet *net, LstmPart part)
{
	return net->parameter + net->at[part];
}

/* ----------
 * Calendar
 * ----------
 */

#define MOST_SLOTS 12			/* that have a feature each; else the weekday, and the time of day */
#define WEEKDAYS 7
#define WAVES 2
#define COMMON_FEATURES (2 * WAVES + 2)

int
lstm_features(int slots)
{
	return COMMON_FEATURES + (slots <= 1 ? 0 : slots <= MOST_SLOTS ? slots : WEEKDAYS + 2 * WAVES);
}

/* What the features of a bucket are. */
static void
set_features(const Calendar *calendar, int bucket, double *feature)
{
	int			slots = calendar->slots;
	int			slot = calendar->slot[bucket];

	memset(feature, 0, sizeof(double) * lstm_features(slots));
	for (int k = 0; k < WAVES; k++, feature += 2)
		plain_circle((k + 1) * calendar->year[bucket], &feature[0], &feature[1]);
	*feature++ = calendar->holiday[bucket];
	*feature++ = calendar->exposure[bucket] - 1;
	if (slots > MOST_SLOTS)
	{
		double		week = (double) slot / slots;

		feature[(int) (week * WEEKDAYS)] = 1;
		feature += WEEKDAYS;
		for (int k = 0; k < WAVES; k++, feature += 2)
			plain_circle((k + 1) * WEEKDAYS * week, &feature[0], &feature[1]);
	}
	else if (slots > 1)
		feature[slot] = 1;
}

/* ----------
 * Products of matrices
 * ----------
 */

/*
 * c += a b, of rows, inner and columns; columns are a multiple of TILE_COLUMNS, rows
 * of TILE_ROWS.  a[i][k] stands at a[i * down + k * along].
 */
WIDE_LOOPS static void
multiply_add(int rows, int inner, int columns, const double *a, int down, int along,
			 const double *b, double *c)
{
	for (int i = 0; i < rows; i += TILE_ROWS)
	{
		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < columns; j += TILE_COLUMNS)
		{
			double		sum[TILE_ROWS][TILE_COLUMNS];

			for (int r = 0; r < TILE_ROWS; r++)
				for (int l = 0; l < TILE_COLUMNS; l++)
					sum[r][l] = c[(i + r) * columns + j + l];
			for (int k = 0; k < inner; k++)
			{
				const double *row = b + (Size) k * columns + j;

				for (int r = 0; r < TILE_ROWS; r++)
				{
					double		factor = a[(Size) (i + r) * down + (Size) k * along];

					for (int l = 0; l < TILE_COLUMNS; l++)
						sum[r][l] += factor * row[l];
				}
			}
			for (int r = 0; r < TILE_ROWS; r++)
				for (int l = 0; l < TILE_COLUMNS; l++)
					c[(i + r) * columns + j + l] = sum[r][l];
		}
	}
}

WIDE_LOOPS static void
add_scaled(int n, double factor, const double *x, double *to)
{
	for (int i = 0; i < n; i++)
		to[i] += factor * x[i];
}

static double
dot(int n, const double *x, const double *y)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += x[i] * y[i];
	return sum;
}

/* ----------
 * Gates
 * ----------
 */

/* Gates of one window at one step, from their sums; the cell and what it shows. */
WIDE_LOOPS static void
open_gates(int hidden, double *gate, const double *cell_before, double *cell, double *cell_tanh,
		   double *shown)
{
	double	   *in = gate;
	double	   *keep = gate + hidden;
	double	   *out = gate + 2 * hidden;
	double	   *content = gate + 3 * hidden;

	for (int j = 0; j < 3 * hidden; j++)
		gate[j] = plain_logistic(gate[j]);
	for (int j = 0; j < hidden; j++)
		content[j] = plain_tanh(content[j]);
	for (int j = 0; j < hidden; j++)
	{
		cell[j] = keep[j] * cell_before[j] + in[j] * content[j];
		cell_tanh[j] = plain_tanh(cell[j]);
		shown[j] = out[j] * cell_tanh[j];
	}
}

/* Back through the gates: they become the gradients of their sums. */
WIDE_LOOPS static void
close_gates(int hidden, double *gate, const double *cell_before, const double *cell_tanh,
			const double *d_shown, double *d_cell)
{
	double	   *in = gate;
	double	   *keep = gate + hidden;
	double	   *out = gate + 2 * hidden;
	double	   *content = gate + 3 * hidden;

	for (int j = 0; j < hidden; j++)
	{
		double		i = in[j];
		double		f = keep[j];
		double		o = out[j];
		double		g = content[j];
		double		t = cell_tanh[j];
		double		d = d_cell[j] + d_shown[j] * o * (1 - t * t);

		in[j] = d * g * i * (1 - i);
		keep[j] = d * cell_before[j] * f * (1 - f);
		out[j] = d_shown[j] * t * o * (1 - o);
		content[j] = d * i * (1 - g * g);
		d_cell[j] = d * f;
	}
}

/* ----------
 * A pass
 * ----------
 */

LstmPass *
lstm_pass_init(const LstmNet *net, const Calendar *calendar)
{
	const LstmShape *s = &net->shape;
	LstmPass   *p = palloc0(sizeof(LstmPass));
	int			gates = 4 * s->hidden;
	Size		rows = (Size) (s->window + 1) * ROWS;

	p->net = net;
	p->buckets = calendar->n + 1;
	p->feature = crimeml_array(double, (Size) p->buckets * s->features);
	for (int i = 0; i < calendar->n; i++)
	{
		set_features(calendar, i, p->feature + (Size) i * s->features);
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
	p->used = crimeml_array(bool, p->buckets);
	p->gate_calendar = crimeml_array(double, (Size) p->buckets * gates);
	p->head_calendar = crimeml_array(double, (Size) p->buckets * MIXED);
	p->back = crimeml_array(double, (Size) gates * s->hidden);
	p->gates = crimeml_array(double, rows * gates);
	p->cell = crimeml_array(double, rows * s->hidden);
	p->cell_tanh = crimeml_array(double, rows * s->hidden);
	p->hidden = crimeml_array(double, rows * s->hidden);
	p->input = crimeml_array(double, rows * 2);
	p->bucket = crimeml_array(int, rows);
	p->gate_series = crimeml_array(double, ROWS * gates);
	p->head_series = crimeml_array(double, ROWS * MIXED);
	p->d_hidden = crimeml_array(double, ROWS * s->hidden);
	p->d_cell = crimeml_array(double, ROWS * s->hidden);
	p->gradient = crimeml_array(double, net->at[LSTM_PARTS]);
	p->d_gate_calendar = crimeml_array(double, (Size) p->buckets * gates);
	p->d_head_calendar = crimeml_array(double, (Size) p->buckets * MIXED);
	lstm_pass_prepare(p);
	return p;
}

/* What features give to a row of gates or of the head, besides a first part of it. */
static void
add_features(const double *feature, int features, const double *weight, int columns, double *row)
{
	for (int f = 0; f < features; f++)
		if (feature[f] != 0)
			add_scaled(columns, feature[f], weight + f * columns, row);
}

void
lstm_pass_prepare(LstmPass *p)
{
	const LstmNet *net = p->net;
	const LstmShape *s = &net->shape;
	int			gates = 4 * s->hidden;
	const double *recurrent = part_of(net, LSTM_RECURRENT);

	memset(p->used, false, sizeof(bool) * p->buckets);
	for (int k = 0; k < s->hidden; k++)
		for (int g = 0; g < gates; g++)
			p->back[g * s->hidden + k] = recurrent[k * gates + g];
}

/* Make a bucket's rows, unless they are there: of a long calendar a step needs few. */
static void
use_bucket(LstmPass *p, int bucket)
{
	const LstmNet *net = p->net;
	const LstmShape *s = &net->shape;
	int			gates = 4 * s->hidden;
	const double *feature = p->feature + (Size) bucket * s->features;
	double	   *gate = p->gate_calendar + (Size) bucket * gates;
	double	   *head = p->head_calendar + (Size) bucket * MIXED;

	if (p->used[bucket])
		return;
	p->used[bucket] = true;
	memcpy(gate, part_of(net, LSTM_BIAS), sizeof(double) * gates);
	memset(head, 0, sizeof(double) * MIXED);
	add_features(feature, s->features, part_of(net, LSTM_CALENDAR), gates, gate);
	add_features(feature, s->features, part_of(net, LSTM_HEAD_CALENDAR), MIXED, head);
}

/* The two inputs that a value gives. */
static void
set_input(double value, double scale, double *input)
{
	bool		missing = isnan(value);

	input[0] = missing ? 0 : plain_log(1 + value / scale);
	input[1] = missing;
}

/* What the windows read, step by step; rows behind the n-th read nothing. */
static void
read_windows(LstmPass *p, const LstmWindow *window, int n)
{
	const LstmNet *net = p->net;
	const LstmShape *s = &net->shape;
	int			gates = 4 * s->hidden;
	int			hidden = s->hidden;

	memset(p->gate_series, 0, sizeof(double) * ROWS * gates);
	for (int r = 0; r < n; r++)
		add_features(part_of(net, LSTM_EMBEDDING) + (Size) window[r].series->place * s->embedding,
					 s->embedding, part_of(net, LSTM_SERIES), gates,
					 p->gate_series + r * gates);
	memset(p->cell, 0, sizeof(double) * ROWS * hidden);
	memset(p->hidden, 0, sizeof(double) * ROWS * hidden);
	for (int t = 0; t < s->window; t++)
	{
		double	   *gate = p->gates + (Size) t * ROWS * gates;
		Size		now = (Size) (t + 1) * ROWS * hidden;
		Size		before = (Size) t * ROWS * hidden;

		for (int r = 0; r < ROWS; r++)
		{
			double	   *input = p->input + 2 * (t * ROWS + r);
			int			place = -1;
			int			bucket = p->buckets - 1;
			double	   *row = gate + r * gates;

			if (r < n)
				place = window[r].last - s->window + 1 + t;
			if (place >= 0)
			{
				set_input(window[r].series->value[place], window[r].scale, input);
				bucket = window[r].series->first + place;
			}
			else
				set_input(NAN, 1, input);
			p->bucket[t * ROWS + r] = bucket;
			use_bucket(p, bucket);
			memcpy(row, p->gate_calendar + (Size) bucket * gates, sizeof(double) * gates);
			add_scaled(gates, 1, p->gate_series + r * gates, row);
			add_scaled(gates, input[0], part_of(net, LSTM_VALUE), row);
			if (input[1] != 0)
				add_scaled(gates, 1, part_of(net, LSTM_MISSING), row);
		}
		multiply_add(ROWS, hidden, gates, p->hidden + before, hidden, 1,
					 part_of(net, LSTM_RECURRENT), gate);
		for (int r = 0; r < ROWS; r++)
			open_gates(hidden, gate + r * gates, p->cell + before + r * hidden,
					   p->cell + now + r * hidden, p->cell_tanh + now + r * hidden,
					   p->hidden + now + r * hidden);
	}
}

/* What the head's mixed numbers are of: all but the step and its calendar. */
static void
start_head(const LstmNet *net, const double *shown, const double *embedding, double *mixed)
{
	const LstmShape *s = &net->shape;

	memset(mixed, 0, sizeof(double) * MIXED);
	add_features(shown, s->hidden, part_of(net, LSTM_HEAD_HIDDEN), MIXED, mixed);
	add_features(embedding, s->embedding, part_of(net, LSTM_HEAD_SERIES), MIXED, mixed);
}

/* The two outputs of a step; z becomes tanh(z), slope the outputs' by what is within tanh(). */
static void
finish_head(const LstmNet *net, double *z, double *output, double *slope)
{
	const double *weight = part_of(net, LSTM_OUTPUT);
	const double *bias = part_of(net, LSTM_OUTPUT_BIAS);
	static const double limit[2] = {MEAN_LIMIT, SIZE_LIMIT};
	static const double middle[2] = {0, SIZE_MIDDLE};

	for (int j = 0; j < MIXED; j++)
		z[j] = plain_tanh(z[j]);
	for (int k = 0; k < 2; k++)
	{
		double		bent = plain_tanh((bias[k] + dot(MIXED, weight + k * MIXED, z)) / limit[k]);

		output[k] = middle[k] + limit[k] * bent;
		slope[k] = 1 - bent * bent;
	}
}

/* The negative log likelihood of a count, and its slopes by the logs of mean and size. */
static double
count_loss(double y, double log_mean, double log_size, double *d_log_mean, double *d_log_size)
{
	double		mean = plain_exp(log_mean);
	double		size = plain_exp(log_size);
	double		log_sum = plain_log(mean + size);

	*d_log_mean = -size * (y - mean) / (mean + size);
	*d_log_size = -size * (plain_digamma(y + size) - plain_digamma(size) + log_size - log_sum +
						   (mean - y) / (mean + size));
	return -(plain_log_gamma(y + size) - plain_log_gamma(size) - plain_log_gamma(y + 1) +
			 size * (log_size - log_sum) + y * (log_mean - log_sum));
}

/* The head of one window: its loss, and what it gives back to the hidden numbers. */
static double
run_head(LstmPass *p, const LstmWindow *window, const double *shown, bool gradient,
		 double *d_shown, int *targets)
{
	const LstmNet *net = p->net;
	const LstmShape *s = &net->shape;
	const double *embedding = part_of(net, LSTM_EMBEDDING) + (Size) window->series->place * s->embedding;
	const double *weight = part_of(net, LSTM_OUTPUT);
	double	   *g = p->gradient;
	double		base[MIXED];
	double		d_base[MIXED] = {0};
	double		log_scale = plain_log(window->scale);
	double		loss = 0;

	start_head(net, shown, embedding, base);
	for (int k = 0; k < s->head; k++)
	{
		int			place = window->last + 1 + k;
		int			bucket = window->series->first + place;
		double		z[MIXED];
		double		output[2];
		double		slope[2];
		double		d[2];

		if (place >= window->series->n || isnan(window->series->value[place]))
			continue;
		use_bucket(p, bucket);
		for (int j = 0; j < MIXED; j++)
			z[j] = base[j] + p->head_calendar[(Size) bucket * MIXED + j] +
				part_of(net, LSTM_HEAD_STEP)[k * MIXED + j];
		finish_head(net, z, output, slope);
		loss += count_loss(window->series->value[place], log_scale + output[0], output[1],
						   &d[0], &d[1]);
		(*targets)++;
		if (!gradient)
			continue;
		for (int i = 0; i < 2; i++)
		{
			d[i] *= slope[i];
			g[net->at[LSTM_OUTPUT_BIAS] + i] += d[i];
			for (int j = 0; j < MIXED; j++)
				g[net->at[LSTM_OUTPUT] + i * MIXED + j] += d[i] * z[j];
		}
		for (int j = 0; j < MIXED; j++)
		{
			double		d_z = (d[0] * weight[j] + d[1] * weight[MIXED + j]) * (1 - z[j] * z[j]);

			d_base[j] += d_z;
			g[net->at[LSTM_HEAD_STEP] + k * MIXED + j] += d_z;
			p->d_head_calendar[(Size) bucket * MIXED + j] += d_z;
		}
	}
	if (!gradient)
		return loss;
	for (int i = 0; i < s->hidden; i++)
	{
		add_scaled(MIXED, shown[i], d_base, g + net->at[LSTM_HEAD_HIDDEN] + i * MIXED);
		d_shown[i] = dot(MIXED, d_base, part_of(net, LSTM_HEAD_HIDDEN) + i * MIXED);
	}
	for (int i = 0; i < s->embedding; i++)
	{
		add_scaled(MIXED, embedding[i], d_base, g + net->at[LSTM_HEAD_SERIES] + i * MIXED);
		g[net->at[LSTM_EMBEDDING] + window->series->place * s->embedding + i] +=
			dot(MIXED, d_base, part_of(net, LSTM_HEAD_SERIES) + i * MIXED);
	}
	return loss;
}

/* Back through the steps, from the gradient of the last hidden numbers. */
static void
go_back(LstmPass *p, const LstmWindow *window, int n)
{
	const LstmNet *net = p->net;
	const LstmShape *s = &net->shape;
	int			hidden = s->hidden;
	int			gates = 4 * hidden;
	double	   *g = p->gradient;

	memset(p->d_cell, 0, sizeof(double) * ROWS * hidden);
	memset(p->gate_series, 0, sizeof(double) * ROWS * gates);
	for (int t = s->window - 1; t >= 0; t--)
	{
		double	   *gate = p->gates + (Size) t * ROWS * gates;
		Size		now = (Size) (t + 1) * ROWS * hidden;
		Size		before = (Size) t * ROWS * hidden;

		for (int r = 0; r < ROWS; r++)
		{
			double	   *row = gate + r * gates;
			const double *input = p->input + 2 * (t * ROWS + r);

			close_gates(hidden, row, p->cell + before + r * hidden,
						p->cell_tanh + now + r * hidden, p->d_hidden + r * hidden,
						p->d_cell + r * hidden);
			add_scaled(gates, input[0], row, g + net->at[LSTM_VALUE]);
			if (input[1] != 0)
				add_scaled(gates, 1, row, g + net->at[LSTM_MISSING]);
			add_scaled(gates, 1, row, p->gate_series + r * gates);
			add_scaled(gates, 1, row, p->d_gate_calendar + (Size) p->bucket[t * ROWS + r] * gates);
		}
		memset(p->d_hidden, 0, sizeof(double) * ROWS * hidden);
		multiply_add(ROWS, gates, hidden, gate, gates, 1, p->back, p->d_hidden);
	}
	multiply_add(hidden, s->window * ROWS, gates, p->hidden, 1, hidden, p->gates,
				 g + net->at[LSTM_RECURRENT]);
	for (int r = 0; r < n; r++)
	{
		const double *embedding = part_of(net, LSTM_EMBEDDING) + window[r].series->place * s->embedding;
		const double *row = p->gate_series + r * gates;

		for (int i = 0; i < s->embedding; i++)
		{
			add_scaled(gates, embedding[i], row, g + net->at[LSTM_SERIES] + i * gates);
			g[net->at[LSTM_EMBEDDING] + window[r].series->place * s->embedding + i] +=
				dot(gates, row, part_of(net, LSTM_SERIES) + i * gates);
		}
	}
}

double
lstm_pass(LstmPass *p, const LstmWindow *window, int n, bool gradient, int *targets)
{
	int			hidden = p->net->shape.hidden;
	const double *shown = p->hidden + (Size) p->net->shape.window * ROWS * hidden;
	double		loss = 0;

	CHECK_FOR_INTERRUPTS();
	read_windows(p, window, n);
	memset(p->d_hidden, 0, sizeof(double) * ROWS * hidden);
	for (int r = 0; r < n; r++)
		loss += run_head(p, &window[r], shown + r * hidden, gradient, p->d_hidden + r * hidden,
						 targets);
	if (gradient)
		go_back(p, window, n);
	return loss;
}

void
lstm_pass_gradient(LstmPass *p, double *gradient)
{
	const LstmNet *net = p->net;
	const LstmShape *s = &net->shape;
	int			gates = 4 * s->hidden;
	Size		n = net->at[LSTM_PARTS];

	for (int i = 0; i < p->buckets; i++)
	{
		const double *feature = p->feature + (Size) i * s->features;
		double	   *gate = p->d_gate_calendar + (Size) i * gates;
		double	   *head = p->d_head_calendar + (Size) i * MIXED;

		if (!p->used[i])
			continue;
		CHECK_FOR_INTERRUPTS();
		add_scaled(gates, 1, gate, p->gradient + net->at[LSTM_BIAS]);
		for (int f = 0; f < s->features; f++)
		{
			if (feature[f] == 0)
				continue;
			add_scaled(gates, feature[f], gate, p->gradient + net->at[LSTM_CALENDAR] + f * gates);
			add_scaled(MIXED, feature[f], head,
					   p->gradient + net->at[LSTM_HEAD_CALENDAR] + f * MIXED);
		}
		memset(gate, 0, sizeof(double) * gates);
		memset(head, 0, sizeof(double) * MIXED);
	}
	memcpy(gradient, p->gradient, sizeof(double) * n);
	memset(p->gradient, 0, sizeof(double) * n);
}

void
lstm_predict(const LstmNet *net, const Calendar *calendar, const double *value, int n,
			 double scale, int bucket, const double *embedding, int steps,
			 double *log_mean, double *log_size)
{
	const LstmShape *s = &net->shape;
	int			hidden = s->hidden;
	int			gates = 4 * hidden;
	double	   *gate = scratch_array(double, gates);
	double	   *cell = crimeml_array(double, 2 * hidden);
	double	   *cell_tanh = scratch_array(double, hidden);
	double	   *shown = crimeml_array(double, hidden);
	double		feature[LSTM_MAX_FEATURES];
	double		base[MIXED];

	Assert(steps <= s->head);
	for (int t = 0; t < s->window; t++)
	{
		int			place = n - s->window + t;
		double		input[2];

		memcpy(gate, part_of(net, LSTM_BIAS), sizeof(double) * gates);
		set_input(place >= 0 ? value[place] : NAN, scale, input);
		if (place >= 0)
		{
			set_features(calendar, bucket - n + place, feature);
			add_features(feature, s->features, part_of(net, LSTM_CALENDAR), gates, gate);
		}
		add_features(embedding, s->embedding, part_of(net, LSTM_SERIES), gates, gate);
		add_scaled(gates, input[0], part_of(net, LSTM_VALUE), gate);
		add_scaled(gates, input[1], part_of(net, LSTM_MISSING), gate);
		add_features(shown, hidden, part_of(net, LSTM_RECURRENT), gates, gate);
		open_gates(hidden, gate, cell + (t % 2) * hidden, cell + ((t + 1) % 2) * hidden, cell_tanh,
				   shown);
	}
	start_head(net, shown, embedding, base);
	for (int k = 0; k < steps; k++)
	{
		double		z[MIXED];
		double		output[2];
		double		slope[2];

		memcpy(z, base, sizeof(z));
		set_features(calendar, bucket + k, feature);
		add_features(feature, s->features, part_of(net, LSTM_HEAD_CALENDAR), MIXED, z);
		add_scaled(MIXED, 1, part_of(net, LSTM_HEAD_STEP) + k * MIXED, z);
		finish_head(net, z, output, slope);
		log_mean[k] = output[0];
		log_size[k] = output[1];
	}
	pfree(gate);
	pfree(cell);
	pfree(cell_tanh);
	pfree(shown);
}
