/*
 * change.c
 *		hotspot_change(): the hotspots of a period beside the period before.
 */
#include "crimeml.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

#include "arguments.h"
#include "cluster/sites.h"
#include "cluster/find_hotspots.h"
#include "data/doubts.h"
#include "rows.h"
#include "stat/fdr.h"
#include "stat/rates.h"

PG_FUNCTION_INFO_V1(crimeml_hotspot_change);

/* from <= at < to */
typedef struct Period
{
	TimestampTz from;
	TimestampTz to;
	Incidents  *incidents;
	Sites	   *sites;			/* of the incidents, by x */
	Hotspots   *hotspots;
} Period;

/* One row to be. */
typedef struct Change
{
	const Hotspot *hotspot;
	bool		now;			/* is it a hotspot now? */
	bool		before;			/* and was one before? */
	int64		count[2];		/* incidents in the outline, now and before */
	double		expected;
	double		p;
	double		adjusted;
} Change;

/* A period with two ends, the range's own bounds inclusive or not. */
static Period
period_of_range(RangeType *range, const char *name)
{
	Period		period = {0};
	bool		empty = !range_instants(range, &period.from, &period.to);

	if (empty || TIMESTAMP_NOT_FINITE(period.from) || TIMESTAMP_NOT_FINITE(period.to))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" of hotspot_change must have a beginning and an end, and is %s",
						name, empty ? "empty" : "unbounded"),
				 errhint("Give a period such as tstzrange('2024-06-01', '2024-07-01').")));
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

/*
 * Incidents of the period in the outline, whoever they belong to; "which" takes
 * them, where it is not NULL.  The incidents of a place follow each other.
 */
static int64
find_inside(HotspotShaper *maker, const Hotspot *hotspot, const Period *period, int32 *which)
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

		if (sites->x[middle] < hotspot->xmin)
			low = middle + 1;
		else
			high = middle;
	}
	MemoryContextSwitchTo(work);
	for (int i = low; i < sites->n && sites->x[i] <= hotspot->xmax; i++)
	{
		if ((i & 0x3ff) == 0)
		{
			MemoryContextReset(work);
			CHECK_FOR_INTERRUPTS();
		}
		if (sites->y[i] < hotspot->ymin || sites->y[i] > hotspot->ymax ||
			!hotspot_meets(maker, hotspot->geom,
						point_make(maker->point, sites->x[i], sites->y[i],
								   period->incidents->srid)))
			continue;
		for (int j = 0; j < sites->weight[i] && which != NULL; j++)
			which[count + j] = sites->first[i] + j;
		count += sites->weight[i];
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(work);
	return count;
}

static int
compare_xmin(const void *a, const void *b)
{
	const Hotspot *one = *(const Hotspot *const *) a;
	const Hotspot *two = *(const Hotspot *const *) b;

	/* there may be as many hotspots as incidents */
	CHECK_FOR_INTERRUPTS();
	return one->xmin < two->xmin ? -1 : (one->xmin > two->xmin ? 1 : 0);
}

/* Pointers to the hotspots, by their western edges. */
static const Hotspot **
hotspots_by_xmin(const Hotspots *hotspots)
{
	const Hotspot **sorted = crimeml_array(const Hotspot *, Max(hotspots->n, 1));

	for (int i = 0; i < hotspots->n; i++)
		sorted[i] = &hotspots->hotspot[i];
	qsort(sorted, hotspots->n, sizeof(Hotspot *), compare_xmin);
	return sorted;
}

/* Which hotspots of one period meet one of the other?  By their numbers. */
static void
find_meetings(HotspotShaper *maker, const Hotspots *now, const Hotspots *before,
			  bool *now_meets, bool *before_meets)
{
	const Hotspot **a = hotspots_by_xmin(now);
	const Hotspot **b = hotspots_by_xmin(before);
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
				(now_meets[a[i] - now->hotspot] && before_meets[b[j] - before->hotspot]))
				continue;
			if (hotspot_meets(maker, a[i]->geom, b[j]->geom))
				now_meets[a[i] - now->hotspot] = before_meets[b[j] - before->hotspot] = true;
		}
	}
	pfree(a);
	pfree(b);
}

/* The hotspots of now, then those that are gone, with their counts. */
static Change *
find_changes(HotspotShaper *maker, const Period *now, const Period *before, int *n)
{
	int			most = now->hotspots->n + before->hotspots->n;
	Change	   *change = crimeml_array(Change, Max(most, 1));
	bool	   *now_meets = crimeml_array(bool, Max(now->hotspots->n, 1));
	bool	   *before_meets = crimeml_array(bool, Max(before->hotspots->n, 1));
	Progress	progress;

	find_meetings(maker, now->hotspots, before->hotspots, now_meets, before_meets);
	*n = 0;
	for (int i = 0; i < now->hotspots->n; i++)
	{
		change[*n].hotspot = &now->hotspots->hotspot[i];
		change[*n].now = true;
		change[(*n)++].before = now_meets[i];
	}
	for (int i = 0; i < before->hotspots->n; i++)
	{
		if (before_meets[i])
			continue;
		change[*n].hotspot = &before->hotspots->hotspot[i];
		change[(*n)++].before = true;
	}

	progress_start(&progress, "counting in hotspots", *n);
	for (int i = 0; i < *n; i++)
	{
		change[i].count[0] = find_inside(maker, change[i].hotspot, now, NULL);
		change[i].count[1] = find_inside(maker, change[i].hotspot, before, NULL);
		progress_step(&progress, i + 1);
	}
	return change;
}

/* What became of the hotspot. */
static const char *
status_of(const Change *change, bool significant)
{
	if (!change->before)
		return "new";
	if (!change->now)
		return "gone";
	if (!significant)
		return "stable";
	return change->count[0] > change->expected ? "growing" : "shrinking";
}

/* What the rate before makes expect, and whether chance alone makes the difference. */
static void
test_changes(Change *change, int n, const Period *now, const Period *before)
{
	double		length_now = (double) now->to - now->from;
	double		length_before = (double) before->to - before->from;
	double	   *adjusted = scratch_array(double, n);

	for (int i = 0; i < n; i++)
	{
		change[i].expected = change[i].count[1] * (length_now / length_before);
		change[i].p = rates_p(change[i].count[0], change[i].count[1],
							  length_now / (length_now + length_before));
		adjusted[i] = change[i].p;
	}
	fdr_adjust(adjusted, n);
	for (int i = 0; i < n; i++)
		change[i].adjusted = adjusted[i];
	pfree(adjusted);
}

static void
put_change(Rows *rows, HotspotShaper *maker, const Change *change, int number, const Period *now,
		   double alpha)
{
	const Hotspot *hotspot = change->hotspot;
	bool		significant = change->adjusted < alpha;

	rows_int32(rows, number);
	rows_text(rows, status_of(change, significant));
	rows_int64(rows, change->count[0]);
	rows_int64(rows, change->count[1]);
	rows_float8(rows, change->expected);
	if (change->expected == 0)
		rows_null(rows);
	else
		rows_float8(rows, change->count[0] / change->expected);
	rows_float8(rows, change->p);
	rows_float8(rows, change->adjusted);
	rows_bool(rows, significant);
	rows_put(rows, hotspot->geom);
	rows_put(rows, point_make(maker->point, hotspot->center_x, hotspot->center_y,
							  now->incidents->srid));
	rows_float8(rows, hotspot->area_km2);
	rows_float8(rows, change->count[0] / hotspot->area_km2);
	if (now->incidents->key != NULL)
	{
		int32	   *which = scratch_array(int32, change->count[0]);

		(void) find_inside(maker, hotspot, now, which);
		rows_put(rows, incidents_keys(now->incidents, which, change->count[0]));
	}
	else
		rows_null(rows);
	rows_end(rows);
}

/* hotspot_change(source, eps, minpoints, now, before, buffer, outline, alpha) */
Datum
crimeml_hotspot_change(PG_FUNCTION_ARGS)
{
	char	   *source = arg_text(fcinfo, 0, "source");
	HotspotRule rule = hotspot_rule(fcinfo, "hotspot_change", 1, 5);
	HotspotShaper *maker = hotspot_shaper_create(CurrentMemoryContext);
	double		alpha;
	Period		now;
	Period		before;
	Period	   *period[] = {&now, &before};
	Incidents  *all;
	Change	   *change;
	int			n;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext row;
	Rows		rows;

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

	rows_begin(&rows, fcinfo);
	all = incidents_read("hotspot_change", source, INCIDENTS_AT_REQUIRED | INCIDENTS_KEY,
						 session_timezone);
	doubts_leave_out(all, NULL);
	for (int i = 0; i < lengthof(period); i++)
	{
		Incidents  *part = incidents_between(all, period[i]->from, period[i]->to);

		doubts_tell_period(all, part, i == 0 ? "now" : "before", period[i]->from, period[i]->to);
		period[i]->incidents = part;
		period[i]->sites = sites_build(part->x, part->y, part->n);
		period[i]->hotspots = hotspots_find(maker, "hotspot_change", part, &rule);
	}
	change = find_changes(maker, &now, &before, &n);
	test_changes(change, n, &now, &before);

	row = AllocSetContextCreate(caller, "crimeml change", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(row);
	for (int i = 0; i < n; i++)
	{
		put_change(&rows, maker, &change[i], i + 1, &now, alpha);
		MemoryContextReset(row);
		CHECK_FOR_INTERRUPTS();
	}
	MemoryContextSwitchTo(caller);
	PG_RETURN_NULL();
}
