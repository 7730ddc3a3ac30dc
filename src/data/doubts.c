/*
 * doubts.c
 *		Incidents that cannot be where they are said to be, and periods without
 *		incidents.
 */
#include "data/doubts.h"

/* Places that are tried with longitude and latitude exchanged: some 5 us each. */
#define MOST_EXCHANGES 10000

/* A gap shorter than that is not mentioned, ... */
#define LEAST_GAP USECS_PER_DAY
/* ... nor one that chance leaves so often, ... */
#define GAP_CHANCE 0.001
/* ... nor one beside which more than two others are a third as long. */
#define GAPS_TOLD 3

/* Degrees from one meridian to another, the shorter way. */
static double
meridians_apart(double a, double b)
{
	return fabs(remainder(a - b, 360));
}

bool
out_of_range_exchanged(const SridInfo *info, double longitude, double latitude)
{
	return !isnan(info->meridian) &&
		meridians_apart(longitude, info->meridian) > info->width &&
		meridians_apart(latitude, info->meridian) <= info->width;
}

/* Is the middle in the range of the SRID only with longitude and latitude exchanged? */
static bool
middle_exchanged(const Middle *middle, const SridInfo *info, PointExchanger *exchanger)
{
	double		longitude;
	double		latitude;

	return !isnan(info->meridian) &&
		point_degrees(exchanger, middle->x, middle->y, &longitude, &latitude) &&
		out_of_range_exchanged(info, longitude, latitude);
}

/* Would it be among the rest with its coordinates exchanged? */
static bool
is_exchanged(const Middle *middle, PointExchanger *exchanger, double x, double y)
{
	if (middle_distance(middle, y, x) <= middle->reach)
		return true;
	return point_exchange(exchanger, &x, &y) &&
		middle_distance(middle, x, y) <= middle->reach;
}

Doubts *
doubts_find(const Incidents *incidents, const double *study)
{
	Doubts	   *doubts = palloc0(sizeof(Doubts));
	int			n = incidents->n;
	const double *x = incidents->x;
	const double *y = incidents->y;
	SridInfo	info = srid_info(incidents->srid);
	PointExchanger *exchanger = NULL;
	MemoryContext scratch;
	MemoryContext caller;
	int64		degrees = 0;
	int			exchanges = 0;

	doubts->n = n;
	doubts->doubt = scratch_array(uint8, n);
	doubts->middle.reach = INFINITY;
	if (n == 0)
		return doubts;
	crimeml_check_memory(mul_size(n, STRAYS_BYTES + 2), incidents->function,
						 "the number of rows of the source");
	if (info.known && !info.geographic)
		exchanger = point_exchanger_create(CurrentMemoryContext, incidents->srid);
	if (info.geographic)
		info.metres = METRES_A_DEGREE;
	doubts->middle = strays_find(x, y, n, STRAY_METRES / info.metres, doubts->doubt);

	scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml exchange",
									ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(scratch);
	for (int i = 0; i < n; i++)
	{
		Standing	standing = doubts->doubt[i];
		Doubt		doubt = DOUBT_NONE;

		if ((i & 0x3ff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (x[i] == 0 && y[i] == 0 && (info.known || standing != STANDING_NEAR))
			doubt = DOUBT_ZERO;
		else if (standing == STANDING_NEAR ||
				 (study != NULL && x[i] >= study[0] && x[i] <= study[2] &&
				  y[i] >= study[1] && y[i] <= study[3]))
			degrees += looks_like_degrees(x[i], y[i]);
		else if (i > 0 && x[i] == x[i - 1] && y[i] == y[i - 1])
			doubt = doubts->doubt[i - 1];
		else if (!info.geographic && looks_like_degrees(x[i], y[i]))
			doubt = DOUBT_DEGREES;
		else if (exchanges++ < MOST_EXCHANGES &&
				 is_exchanged(&doubts->middle, exchanger, x[i], y[i]))
			doubt = DOUBT_EXCHANGED;
		else
			doubt = standing == STANDING_APART ? DOUBT_APART : DOUBT_STRAY;

		if (doubt == DOUBT_STRAY &&
			(doubts->count[DOUBT_STRAY] == 0 ||
			 middle_distance(&doubts->middle, x[i], y[i]) >
			 middle_distance(&doubts->middle, doubts->farthest_x, doubts->farthest_y)))
		{
			doubts->farthest_x = x[i];
			doubts->farthest_y = y[i];
		}
		doubts->doubt[i] = doubt;
		doubts->count[doubt]++;
		MemoryContextReset(scratch);
	}
	if (info.known && !info.geographic && doubts->count[DOUBT_NONE] > 0)
	{
		doubts->all_degrees = degrees == doubts->count[DOUBT_NONE];
		doubts->all_exchanged = !doubts->all_degrees &&
			middle_exchanged(&doubts->middle, &info, exchanger);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	return doubts;
}

/* Say what there is, after some were left out. */
static void
tell(const Incidents *incidents, const Doubts *doubts)
{
	const char *function = incidents->function;
	const int64 *count = doubts->count;

	if (incidents->no_place > 0)
		ereport(NOTICE,
				(errmsg("%s: rows without a place, left out: %lld of %lld", function,
						(long long) incidents->no_place, (long long) incidents->rows)));
	if (incidents->no_weight > 0)
		ereport(NOTICE,
				(errmsg("%s: rows without a weight, left out: %lld of %lld", function,
						(long long) incidents->no_weight, (long long) incidents->rows)));
	if (incidents->no_time > 0)
		ereport(NOTICE,
				(errmsg("%s: incidents without a time: %lld of %d", function,
						(long long) incidents->no_time, incidents->n)));
	if (count[DOUBT_ZERO] > 0)
		ereport(NOTICE,
				(errmsg("%s: incidents at (0 0), left out: %lld of %d", function,
						(long long) count[DOUBT_ZERO], doubts->n),
				 errhint("Where (0 0) stands for a missing place, load NULL.")));
	if (count[DOUBT_DEGREES] > 0)
		ereport(NOTICE,
				(errmsg("%s: incidents with degrees for coordinates, left out: %lld of %d", function,
						(long long) count[DOUBT_DEGREES], doubts->n),
				 errhint("Project them: ST_Transform(ST_SetSRID(geom, 4326), srid).")));
	if (count[DOUBT_EXCHANGED] > 0)
		ereport(NOTICE,
				(errmsg("%s: incidents with exchanged coordinates, left out: %lld of %d", function,
						(long long) count[DOUBT_EXCHANGED], doubts->n),
				 errhint("Longitude is x and latitude is y: exchange them with ST_FlipCoordinates, before they are projected.")));
	if (count[DOUBT_STRAY] > 0)
		ereport(NOTICE,
				(errmsg("%s: incidents far from the rest, left out: %lld of %d", function,
						(long long) count[DOUBT_STRAY], doubts->n),
				 errdetail("They are more than %.6g from (%.8g %.8g), the farthest at (%.8g %.8g).",
						   doubts->middle.reach, doubts->middle.x, doubts->middle.y,
						   doubts->farthest_x, doubts->farthest_y)));
	if (count[DOUBT_APART] > 0)
		ereport(NOTICE,
				(errmsg("%s: incidents in another region than most: %lld of %d", function,
						(long long) count[DOUBT_APART], doubts->n),
				 errdetail("They are more than %.6g from (%.8g %.8g), and many together.",
						   doubts->middle.reach, doubts->middle.x, doubts->middle.y),
				 errhint("They take part; where they must not, take one region in the source, by WHERE.")));
	if (doubts->all_degrees)
		ereport(NOTICE,
				(errmsg("%s: the coordinates look like degrees, and SRID %d has none", function,
						incidents->srid),
				 errhint("Give them their SRID and project them: ST_Transform(ST_SetSRID(geom, 4326), %d).",
						 incidents->srid)));
	if (doubts->all_exchanged)
		ereport(NOTICE,
				(errmsg("%s: SRID %d is not for places about (%.8g %.8g), where longitude and latitude seem to be exchanged",
						function, incidents->srid, doubts->middle.x, doubts->middle.y),
				 errhint("Longitude is x and latitude is y: exchange them with ST_FlipCoordinates, before they are projected.")));
	if (incidents->n == 0 && incidents->rows > 0)
		ereport(NOTICE,
				(errmsg("%s: no incident is left", function)));
}

Middle
doubts_leave_out(Incidents *incidents, const double *study)
{
	Doubts	   *doubts = doubts_find(incidents, study);
	Middle		middle = doubts->middle;
	bool	   *keep;

	if (doubts->count[DOUBT_NONE] + doubts->count[DOUBT_APART] < doubts->n)
	{
		keep = scratch_array(bool, doubts->n);
		for (int i = 0; i < doubts->n; i++)
			keep[i] = doubts->doubt[i] <= DOUBT_APART;
		incidents_keep(incidents, keep);
		pfree(keep);
	}
	tell(incidents, doubts);
	pfree(doubts->doubt);
	pfree(doubts);
	return middle;
}

bool
doubts_tell_places(const char *function, const double *x, const double *y, int n,
				   const SridInfo *info)
{
	double		about = STRAY_METRES / info->metres;
	int			zero = 0;
	int			degrees = 0;
	bool		origin_used = false;

	if (!info->known)
		return false;
	for (int i = 0; i < n; i++)
	{
		zero += x[i] == 0 && y[i] == 0;
		if (looks_like_degrees(x[i], y[i]))
			degrees++;
		else if (fabs(x[i]) < about && fabs(y[i]) < about)
			origin_used = true;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	/* of a city about the origin some are near it */
	degrees = info->geographic || origin_used ? 0 : degrees - zero;
	if (zero > 0)
		ereport(NOTICE,
				(errmsg("%s: incidents at (0 0), which take part: %d of %d", function, zero, n),
				 errhint("Where (0 0) stands for a missing place, load NULL, or leave them out by WHERE.")));
	if (degrees > 0)
		ereport(NOTICE,
				(errmsg("%s: incidents with coordinates that look like degrees, which take part: %d of %d",
						function, degrees, n),
				 errhint("Project them: ST_Transform(ST_SetSRID(geom, 4326), srid).")));
	return zero > 0 || degrees > 0;
}

/* ----------
 * Periods
 * ----------
 */

/* A time without incidents. */
typedef struct Gap
{
	TimestampTz from;
	TimestampTz to;
} Gap;

static inline int
compare_gaps(const Gap *a, const Gap *b)
{
	int64		one = a->to - a->from;
	int64		two = b->to - b->from;

	if (one != two)
		return one > two ? -1 : 1;
	return a->from < b->from ? -1 : (a->from > b->from ? 1 : 0);
}

#define ST_SORT sort_times
#define ST_ELEMENT_TYPE TimestampTz
#define ST_COMPARE(a, b) (*(a) < *(b) ? -1 : *(a) > *(b))
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#define ST_DECLARE
#include "lib/sort_template.h"

/* A time for a message. */
static char *
show_time(TimestampTz at)
{
	return pstrdup(timestamptz_to_str(at));
}

/* The longest gaps of the period, longest first, of no length where there are fewer. */
static void
longest_gaps(const Incidents *part, TimestampTz from, TimestampTz to, Gap *longest, int n)
{
	TimestampTz *at = scratch_array(TimestampTz, part->n);

	memcpy(at, part->at, sizeof(TimestampTz) * part->n);
	sort_times(at, part->n);
	memset(longest, 0, sizeof(Gap) * n);
	for (int i = 0; i <= part->n; i++)
	{
		Gap			gap = {i == 0 ? from : at[i - 1], i == part->n ? to : at[i]};
		int			place = n;

		while (place > 0 && compare_gaps(&gap, &longest[place - 1]) < 0)
			place--;
		if (place == n)
			continue;
		memmove(&longest[place + 1], &longest[place], sizeof(Gap) * (n - place - 1));
		longest[place] = gap;
	}
	pfree(at);
}

/*
 * Would n incidents, strewn over the period by chance, leave a gap of that share
 * anywhere?  By Boole's inequality.
 */
static bool
hardly_chance(double share, int n)
{
	return log(n + 1.0) + n * log1p(-Min(share, 1)) < log(GAP_CHANCE);
}

void
doubts_tell_period(const Incidents *incidents, const Incidents *part, const char *name,
				   TimestampTz from, TimestampTz to)
{
	Gap			longest[GAPS_TOLD + 1];
	int64		usual;

	if (incidents->first == AT_UNKNOWN)
		return;
	if (part->n == 0)
	{
		ereport(NOTICE,
				(errmsg("%s: the source has no incidents in period \"%s\", %s to %s",
						incidents->function, name, show_time(from), show_time(to)),
				 errdetail("It has incidents from %s to %s.",
						   show_time(incidents->first), show_time(incidents->last))));
		return;
	}
	longest_gaps(part, from, to, longest, GAPS_TOLD + 1);
	usual = longest[GAPS_TOLD].to - longest[GAPS_TOLD].from;
	for (int i = 0; i < GAPS_TOLD; i++)
	{
		int64		length = longest[i].to - longest[i].from;

		if (length <= LEAST_GAP || length / 3 < usual ||
			!hardly_chance((double) length / (to - from), part->n))
			break;
		ereport(NOTICE,
				(errmsg("%s: the source has no incidents from %s to %s, in period \"%s\"",
						incidents->function, show_time(longest[i].from),
						show_time(longest[i].to), name),
				 errdetail("It has incidents from %s to %s, %d of them in this period.",
						   show_time(incidents->first), show_time(incidents->last), part->n)));
	}
}
