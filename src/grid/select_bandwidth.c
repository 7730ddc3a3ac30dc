/*
 * select_bandwidth.c
 *		The SQL function bandwidth.
 */
#include "crimeml.h"

#include <math.h>

#include "arguments.h"
#include "data/points.h"
#include "data/source.h"
#include "grid/kde.h"
#include "grid/places.h"
#include "grid/bandwidth_rules.h"
#include "rows.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(crimeml_bandwidth);

/* Below that share of Scott's sigma, repeated points are mentioned. */
#define SUSPICIOUS 0.05

typedef enum BandwidthRule
{
	RULE_SCOTT,
	RULE_NRD,
	RULE_LIKELIHOOD,
	RULE_LSCV,
	RULE_DIGGLE,
	RULES
} BandwidthRule;

static const char *const rule_name[RULES] = {"scott", "nrd", "likelihood", "lscv", "diggle"};

typedef struct PointSource
{
	PointReader *reader;
	Places		places;
	int			geom;			/* column */
	int64		points;
} PointSource;

static void
points_start(void *arg, TupleDesc desc)
{
	PointSource *source = arg;

	source->geom = source_geometry_column(desc, "geom", true);
}

static void
points_row(void *arg, TupleDesc desc, Datum *values, bool *isnull)
{
	PointSource *source = arg;
	double		x;
	double		y;

	if (isnull[source->geom] || !point_read(source->reader, values[source->geom], &x, &y))
		return;
	places_add(&source->places, x, y, 1);
	source->points++;
}

/* What repeated points did to the rule. */
static void
tell_repeats(BandwidthRule rule, const PointSource *source, double sigma, double scott,
			 bool flat, bool collapsed)
{
	int64		repeats = source->points - source->places.n;

	if (flat)
		ereport(NOTICE,
				(errmsg("bandwidth: half of the points or more share a coordinate, so that rule \"%s\" would give 0; their standard deviation was taken instead",
						rule_name[rule])));
	else if (collapsed)
		ereport(NOTICE,
				(errmsg("bandwidth: rule \"%s\" collapses to 0, since " INT64_FORMAT " points lie on %u places; pairs of points on one place were left out",
						rule_name[rule], source->points, source->places.n),
				 errhint("Records are snapped to blocks; a bandwidth of a few blocks, or rule \"scott\", shows more.")));
	else if (repeats > 0 && sigma < SUSPICIOUS * scott)
		ereport(NOTICE,
				(errmsg("bandwidth: rule \"%s\" gives %.6g where \"scott\" gives %.6g, since " INT64_FORMAT " points lie on %u places",
						rule_name[rule], sigma, scott, source->points, source->places.n),
				 errhint("Records are snapped to blocks, which the rule takes for clusters; a bandwidth of a few blocks, or rule \"scott\", shows more.")));
}

/* bandwidth(source, rule) */
Datum
crimeml_bandwidth(PG_FUNCTION_ARGS)
{
	char	   *text = arg_text(fcinfo, 0, "source");
	BandwidthRule		rule = arg_choice(fcinfo, 1, "rule", rule_name, RULES);
	PointSource source = {0};
	Place	   *place;
	uint32		n;
	double		x;
	double		y;
	double		scott;
	double		sigma;
	bool		flat = false;
	bool		collapsed = false;
	Rows		rows;

	source.reader = point_reader_create(CurrentMemoryContext);
	places_init(&source.places, CurrentMemoryContext);
	source_read("bandwidth", text, points_start, points_row, &source);
	if (source.points == 0)
		PG_RETURN_NULL();
	srid_require_planar(source.reader->srid, "crimeml.bandwidth");
	place = places_sorted(&source.places);
	n = source.places.n;

	if (n > 1)
		bandwidth_rule_scott(place, n, &x, &y);
	if (n < 2 || !(x > 0 && y > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a bandwidth cannot be chosen: all points lie on one %s",
						n < 2 ? "spot" : "line along an axis")));
	if (!(x >= GRID_MIN_LENGTH && x <= GRID_MAX_LENGTH && y >= GRID_MIN_LENGTH && y <= GRID_MAX_LENGTH))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("a bandwidth cannot be chosen: %g by %g, by Scott's rule, is not within %g and %g",
						x, y, GRID_MIN_LENGTH, GRID_MAX_LENGTH)));
	if (n > BANDWIDTH_MAX_PLACES && rule >= RULE_LIKELIHOOD)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("rule \"%s\" takes at most %d distinct places, not %u",
						rule_name[rule], BANDWIDTH_MAX_PLACES, n),
				 errhint("Take a sample in the source: SELECT geom FROM ... TABLESAMPLE BERNOULLI (10).")));

	scott = sigma = sqrt(x) * sqrt(y);
	if (rule == RULE_NRD)
	{
		bandwidth_rule_nrd(place, n, &x, &y, &flat);
		/* four sigmas, as kde2d divides them */
		sigma = sqrt(x) * sqrt(y) / 4;
	}
	else if (rule == RULE_DIGGLE)
		sigma = bandwidth_rule_diggle(place, n);
	else if (rule != RULE_SCOTT)
		sigma = bandwidth_rule_cross_validate(place, n, rule == RULE_LIKELIHOOD, scott, &collapsed);
	if (rule >= RULE_LIKELIHOOD)
		x = y = sigma;
	tell_repeats(rule, &source, sigma, scott, flat, collapsed);

	rows_begin_one(&rows, fcinfo);
	rows_float8(&rows, sigma);
	rows_float8(&rows, kde_bandwidth_of_sigma(KDE_QUARTIC, sigma));
	rows_float8(&rows, x);
	rows_float8(&rows, y);
	rows_int64(&rows, source.points);
	rows_int64(&rows, n);
	PG_RETURN_DATUM(rows_one(&rows));
}
