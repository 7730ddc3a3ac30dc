/*
 * change.c
 *		hotspot_change(): the hotspots of a period beside the period before.
 */
#include "crimeml.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/builtins.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

#include "cluster/incidents.h"
#include "stat/fdr.h"
#include "stat/rates.h"
#include "cluster/sites.h"
#include "cluster/spots.h"

#define CHANGE_COLUMNS 12

PG_FUNCTION_INFO_V1(crimeml_hotspot_change);

/* from <= at < to */
typedef struct Period
{
	TimestampTz from;
	TimestampTz to;
	Incidents  *incidents;
	Sites	   *sites;			/* of the incidents, by x */
	Spots	   *spots;
} Period;

/* One row to be. */
typedef struct Change
{
	const Spot *spot;
	bool		now;			/* is it a hotspot now? */
	bool		before;			/* and was one before? */
	int64		count[2];		/* incidents in the outline, now and before */
} Change;

/* A period with two ends, the range's own bounds inclusive or not. */
static Period
period_of_range(RangeType *range, const char *name)
{
	TypeCacheEntry *type = lookup_type_cache(TSTZRANGEOID, TYPECACHE_RANGE_INFO);
	RangeBound	lower;
	RangeBound	upper;
	bool		empty;
	Period		period = {0};

	range_deserialize(type, range, &lower, &upper, &empty);
	if (empty || lower.infinite || upper.infinite ||
		TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(lower.val)) ||
		TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(upper.val)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" of hotspot_change must have a beginning and an end, and is %s",
						name, empty ? "empty" : "unbounded"),
				 errhint("Give a period such as tstzrange('2024-06-01', '2024-07-01').")));
	period.from = DatumGetTimestampTz(lower.val) + (lower.inclusive ? 0 : 1);
	period.to = DatumGetTimestampTz(upper.val) + (upper.inclusive ? 1 : 0);
	return period;
}

/* The same length of time just before. */
static Period
period_before(const Period *now)
{
	Period		before = {0};
	int64		length;

	before.to = now->from;
	if (pg_sub_s64_overflow(now->to, now->from, &length) ||
		pg_sub_s64_overflow(now->from, length, &before.from) ||
		!IS_VALID_TIMESTAMP(before.from))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the period before \"now\" is out of range"),
				 errhint("Give argument \"before\".")));
	return before;
}

/* Incidents of the period in the outline, whoever they belong to. */
static int64
count_inside(SpotMaker *maker, const Spot *spot, const Period *period)
{
	const Sites *sites = period->sites;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext work = AllocSetContextCreate(caller, "crimeml inside", ALLOCSET_DEFAULT_SIZES);
	int64		count = 0;
	int			low = 0;
	int			high = sites->n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (sites->x[middle] < spot->xmin)
			low = middle + 1;
		else
			high = middle;
	}
	MemoryContextSwitchTo(work);
	for (int i = low; i < sites->n && sites->x[i] <= spot->xmax; i++)
	{
		if ((i & 0x3ff) == 0)
		{
			MemoryContextReset(work);
			CHECK_FOR_INTERRUPTS();
		}
		if (sites->y[i] >= spot->ymin && sites->y[i] <= spot->ymax &&
			spot_meets(maker, spot->geom,
					   point_make(maker->point, sites->x[i], sites->y[i],
								  period->incidents->srid)))
			count += sites->weight[i];
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(work);
	return count;
}

static int
compare_xmin(const void *a, const void *b)
{
	const Spot *one = *(const Spot *const *) a;
	const Spot *two = *(const Spot *const *) b;

	return one->xmin < two->xmin ? -1 : (one->xmin > two->xmin ? 1 : 0);
}

/* Pointers to the hotspots, by their western edges. */
static const Spot **
spots_by_xmin(const Spots *spots)
{
	const Spot **sorted = crimeml_array(const Spot *, Max(spots->n, 1));

	for (int i = 0; i < spots->n; i++)
		sorted[i] = &spots->spot[i];
	qsort(sorted, spots->n, sizeof(Spot *), compare_xmin);
	return sorted;
}

/* Which hotspots of one period meet one of the other?  By their numbers. */
static void
find_meetings(SpotMaker *maker, const Spots *now, const Spots *before,
			  bool *now_meets, bool *before_meets)
{
	const Spot **a = spots_by_xmin(now);
	const Spot **b = spots_by_xmin(before);
	double		widest = 0;
	int			begin = 0;

	for (int j = 0; j < before->n; j++)
		widest = Max(widest, b[j]->xmax - b[j]->xmin);
	for (int i = 0; i < now->n; i++)
	{
		while (begin < before->n && b[begin]->xmin < a[i]->xmin - widest)
			begin++;
		for (int j = begin; j < before->n && b[j]->xmin <= a[i]->xmax; j++)
		{
			CHECK_FOR_INTERRUPTS();
			if (b[j]->xmax < a[i]->xmin || b[j]->ymin > a[i]->ymax || b[j]->ymax < a[i]->ymin ||
				(now_meets[a[i] - now->spot] && before_meets[b[j] - before->spot]))
				continue;
			if (spot_meets(maker, a[i]->geom, b[j]->geom))
				now_meets[a[i] - now->spot] = before_meets[b[j] - before->spot] = true;
		}
	}
	pfree(a);
	pfree(b);
}

/* The hotspots of now, then those that are gone, with their counts. */
static Change *
find_changes(SpotMaker *maker, const Period *now, const Period *before, int *n)
{
	int			most = now->spots->n + before->spots->n;
	Change	   *change = crimeml_array(Change, Max(most, 1));
	bool	   *now_meets = crimeml_array(bool, Max(now->spots->n, 1));
	bool	   *before_meets = crimeml_array(bool, Max(before->spots->n, 1));
	Progress	progress;

	find_meetings(maker, now->spots, before->spots, now_meets, before_meets);
	*n = 0;
	for (int i = 0; i < now->spots->n; i++)
	{
		change[*n].spot = &now->spots->spot[i];
		change[*n].now = true;
		change[(*n)++].before = now_meets[i];
	}
	for (int i = 0; i < before->spots->n; i++)
	{
		if (before_meets[i])
			continue;
		change[*n].spot = &before->spots->spot[i];
		change[(*n)++].before = true;
	}

	progress_start(&progress, "counting in hotspots", *n);
	for (int i = 0; i < *n; i++)
	{
		change[i].count[0] = count_inside(maker, change[i].spot, now);
		change[i].count[1] = count_inside(maker, change[i].spot, before);
		progress_step(&progress, i + 1);
	}
	return change;
}

/* What became of the hotspot. */
static const char *
status_of(const Change *change, bool more, double p, double alpha)
{
	if (!change->before)
		return "new";
	if (!change->now)
		return "gone";
	if (p >= alpha)
		return "stable";
	return more ? "growing" : "shrinking";
}

/* hotspot_change(source, eps, minpoints, now, before, buffer, outline, alpha) */
Datum
crimeml_hotspot_change(PG_FUNCTION_ARGS)
{
	char	   *source = crimeml_text_arg(fcinfo, 0, "source");
	SpotRule	rule = spot_rule(fcinfo, "hotspot_change", 1, 5);
	SpotMaker  *maker = spot_maker_create(CurrentMemoryContext);
	double		alpha;
	Period		now;
	Period		before;
	Period	   *period[] = {&now, &before};
	double		length_now;
	double		length_before;
	Incidents  *all;
	Change	   *change;
	double	   *p;
	double	   *adjusted;
	int			n;
	Tuplestorestate *store;
	TupleDesc	desc;

	if (PG_ARGISNULL(3) || PG_ARGISNULL(7))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" of hotspot_change must not be null",
						PG_ARGISNULL(3) ? "now" : "alpha")));
	alpha = PG_GETARG_FLOAT8(7);
	if (!(alpha > 0 && alpha < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"alpha\" of hotspot_change must be between 0 and 1, and is %g",
						alpha),
				 errhint("A hotspot grows or shrinks where p_adjusted is below it; 0.05 is usual.")));
	now = period_of_range(PG_GETARG_RANGE_P(3), "now");
	before = PG_ARGISNULL(4) ? period_before(&now) :
		period_of_range(PG_GETARG_RANGE_P(4), "before");
	if (before.from < now.to && now.from < before.to)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("periods \"now\" and \"before\" of hotspot_change overlap"),
				 errhint("An incident can only count in one of them; ranges such as [2024-01-01, 2024-02-01) do not overlap where they touch.")));
	length_now = (double) now.to - now.from;
	length_before = (double) before.to - before.from;

	crimeml_begin_rows(fcinfo, &store, &desc);
	all = incidents_read("hotspot_change", source, INCIDENTS_AT_REQUIRED);
	for (int i = 0; i < lengthof(period); i++)
	{
		Incidents  *part = incidents_between(all, period[i]->from, period[i]->to);

		period[i]->incidents = part;
		period[i]->sites = sites_build(part->x, part->y, part->n);
		period[i]->spots = spots_find(maker, "hotspot_change", part, &rule);
	}
	change = find_changes(maker, &now, &before, &n);

	p = crimeml_array(double, Max(n, 1));
	adjusted = crimeml_array(double, Max(n, 1));
	for (int i = 0; i < n; i++)
		p[i] = rates_p(change[i].count[0], change[i].count[1],
					   length_now / (length_now + length_before));
	memcpy(adjusted, p, sizeof(double) * n);
	fdr_adjust(adjusted, n);
	for (int i = 0; i < n; i++)
	{
		const Spot *spot = change[i].spot;
		double		expected = change[i].count[1] * (length_now / length_before);
		Datum		values[CHANGE_COLUMNS];
		bool		nulls[CHANGE_COLUMNS] = {false};

		values[0] = Int32GetDatum(i + 1);
		values[1] = CStringGetTextDatum(status_of(&change[i], change[i].count[0] > expected,
												  adjusted[i], alpha));
		values[2] = Int64GetDatum(change[i].count[0]);
		values[3] = Int64GetDatum(change[i].count[1]);
		values[4] = Float8GetDatum(expected);
		nulls[5] = expected == 0;
		values[5] = Float8GetDatum(nulls[5] ? 0 : change[i].count[0] / expected);
		values[6] = Float8GetDatum(p[i]);
		values[7] = Float8GetDatum(adjusted[i]);
		values[8] = spot->geom;
		values[9] = point_make(maker->point, spot->center_x, spot->center_y, all->srid);
		values[10] = Float8GetDatum(spot->area_km2);
		values[11] = Float8GetDatum(change[i].count[0] / spot->area_km2);
		tuplestore_putvalues(store, desc, values, nulls);
		CHECK_FOR_INTERRUPTS();
	}
	PG_RETURN_NULL();
}
