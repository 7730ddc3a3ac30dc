/*
 * auto.c
 *		The forecaster "auto": the one that has served counts of incidents best,
 *		by what the buckets and the values are.
 *
 * Rolling origins over a city's incidents decided (the table is in
 * docs/forecasts.md): below a week level, which picks its own variant; from a
 * week on the average of the quantiles of ets, theta and level, and of theta and
 * level where there are less than three years.  What is no count has no level:
 * ets and theta.
 */
#include "forecast/forecaster.h"

#include "bytes.h"

#define MAX_PARTS 3
#define YEARS_OF_ETS 3

const OptionTable auto_options = {"auto", NULL, 0, &forecaster_options, "{\"gaps\": \"zero\"}"};

/* A forecaster by the number under which the payload keeps it. */
static const Forecaster *const parts[] = {&level_forecaster, &theta_forecaster, &ets_forecaster};

enum
{
	PART_LEVEL,
	PART_THETA,
	PART_ETS
};

typedef struct AutoFit
{
	int			n;
	int			part[MAX_PARTS];
	void	   *fitted[MAX_PARTS];
} AutoFit;

/* The defaults of a forecaster. */
static OptionValue *
part_options(int part)
{
	const OptionTable *table = parts[part]->base.options;
	OptionValue *option = crimeml_array(OptionValue, Max(table->n, 1));

	for (int i = 0; i < table->n; i++)
		option_default(&table->spec[i], &option[i]);
	return option;
}

/* What takes part, and why. */
static int
choose(const Series *series, int *part, const char **reason)
{
	const Calendar *calendar = series->calendar;
	int			n = 0;

	if (bucket_is_short(&calendar->bucket))
	{
		*reason = series->counts ? "counts of days or less" : "no counts: sums or measurements of days or less";
		part[n++] = series->counts ? PART_LEVEL : PART_ETS;
		if (!series->counts)
			part[n++] = PART_THETA;
		return n;
	}
	if (series->counts)
		part[n++] = PART_LEVEL;
	part[n++] = PART_THETA;
	if (!series->counts || series->n >= YEARS_OF_ETS * calendar->season)
		part[n++] = PART_ETS;
	*reason = !series->counts ? "no counts" :
		n == MAX_PARTS ? "counts of a week or more" : "counts of a week or more, less than three years of them";
	return n;
}

static void *
auto_pool(const SeriesSet *set, const OptionValue *option)
{
	if (set->n == 0 || !bucket_is_short(&set->series[0].calendar->bucket))
		return NULL;
	return level_forecaster.pool(set, part_options(PART_LEVEL));
}

static void
auto_write_pool(const void *pool, ByteWriter *out)
{
	level_forecaster.write_pool(pool, out);
}

static void *
auto_read_pool(ByteReader *r)
{
	return level_forecaster.read_pool(r);
}

static void
auto_fit(const Series *series, const void *pool, const OptionValue *option, ByteWriter *payload,
		 FitReport *report)
{
	int			part[MAX_PARTS];
	const char *reason;
	int			n = choose(series, part, &reason);
	StringInfoData method;

	initStringInfo(&method);
	write_u8(payload, n);
	for (int i = 0; i < n; i++)
	{
		FitReport	own = {0};
		ByteWriter	bytes;

		writer_init(&bytes);
		parts[part[i]]->fit(series, part[i] == PART_LEVEL ? pool : NULL, part_options(part[i]),
							&bytes, &own);
		write_u8(payload, part[i]);
		write_varint(payload, bytes.len);
		write_bytes(payload, bytes.data, bytes.len);
		pfree(bytes.data);
		appendStringInfo(&method, "%s%s", i > 0 ? " + " : "", own.method);
		/* one alone speaks for itself */
		if (n == 1)
			*report = own;
	}
	report->method = method.data;
	if (n > 1 || report->reason == NULL)
		report->reason = reason;
}

static void *
auto_decode(ByteReader *payload, const void *shape)
{
	AutoFit    *fit = palloc0(sizeof(AutoFit));

	fit->n = read_u8(payload);
	if (fit->n < 1 || fit->n > MAX_PARTS)
		reader_damaged(payload, "the number of parts is out of range");
	for (int i = 0; i < fit->n; i++)
	{
		ByteReader	part;
		Size		len;

		fit->part[i] = read_u8(payload);
		if (fit->part[i] >= lengthof(parts))
			reader_damaged(payload, "a part is not known");
		len = read_varint(payload);
		reader_init(&part, read_bytes(payload, len), len, payload->what);
		fit->fitted[i] = parts[fit->part[i]]->base.decode(&part, shape);
		read_end(&part);
	}
	return fit;
}

static void
auto_forecast(const void *fitted, const SeriesShape *shape, const Calendar *calendar, int horizon,
			  uint64 seed, Predictive *result)
{
	const AutoFit *fit = fitted;
	Predictive *own[MAX_PARTS];

	if (fit->n == 1)
	{
		parts[fit->part[0]]->forecast(fit->fitted[0], shape, calendar, horizon, seed, result);
		return;
	}
	for (int i = 0; i < fit->n; i++)
	{
		own[i] = crimeml_array(Predictive, horizon);
		parts[fit->part[i]]->forecast(fit->fitted[i], shape, calendar, horizon, seed, own[i]);
	}
	for (int h = 0; h < horizon; h++)
	{
		const Predictive **part = palloc(sizeof(Predictive *) * fit->n);

		for (int i = 0; i < fit->n; i++)
			part[i] = &own[i][h];
		predictive_set_average(&result[h], shape->counts, fit->n, part);
		CHECK_FOR_INTERRUPTS();
	}
}

static Size
auto_memory(int n, int season, const OptionValue *option)
{
	Size		memory = 0;

	for (int i = 0; i < lengthof(parts); i++)
		memory = Max(memory, parts[i]->memory(n, season, part_options(i)));
	return memory;
}

const Forecaster auto_forecaster = {
	.base = {
		.name = "auto",
		.code = 40,
		.options = &auto_options,
		.lower = "the number of series",
		.decode = auto_decode
	},
	.pool = auto_pool,
	.write_pool = auto_write_pool,
	.read_pool = auto_read_pool,
	.fit = auto_fit,
	.forecast = auto_forecast,
	.memory = auto_memory
};
