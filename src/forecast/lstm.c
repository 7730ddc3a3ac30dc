/*
 * lstm.c
 *		The forecaster "lstm": one network for all series of a set.
 *
 * The network is trained once and stored once, as what is learned from all series
 * together.  Of a series there are then its last values and its place in the set,
 * which is its embedding's.
 */
#include "forecast/lstm.h"

#include <float.h>
#include <math.h>

#include "forecast/engine.h"
#include "stat/plain_math.h"

#define HIDDEN_MULTIPLE 8

/* What one parameter is at most; a trained one is far from it. */
#define LARGEST_PARAMETER 1e6

enum
{
	LSTM_OPTION_HIDDEN,
	LSTM_OPTION_WINDOW,
	LSTM_OPTION_HEAD,
	LSTM_OPTION_EMBEDDING,
	LSTM_OPTION_STEPS,
	LSTM_OPTION_BATCH,
	LSTM_OPTION_LEARNING_RATE,
	LSTM_OPTION_SEED,
	LSTM_OPTIONS
};

static const OptionSpec lstm_spec[] = {
	[LSTM_OPTION_HIDDEN] = {"hidden", OPTION_INTEGER, 40, NULL, HIDDEN_MULTIPLE, LSTM_MAX_HIDDEN, NULL,
	"numbers that the layer remembers, a multiple of 8"},
	[LSTM_OPTION_WINDOW] = {"window", OPTION_INTEGER, OPTION_AUTO,
		"days: 56, weeks: 26, months: 24, shorter: 168", 2, LSTM_MAX_WINDOW, NULL,
	"past values that are read"},
	[LSTM_OPTION_HEAD] = {"head", OPTION_INTEGER, OPTION_AUTO,
		"days: 28, weeks: 13, months: 12, shorter: 48", 1, LSTM_MAX_HEAD, NULL,
	"steps that are forecast at once; farther ones stand on the means of those before"},
	[LSTM_OPTION_EMBEDDING] = {"embedding", OPTION_INTEGER, 8, NULL, 1, LSTM_MAX_EMBEDDING, NULL,
	"numbers of its own that each series has"},
	[LSTM_OPTION_STEPS] = {"steps", OPTION_INTEGER, 300, NULL, 1, 100000, NULL,
	"training steps at most; it ends earlier when later windows are not forecast better any more"},
	[LSTM_OPTION_BATCH] = {"batch", OPTION_INTEGER, 192, NULL, 1, 10000, NULL,
	"windows of a training step"},
	[LSTM_OPTION_LEARNING_RATE] = {"learning_rate", OPTION_NUMBER, 2e-3, NULL, 1e-6, 1, NULL,
	"how far a step of Adam goes"},
	[LSTM_OPTION_SEED] = {"seed", OPTION_INTEGER, 0, NULL, 0, 9007199254740992.0, NULL,
	"of the random numbers; the same seed and values give the same model"},
};

const OptionTable lstm_agg_options = {
	"lstm_agg", lstm_spec, LSTM_OPTIONS, &forecaster_options, "{\"hidden\": 40, \"seed\": 1}"
};

/* What is learned from all series. */
typedef struct LstmPool
{
	LstmNet		net;
	int			slots;
	LstmOutcome outcome;
} LstmPool;

/* A series: either the network's, or a mean of what are no counts. */
typedef struct LstmSeries
{
	bool		of_network;
	double		mean,
				sd;
	int			row;			/* of the embedding */
	int			n;
	int			room;
	double	   *value;			/* the last ones */
} LstmSeries;

/* Values that are kept of a series. */
static int
kept_values(const LstmShape *shape)
{
	return Max(shape->window, shape->scale_window);
}

/* ----------
 * Training
 * ----------
 */

static LstmShape
shape_of(const SeriesSet *set, const OptionValue *option)
{
	/* window, head and scale by bucket */
	static const int of_days[] = {56, 28, 365};
	static const int of_weeks[] = {26, 13, 52};
	static const int of_months[] = {24, 12, 12};
	static const int of_less[] = {168, 48, 672};
	const Calendar *calendar = set->series[0].calendar;
	const int  *usual = calendar->bucket.months > 0 ? of_months :
		calendar->bucket.microseconds > 0 ? of_less :
		calendar->bucket.days >= 7 ? of_weeks : of_days;
	LstmShape	shape;

	shape.hidden = (int) option[LSTM_OPTION_HIDDEN].number;
	if (shape.hidden % HIDDEN_MULTIPLE != 0)
		option_error(&lstm_agg_options, &lstm_spec[LSTM_OPTION_HIDDEN],
					 psprintf("%d", shape.hidden));
	shape.window = option[LSTM_OPTION_WINDOW].given ? (int) option[LSTM_OPTION_WINDOW].number : usual[0];
	shape.head = option[LSTM_OPTION_HEAD].given ? (int) option[LSTM_OPTION_HEAD].number : usual[1];
	shape.embedding = (int) option[LSTM_OPTION_EMBEDDING].number;
	shape.features = lstm_features(calendar->slots);
	shape.scale_window = usual[2];
	shape.series = set->n;
	return shape;
}

static void *
lstm_pool(const SeriesSet *set, const OptionValue *option)
{
	LstmPool   *pool = palloc0(sizeof(LstmPool));
	LstmShape	shape = shape_of(set, option);
	LstmTraining training;
	Size		step = (Size) LSTM_ROWS * shape.hidden * 7;
	Size		bucket = (Size) 8 * shape.hidden + 2 * LSTM_MIXED + shape.features;

	crimeml_check_memory(sizeof(double) * (6 * lstm_parameters(&shape) +
										   step * shape.window +
										   bucket * set->series[0].calendar->n),
						 "training", "option \"hidden\"");
	training.batch = (int) option[LSTM_OPTION_BATCH].number;
	training.max_steps = (int) option[LSTM_OPTION_STEPS].number;
	training.learning_rate = option[LSTM_OPTION_LEARNING_RATE].number;
	training.seed = (uint64) option[LSTM_OPTION_SEED].number;
	lstm_init(&pool->net, &shape);
	pool->slots = set->series[0].calendar->slots;
	lstm_train(&pool->net, set, &training, &pool->outcome);
	return pool;
}

/* ----------
 * Bytes
 * ----------
 */

static void
lstm_write_pool(const void *learned, ByteWriter *w)
{
	const LstmPool *pool = learned;
	const LstmShape *s = &pool->net.shape;

	write_varint(w, s->hidden);
	write_varint(w, s->window);
	write_varint(w, s->head);
	write_varint(w, s->embedding);
	write_varint(w, s->scale_window);
	write_varint(w, s->series);
	write_varint(w, pool->slots);
	write_varint(w, pool->outcome.steps);
	write_varint(w, pool->outcome.best);
	write_f64(w, isfinite(pool->outcome.loss) ? pool->outcome.loss : 0);
	for (int i = 0; i < pool->net.at[LSTM_PARTS]; i++)
	{
		write_f64(w, pool->net.parameter[i]);
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

static int
read_int(ByteReader *r, int least, int most)
{
	uint64		value = read_varint(r);

	if (value < least || value > most)
		reader_damaged(r, "a size of the network is out of range");
	return (int) value;
}

static void *
lstm_read_pool(ByteReader *r)
{
	LstmPool   *pool = palloc0(sizeof(LstmPool));
	LstmShape	s;

	s.hidden = read_int(r, HIDDEN_MULTIPLE, LSTM_MAX_HIDDEN);
	s.window = read_int(r, 1, LSTM_MAX_WINDOW);
	s.head = read_int(r, 1, LSTM_MAX_HEAD);
	s.embedding = read_int(r, 1, LSTM_MAX_EMBEDDING);
	s.scale_window = read_int(r, 1, LSTM_MAX_WINDOW);
	s.series = read_int(r, 1, PG_INT32_MAX);
	pool->slots = read_int(r, 1, CALENDAR_MAX_BUCKETS);
	s.features = lstm_features(pool->slots);
	pool->outcome.steps = read_int(r, 0, PG_INT32_MAX);
	pool->outcome.best = read_int(r, 0, PG_INT32_MAX);
	pool->outcome.loss = read_finite(r);
	if (s.hidden % HIDDEN_MULTIPLE != 0 ||
		lstm_parameters(&s) > (r->len - r->at) / sizeof(double))
		reader_damaged(r, "a size of the network is out of range");
	lstm_init(&pool->net, &s);
	for (int i = 0; i < pool->net.at[LSTM_PARTS]; i++)
	{
		pool->net.parameter[i] = read_within(r, -LARGEST_PARAMETER, LARGEST_PARAMETER);
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return pool;
}

static void
lstm_write(const void *fitted, ByteWriter *w)
{
	const LstmSeries *s = fitted;

	write_u8(w, s->of_network);
	if (!s->of_network)
	{
		write_f64(w, s->mean);
		write_f64(w, s->sd);
		return;
	}
	write_varint(w, s->row);
	write_varint(w, s->n);
	for (int i = 0; i < s->n; i++)
		write_short_f64(w, s->value[i]);
}

static void *
lstm_decode(ByteReader *r, const void *shape)
{
	const SeriesShape *series = shape;
	const LstmPool *pool = series->pool;
	LstmSeries *s = palloc0(sizeof(LstmSeries));

	s->of_network = read_int(r, 0, 1);
	if (!s->of_network)
	{
		s->mean = read_finite(r);
		s->sd = read_within(r, 0, DBL_MAX);
		return s;
	}
	if (pool == NULL || pool->slots != series->slots)
		reader_damaged(r, "the network is not that of the series");
	s->row = read_int(r, 0, pool->net.shape.series - 1);
	s->n = s->room = read_int(r, 1, Min(kept_values(&pool->net.shape), series->n));
	s->value = palloc(sizeof(double) * s->room);
	for (int i = 0; i < s->n; i++)
	{
		s->value[i] = read_short_f64(r);
		if (isinf(s->value[i]) || s->value[i] < 0)
			reader_damaged(r, "a value is out of range");
	}
	return s;
}

/* ----------
 * The forecaster
 * ----------
 */

static void
lstm_fit(const Series *series, const void *learned, const OptionValue *option,
		 ByteWriter *payload, FitReport *report)
{
	const LstmPool *pool = learned;
	LstmSeries	s = {.of_network = series->counts, .row = series->place};
	const LstmShape *shape = &pool->net.shape;

	if (!series->counts)
	{
		SeriesSummary summary = series_summary(series);

		s.mean = summary.mean;
		s.sd = sqrt(plain_variance(&summary, false));
		report->method = "mean";
		report->reason = "the network forecasts counts, and these are none";
	}
	else
	{
		s.n = Min(series->n, kept_values(shape));
		s.value = unconstify(double *, series->value) + (series->n - s.n);
		report->method = psprintf("LSTM(%d), %d to %d", shape->hidden, shape->window, shape->head);
		if (pool->outcome.best == 0)
			report->reason = "not trained, as all series are too short: the mean of the last values";
		report_term(report, "scale", lstm_scale(s.value, s.n, shape->scale_window));
		report_term(report, "steps", pool->outcome.steps);
		report_term(report, "best_step", pool->outcome.best);
		if (isfinite(pool->outcome.loss) && pool->outcome.loss > 0)
			report_term(report, "loss", pool->outcome.loss);
	}
	lstm_write(&s, payload);
}

static void
lstm_forecast(const void *fitted, const SeriesShape *shape, const Calendar *calendar,
			  int horizon, uint64 seed, Predictive *result)
{
	const LstmSeries *s = fitted;
	const LstmPool *pool = shape->pool;
	const LstmShape *net;
	const double *embedding;
	double	   *value;
	double	   *log_mean;
	double	   *log_size;
	double		scale;

	if (!s->of_network)
	{
		for (int h = 0; h < horizon; h++)
			predictive_set_normal(&result[h], shape->counts, s->mean, s->sd * s->sd);
		return;
	}
	net = &pool->net.shape;
	embedding = pool->net.parameter + pool->net.at[LSTM_EMBEDDING] + (Size) s->row * net->embedding;
	scale = lstm_scale(s->value, s->n, net->scale_window);
	value = scratch_array(double, (Size) s->n + horizon);
	memcpy(value, s->value, sizeof(double) * s->n);
	log_mean = scratch_array(double, net->head);
	log_size = scratch_array(double, net->head);
	for (int done = 0; done < horizon; done += net->head)
	{
		int			steps = Min(net->head, horizon - done);

		CHECK_FOR_INTERRUPTS();
		lstm_predict(&pool->net, calendar, value, s->n + done, scale,
					 shape->first + shape->n + done, embedding, steps, log_mean, log_size);
		for (int k = 0; k < steps; k++)
		{
			double		mean = Min(scale * plain_exp(log_mean[k]), DBL_MAX);

			predictive_set_counts(&result[done + k], 1, &mean, plain_exp(log_size[k]));
			value[s->n + done + k] = mean;
		}
	}
}

static void
lstm_update(void *fitted, const SeriesShape *shape, const Calendar *calendar, double value)
{
	LstmSeries *s = fitted;
	const LstmPool *pool = shape->pool;
	int			kept;

	if (!s->of_network)
		return;
	kept = kept_values(&pool->net.shape);
	if (s->n == kept)
		memmove(s->value, s->value + 1, sizeof(double) * --s->n);
	else if (s->n == s->room)
	{
		s->room = Min(2 * s->room, kept);
		s->value = repalloc(s->value, sizeof(double) * s->room);
	}
	s->value[s->n++] = isnan(value) ? value : Max(value, 0);
}

static Size
lstm_memory(int n, int season, const OptionValue *option)
{
	return sizeof(double) * n;
}

const Forecaster lstm_forecaster = {
	.base = {
		.name = "lstm",
		.code = 39,
		.options = &lstm_agg_options,
		.lower = "option \"hidden\"",
		.decode = lstm_decode
	},
	.pool = lstm_pool,
	.write_pool = lstm_write_pool,
	.read_pool = lstm_read_pool,
	.fit = lstm_fit,
	.forecast = lstm_forecast,
	.update = lstm_update,
	.write = lstm_write,
	.memory = lstm_memory
};
