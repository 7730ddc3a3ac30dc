/*
 * series_task.c
 *		Series fitted, forecast and scored, or judged value by value, one after
 *		another or over parallel workers.
 *
 * What workers need goes to them as bytes: the head, the calendar by what it was
 * made from, the options, what was learned from all series, and the values.
 */
#include "forecast/series_task.h"

#include <math.h>

#include "forecast/methods.h"
#include "parallel.h"

/* Values from which on workers pay. */
#define PARALLEL_WORTH 20000

/* The flat block that the items share; offsets count from its beginning. */
typedef struct SharedSeries
{
	uint16		forecaster;
	bool		keep;
	bool		scored;
	bool		judged;
	AnomalyRule rule;
	uint64		seed;
	int			n;
	int			horizon;
	int			step1;			/* the bucket of step 1 */
	int			levels;
	Bucket		bucket;
	TimestampTz origin;
	int			buckets;
	int			holidays;
	char		time_zone[TZ_STRLEN_MAX + 1];
	Size		options;
	Size		options_len;
	Size		pool;
	Size		pool_len;		/* 0: there is none */
	Size		holiday;		/* int32 */
	Size		level;			/* double */
	Size		item;			/* SharedItem */
	Size		value;			/* double, series by series */
	Size		actual;			/* double, horizon of each */
} SharedSeries;

typedef struct SharedItem
{
	int			n;
	int			first;
	bool		counts;
	int64		value;			/* its first among all */
} SharedItem;

typedef struct SeriesRun
{
	const SeriesWork *work;
	SharedSeries layout;
	ByteWriter	options;
	ByteWriter	pool;
	SeriesDone	done;
	void	   *arg;
} SeriesRun;

/* What a process has made of the block. */
typedef struct SeriesView
{
	const Forecaster *forecaster;
	OptionValue *option;
	void	   *pool;
	Calendar   *calendar;
} SeriesView;

/* ----------
 * A series
 * ----------
 */

/* The distributions of what comes, as numbers. */
static void
forecast_item(const SharedSeries *s, const SeriesView *view, const SeriesShape *shape,
			  const double *value, const ByteWriter *payload, const double *actual,
			  int item, ByteWriter *result)
{
	const double *level = (const double *) ((const char *) s + s->level);
	int			missing = s->step1 - (shape->first + shape->n);
	Predictive *predictive = crimeml_array(Predictive, missing + s->horizon);
	ForecastScore score = {0};
	ByteReader	r;
	void	   *fitted;

	reader_init(&r, payload->data, payload->len, "forecast");
	fitted = view->forecaster->base.decode(&r, shape);
	view->forecaster->forecast(fitted, shape, view->calendar, missing + s->horizon, s->seed, predictive);
	predictive += missing;
	for (int h = 0; h < s->horizon; h++)
	{
		write_f64(result, predictive[h].mean);
		for (int l = 0; l < s->levels; l++)
		{
			double		lower;
			double		upper;

			predictive_interval(&predictive[h], level[l], &lower, &upper);
			write_f64(result, lower);
			write_f64(result, upper);
		}
		CHECK_FOR_INTERRUPTS();
	}
	if (actual != NULL)
	{
		double		scale = score_scale(value, shape->n, shape->season);
		Random		random;

		random_seed(&random, s->seed, item);
		for (int h = 0; h < s->horizon; h++)
		{
			double		u = random_uniform(&random);

			if (!isnan(actual[h]))
				score_add(&score, &predictive[h], actual[h], scale, u);
			CHECK_FOR_INTERRUPTS();
		}
	}
	write_bytes(result, &score, sizeof(score));
}

static int
judged_values(const AnomalyRule *rule, const Series *series)
{
	return Max(series->n - Max(rule->from - series->first, 0), 0);
}

/* Judge an item; or fit it, and do with it what is asked for. */
static void
run_series(const void *shared, const void *opened, int item, ByteWriter *result)
{
	const SharedSeries *s = shared;
	const SeriesView *view = opened;
	const SharedItem *it = (const SharedItem *) ((const char *) s + s->item) + item;
	const double *value = (const double *) ((const char *) s + s->value) + it->value;
	const double *actual = s->scored ?
		(const double *) ((const char *) s + s->actual) + (int64) item * s->horizon : NULL;
	Series		series = {item, it->n, value, it->first, view->calendar, it->counts};
	SeriesShape shape = {view->calendar->season, view->calendar->slots, it->n, it->first, it->counts,
	view->pool};
	FitReport	report = {0};
	ByteWriter	payload;

	if (s->judged)
	{
		int			n = judged_values(&s->rule, &series);
		Judgement  *judgement = scratch_array(Judgement, Max(n, 1));

		anomaly_judge(&series, view->pool, &s->rule, judgement);
		write_bytes(result, judgement, sizeof(Judgement) * n);
		return;
	}
	writer_init(&payload);
	view->forecaster->fit(&series, view->pool, view->option, &payload, &report);
	fit_report_write(&report, result);
	write_varint(result, s->keep ? payload.len : 0);
	if (s->keep)
		write_bytes(result, payload.data, payload.len);
	if (s->horizon > 0)
		forecast_item(s, view, &shape, value, &payload, actual, item, result);
}

/* ----------
 * The block
 * ----------
 */

static void *
open_block(const void *shared)
{
	const SharedSeries *s = shared;
	SeriesView *view = palloc0(sizeof(SeriesView));
	Holidays   *holidays = NULL;
	ByteReader	r;

	view->forecaster = forecaster_by_code(s->forecaster);
	reader_init(&r, (const char *) s + s->options, s->options_len, "options");
	view->option = options_read(view->forecaster->base.options,
								view->forecaster->base.options->n, &r);
	if (s->pool_len > 0)
	{
		reader_init(&r, (const char *) s + s->pool, s->pool_len, "forecast");
		view->pool = view->forecaster->read_pool(&r);
	}
	if (s->holidays > 0)
	{
		holidays = palloc(sizeof(Holidays));
		holidays->n = s->holidays;
		holidays->day = unconstify(int32 *, (const int32 *) ((const char *) s + s->holiday));
	}
	view->calendar = calendar_make(&s->bucket, clock_make(pg_tzset(s->time_zone)), holidays,
								   s->origin, s->buckets);
	return view;
}

const ParallelTask series_task = {open_block, run_series};

/* A part of the block, after what is there; its offset. */
static Size
reserve(Size *size, Size n, Size width)
{
	Size		at = MAXALIGN(*size);

	*size = add_size(at, mul_size(n, width));
	return at;
}

/* Where what lies in the block; its size is the result. */
static Size
lay_out(SeriesRun *run, int64 values)
{
	const SeriesWork *work = run->work;
	const Calendar *calendar = work->set->series[0].calendar;
	SharedSeries *s = &run->layout;
	Size		size = sizeof(SharedSeries);

	s->forecaster = work->forecaster->base.code;
	s->keep = work->keep;
	s->scored = work->actual != NULL;
	s->judged = work->rule != NULL;
	if (s->judged)
		s->rule = *work->rule;
	s->seed = work->seed;
	s->n = work->set->n;
	s->horizon = work->horizon;
	s->step1 = work->origin;
	s->levels = work->levels;
	s->bucket = calendar->bucket;
	s->origin = calendar->at[0];
	s->buckets = calendar->n;
	s->holidays = calendar->holidays == NULL ? 0 : calendar->holidays->n;
	strlcpy(s->time_zone, work->time_zone, sizeof(s->time_zone));
	s->options_len = run->options.len;
	s->pool_len = run->pool.len;
	s->options = reserve(&size, s->options_len, 1);
	s->pool = reserve(&size, s->pool_len, 1);
	s->holiday = reserve(&size, s->holidays, sizeof(int32));
	s->level = reserve(&size, s->levels, sizeof(double));
	s->item = reserve(&size, s->n, sizeof(SharedItem));
	s->value = reserve(&size, values, sizeof(double));
	s->actual = reserve(&size, s->scored ? mul_size(s->n, s->horizon) : 0, sizeof(double));
	return size;
}

static void
fill_block(void *shared, void *arg)
{
	SeriesRun  *run = arg;
	const SeriesWork *work = run->work;
	SharedSeries *s = shared;
	char	   *block = shared;
	SharedItem *item = (SharedItem *) (block + run->layout.item);
	double	   *value = (double *) (block + run->layout.value);
	double	   *actual = (double *) (block + run->layout.actual);
	int64		at = 0;

	*s = run->layout;
	memcpy(block + s->options, run->options.data, s->options_len);
	if (s->pool_len > 0)
		memcpy(block + s->pool, run->pool.data, s->pool_len);
	if (s->holidays > 0)
		memcpy(block + s->holiday, work->set->series[0].calendar->holidays->day,
			   sizeof(int32) * s->holidays);
	if (s->levels > 0)
		memcpy(block + s->level, work->level, sizeof(double) * s->levels);
	for (int i = 0; i < s->n; i++)
	{
		const Series *series = &work->set->series[i];

		item[i] = (SharedItem) {series->n, series->first, series->counts, at};
		memcpy(value + at, series->value, sizeof(double) * series->n);
		if (s->scored)
			memcpy(actual + (int64) i * s->horizon, work->actual[i], sizeof(double) * s->horizon);
		at += series->n;
		if ((i & 0xff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

static void
collect(void *arg, int item, const uint8 *bytes, Size len)
{
	SeriesRun  *run = arg;
	const SeriesWork *work = run->work;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "crimeml series result",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	SeriesResult result = {0};
	ByteReader	r;

	reader_init(&r, bytes, len, "forecast");
	if (work->rule != NULL)
	{
		Size		size = sizeof(Judgement) * judged_values(work->rule, &work->set->series[item]);

		result.judgement = palloc(Max(size, 1));
		memcpy(result.judgement, read_bytes(&r, size), size);
	}
	else
	{
		fit_report_read(&r, &result.report);
		result.payload_len = read_varint(&r);
		result.payload = read_bytes(&r, result.payload_len);
	}
	if (work->horizon > 0)
	{
		result.mean = crimeml_array(double, work->horizon);
		result.lower = crimeml_array(double, mul_size(work->horizon, Max(work->levels, 1)));
		result.upper = crimeml_array(double, mul_size(work->horizon, Max(work->levels, 1)));
		for (int h = 0; h < work->horizon; h++)
		{
			result.mean[h] = read_f64(&r);
			for (int l = 0; l < work->levels; l++)
			{
				result.lower[h * work->levels + l] = read_f64(&r);
				result.upper[h * work->levels + l] = read_f64(&r);
			}
		}
		memcpy(&result.score, read_bytes(&r, sizeof(ForecastScore)), sizeof(ForecastScore));
	}
	read_end(&r);
	MemoryContextSwitchTo(old);
	run->done(run->arg, item, &result);
	MemoryContextDelete(context);
}

void *
series_work(const SeriesWork *work, SeriesDone done, void *arg)
{
	const Forecaster *forecaster = work->forecaster;
	SeriesRun	run = {.work = work, .done = done, .arg = arg};
	void	   *pool = NULL;
	int64		values = 0;
	int			longest = 0;
	Size		size;
	Size		each;

	if (work->set->n == 0)
		return NULL;
	for (int i = 0; i < work->set->n; i++)
	{
		values += work->set->series[i].n;
		longest = Max(longest, work->set->series[i].n);
	}
	writer_init(&run.options);
	options_write(forecaster->base.options, forecaster->base.options->n, work->option, &run.options);
	writer_init(&run.pool);
	if (forecaster->pool != NULL)
		pool = forecaster->pool(work->learn != NULL ? work->learn : work->set, work->option);
	if (pool != NULL)
		forecaster->write_pool(pool, &run.pool);
	size = lay_out(&run, values);
	/* judgements are there twice: as bytes, too */
	each = add_size(forecaster->memory(longest, work->set->series[0].calendar->season, work->option),
					work->rule != NULL ? mul_size(longest, 2 * sizeof(Judgement)) : 0);
	crimeml_check_memory(add_size(size, each),
						 "the forecasts", "the number of series, or of their buckets");
	parallel_map(PARALLEL_SERIES, work->set->n,
				 values < PARALLEL_WORTH ? 0 : work->set->n - 1,
				 "fitting series", size, fill_block, collect, &run);
	pfree(run.options.data);
	pfree(run.pool.data);
	return pool;
}
