/*
 * select_bandwidth.c
 *		The SQL function bandwidth.
 */
#include "crimeml.h"

#include <math.h>

#include "arguments.h"
#include "data/doubts.h"
#include "data/incidents.h"
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

/* What repeated points did to the rule. */
static void
tell_repeats(BandwidthRule rule, int64 points, uint32 places, double sigma, double scott,
			 bool flat, bool collapsed)
{
	int64		repeats = points - places;

	if (flat)
		ereport(NOTICE,
				(errmsg("bandwidth: half of the points or more share a coordinate, so that rule \"%s\" would give 0; their standard deviation was taken instead",
						rule_name[rule])));
	else if (collapsed)
		ereport(NOTICE,
				(errmsg("bandwidth: rule \"%s\" collapses to 0, since " INT64_FORMAT " points lie on %u places; pairs of points on one place were left out",
						rule_name[rule], points, places),
				 errhint("Records are snapped to blocks; a bandwidth of a few blocks, or rule \"scott\", shows more.")));
	else if (repeats > 0 && sigma < SUSPICIOUS * scott)
		ereport(NOTICE,
				(errmsg("bandwidth: rule \"%s\" gives %.6g where \"scott\" gives %.6g, since " INT64_FORMAT " points lie on %u places",
						rule_name[rule], sigma, scott, points, places),
				 errhint("Records are snapped to blocks, which the rule takes for clusters; a bandwidth of a few blocks, or rule \"scott\", shows more.")));
}

/* bandwidth(source, rule) */
Datum
crimeml_bandwidth(PG_FUNCTION_ARGS)
{
	char	   *text = arg_text(fcinfo, 0, "source");
	BandwidthRule		rule = arg_choice(fcinfo, 1, "rule", rule_name, RULES);
	Incidents  *incidents;
	Place	   *place;
	uint32		n;
	double		x;
	double		y;
	double		scott;
	double		sigma;
	bool		flat = false;
	bool		collapsed = false;
	Rows		rows;

	incidents = incidents_read("bandwidth", text, 0, session_timezone);
	doubts_leave_out(incidents, NULL);
	if (incidents->n == 0)
		PG_RETURN_NULL();
	place = places_of_points(incidents->x, incidents->y, NULL, incidents->n, &n);

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
		sigma = bandwidth_rule_cross_validate(place, n, rule == RULE_LIKELIHOOD, x, y, &collapsed);
	if (rule >= RULE_LIKELIHOOD)
		x = y = sigma;
	tell_repeats(rule, incidents->n, n, sigma, scott, flat, collapsed);

	rows_begin_one(&rows, fcinfo);
	rows_float8(&rows, sigma);
	rows_float8(&rows, kde_bandwidth_of_sigma(KDE_QUARTIC, sigma));
	rows_float8(&rows, x);
	rows_float8(&rows, y);
	rows_int64(&rows, incidents->n);
	rows_int64(&rows, n);
	PG_RETURN_DATUM(rows_one(&rows));
}
