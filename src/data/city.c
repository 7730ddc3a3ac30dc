/*
 * city.c
 *		A synthetic city: incidents drawn from a known truth.  See city.h.
 */
#include "data/city.h"

#include <math.h>

#define CITY_SIDE 20000.0
#define CITY_LEFT 476000.0
#define CITY_BOTTOM 4418000.0
#define CITY_BLOCK 100.0
#define BACKGROUND_SPREAD 4500.0
#define HOTSPOT_GAP 1500.0
#define REPEAT_PROBABILITY 0.25
#define REPEAT_MEAN_MINUTES (4.0 * 24 * 60)
#define REPEAT_MAX_MINUTES (14.0 * 24 * 60)
#define REPEAT_SPREAD 120.0
#define FULL_HOUR_SHARE 0.25

/* Items of the seed that have a generator of their own. */
#define STREAM_HOTSPOTS 1
#define STREAM_DISTRICTS 2
#define STREAM_INCIDENTS 3

const char *const city_offences[CITY_OFFENCES] = {
	"Theft", "Assault", "Vandalism", "Theft from Vehicle", "Burglary",
	"Vehicle Theft", "Robbery", "Drug Offence", "Fraud", "Disorder"
};

/* What is at a place: the kinds of hotspots, then the rings of the background. */
enum
{
	SHOPS, NIGHTLIFE, DRUG_MARKET, STATION, CAR_PARKS, HOUSING,
	HOTSPOT_KINDS,
	CENTRE = HOTSPOT_KINDS, RESIDENTIAL, SUBURB,
	PLACE_KINDS
};

/* Offences in a hundred incidents at a place of the kind. */
static const uint8 offence_mix[PLACE_KINDS][CITY_OFFENCES] = {
	[SHOPS] = {62, 6, 5, 6, 2, 2, 5, 2, 9, 1},
	[NIGHTLIFE] = {9, 42, 9, 6, 1, 3, 12, 4, 2, 12},
	[DRUG_MARKET] = {4, 14, 5, 3, 3, 2, 12, 52, 1, 4},
	[STATION] = {30, 14, 10, 6, 1, 3, 20, 8, 4, 4},
	[CAR_PARKS] = {6, 3, 9, 52, 3, 20, 3, 1, 1, 2},
	[HOUSING] = {6, 22, 16, 8, 28, 7, 6, 3, 2, 2},
	[CENTRE] = {30, 17, 9, 12, 4, 4, 8, 5, 7, 4},
	[RESIDENTIAL] = {15, 18, 17, 16, 14, 9, 4, 3, 2, 2},
	[SUBURB] = {14, 12, 16, 16, 22, 12, 2, 1, 4, 1}
};

/* When an offence happens. */
typedef struct OffenceRhythm
{
	double		peak;			/* hour, Monday to Friday */
	double		weekend_peak;	/* hour, Saturday and Sunday */
	double		concentration;
	double		floor;
	double		weekday[7];		/* Monday first */
	double		season;			/* amplitude */
	double		season_peak;	/* day of the year */
	bool		repeats;
} OffenceRhythm;

static const OffenceRhythm rhythms[CITY_OFFENCES] = {
	{14, 15, 4, 0.03, {10, 10, 10, 10, 12, 14, 9}, 0.10, 350, false},
	{20, 0.5, 3, 0.08, {9, 9, 9, 9, 12, 16, 14}, 0.25, 200, false},
	{22, 23, 2, 0.10, {10, 10, 10, 10, 11, 13, 12}, 0.15, 180, false},
	{2, 3, 4, 0.06, {11, 11, 11, 11, 11, 10, 10}, 0.15, 290, true},
	{12, 21, 3, 0.10, {13, 13, 12, 12, 13, 8, 6}, 0.20, 210, true},
	{23, 22, 3, 0.10, {11, 10, 10, 10, 11, 11, 11}, 0.10, 300, true},
	{21, 1.5, 4, 0.06, {10, 9, 9, 10, 11, 13, 12}, 0.15, 320, false},
	{17, 18, 5, 0.03, {10, 13, 13, 13, 12, 7, 4}, 0.05, 150, false},
	{11, 12, 6, 0.02, {14, 13, 13, 12, 12, 5, 3}, 0.05, 60, false},
	{22.5, 1, 5, 0.03, {5, 5, 6, 8, 16, 24, 12}, 0.30, 190, false}
};

typedef struct City
{
	Random		random;
	CityHotspot hotspots[CITY_HOTSPOTS];
	double		district_x[CITY_DISTRICTS];
	double		district_y[CITY_DISTRICTS];
	/* running sums of weights */
	double		days[CITY_OFFENCES][CITY_DAYS];
	double		hours[CITY_OFFENCES][2][24];
} City;

/* The first of n running sums that is above a uniform part of the last. */
static int
draw(Random *random, const double *sums, int n)
{
	double		u = random_uniform(random) * sums[n - 1];
	int			low = 0,
				high = n - 1;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (sums[middle] > u)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* Centres, each at least "gap" from those before it as long as one is found. */
static void
scatter(Random *random, double margin, double gap, int n, double *x, double *y)
{
	for (int i = 0; i < n; i++)
	{
		for (int try = 0; try < 1000; try++)
		{
			bool		apart = true;

			x[i] = CITY_LEFT + margin + random_uniform(random) * (CITY_SIDE - 2 * margin);
			y[i] = CITY_BOTTOM + margin + random_uniform(random) * (CITY_SIDE - 2 * margin);
			for (int j = 0; j < i && apart; j++)
				apart = (x[i] - x[j]) * (x[i] - x[j]) +
					(y[i] - y[j]) * (y[i] - y[j]) >= gap * gap;
			if (apart)
				break;
		}
	}
}

void
city_hotspots(uint64 seed, CityHotspot hotspots[CITY_HOTSPOTS])
{
	Random		random;
	double		x[CITY_HOTSPOTS],
				y[CITY_HOTSPOTS];
	double		sum = 0;

	random_seed(&random, seed, STREAM_HOTSPOTS);
	scatter(&random, 2500, HOTSPOT_GAP, CITY_HOTSPOTS, x, y);
	for (int k = 0; k < CITY_HOTSPOTS; k++)
		sum += 1 / sqrt(k + 1);
	for (int k = 0; k < CITY_HOTSPOTS; k++)
	{
		hotspots[k].x = x[k];
		hotspots[k].y = y[k];
		hotspots[k].share = CITY_HOTSPOT_SHARE / sqrt(k + 1) / sum;
		hotspots[k].radius = 100 + 200 * random_uniform(&random);
	}
}

/* The tables of the city that the incidents are drawn from. */
static City *
city_create(uint64 seed)
{
	City	   *city = palloc(sizeof(City));

	city_hotspots(seed, city->hotspots);
	random_seed(&city->random, seed, STREAM_DISTRICTS);
	scatter(&city->random, 1500, 4000, CITY_DISTRICTS,
			city->district_x, city->district_y);
	random_seed(&city->random, seed, STREAM_INCIDENTS);

	for (int o = 0; o < CITY_OFFENCES; o++)
	{
		const OffenceRhythm *rhythm = &rhythms[o];
		double		sum = 0;

		for (int day = 0; day < CITY_DAYS; day++)
		{
			int			weekday = (CITY_FIRST_WEEKDAY - 1 + day) % 7;

			sum += rhythm->weekday[weekday] *
				(1 + rhythm->season * cos(2 * M_PI * (day + 1 - rhythm->season_peak) / CITY_DAYS));
			city->days[o][day] = sum;
		}
		for (int weekend = 0; weekend < 2; weekend++)
		{
			double		peak = weekend ? rhythm->weekend_peak : rhythm->peak;

			sum = 0;
			for (int hour = 0; hour < 24; hour++)
			{
				sum += rhythm->floor +
					exp(rhythm->concentration * (cos(2 * M_PI * (hour - peak) / 24) - 1));
				city->hours[o][weekend][hour] = sum;
			}
		}
	}
	return city;
}

static inline bool
inside_city(double x, double y)
{
	return x >= CITY_LEFT && x < CITY_LEFT + CITY_SIDE &&
		y >= CITY_BOTTOM && y < CITY_BOTTOM + CITY_SIDE;
}

/* A normal displacement that stays within the city. */
static void
around(City *city, double x, double y, double spread, double *to_x, double *to_y)
{
	do
	{
		*to_x = x + spread * random_normal(&city->random);
		*to_y = y + spread * random_normal(&city->random);
	} while (!inside_city(*to_x, *to_y));
}

/* Snap to the block, and see in which district it is. */
static void
settle(City *city, CityIncident *incident, double x, double y)
{
	double		nearest = INFINITY;

	x = (floor(x / CITY_BLOCK) + 0.5) * CITY_BLOCK;
	y = (floor(y / CITY_BLOCK) + 0.5) * CITY_BLOCK;
	incident->x = x;
	incident->y = y;
	for (int d = 0; d < CITY_DISTRICTS; d++)
	{
		double		dx = x - city->district_x[d],
					dy = y - city->district_y[d];

		if (dx * dx + dy * dy < nearest)
		{
			nearest = dx * dx + dy * dy;
			incident->district = d + 1;
		}
	}
}

/* One incident that is no repeat. */
static void
draw_incident(City *city, CityIncident *incident)
{
	Random	   *random = &city->random;
	double		u = random_uniform(random);
	double		x,
				y;
	int			kind;
	int			k;
	int			of_hundred;
	int			offence = 0;
	int			day;
	int			weekend;
	int			hour;
	int			minute;

	for (k = 0; k < CITY_HOTSPOTS; k++)
	{
		if (u < city->hotspots[k].share)
			break;
		u -= city->hotspots[k].share;
	}
	if (k < CITY_HOTSPOTS)
	{
		CityHotspot *hotspot = &city->hotspots[k];

		around(city, hotspot->x, hotspot->y, hotspot->radius, &x, &y);
		kind = k % HOTSPOT_KINDS;
	}
	else
	{
		double		middle_x = CITY_LEFT + CITY_SIDE / 2,
					middle_y = CITY_BOTTOM + CITY_SIDE / 2,
					distance;

		around(city, middle_x, middle_y, BACKGROUND_SPREAD, &x, &y);
		distance = (x - middle_x) * (x - middle_x) + (y - middle_y) * (y - middle_y);
		kind = distance < 3000.0 * 3000.0 ? CENTRE :
			distance < 7000.0 * 7000.0 ? RESIDENTIAL : SUBURB;
	}
	settle(city, incident, x, y);

	of_hundred = random_below(random, 100);
	while (of_hundred >= offence_mix[kind][offence])
		of_hundred -= offence_mix[kind][offence++];
	incident->offence = offence;

	day = draw(random, city->days[offence], CITY_DAYS);
	weekend = (CITY_FIRST_WEEKDAY - 1 + day) % 7 >= 5;
	hour = draw(random, city->hours[offence][weekend], 24);
	minute = random_uniform(random) < FULL_HOUR_SHARE ? 0 : random_below(random, 60);
	incident->minute = (day * 24 + hour) * 60 + minute;
}

/* Does another follow the incident near it, within the year? */
static bool
draw_repeat(City *city, const CityIncident *first, CityIncident *repeat)
{
	double		wait;
	double		x,
				y;

	if (!rhythms[first->offence].repeats ||
		random_uniform(&city->random) >= REPEAT_PROBABILITY)
		return false;
	do
		wait = -REPEAT_MEAN_MINUTES * log(1 - random_uniform(&city->random));
	while (wait > REPEAT_MAX_MINUTES);
	repeat->minute = first->minute + (int) wait;
	if (repeat->minute >= CITY_DAYS * 24 * 60)
		return false;
	repeat->offence = first->offence;
	around(city, first->x, first->y, REPEAT_SPREAD, &x, &y);
	settle(city, repeat, x, y);
	return true;
}

static int
by_time(const void *a, const void *b)
{
	const CityIncident *one = a,
			   *other = b;

	CHECK_FOR_INTERRUPTS();
	if (one->minute != other->minute)
		return one->minute < other->minute ? -1 : 1;
	return one->order < other->order ? -1 : 1;
}

CityIncident *
city_incidents(int n, uint64 seed)
{
	CityIncident *incidents;
	City	   *city;
	int			done = 0;

	crimeml_check_memory(mul_size(n, sizeof(CityIncident)), "the simulated city",
						 "argument \"n\"");
	incidents = crimeml_array(CityIncident, n);
	city = city_create(seed);
	while (done < n)
	{
		CityIncident *first = &incidents[done];

		if (done % 1024 < 2)
			CHECK_FOR_INTERRUPTS();
		draw_incident(city, first);
		first->order = done++;
		if (done < n && draw_repeat(city, first, &incidents[done]))
		{
			incidents[done].order = done;
			done++;
		}
	}
	pfree(city);
	for (int i = 0; i < n; i++)
		if (incidents[i].minute / 60 == CITY_MISSING_HOUR)
			incidents[i].minute += 60;
	qsort(incidents, n, sizeof(CityIncident), by_time);
	return incidents;
}
