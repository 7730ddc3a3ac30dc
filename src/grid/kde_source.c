/*
 * kde_source.c
 *		The SQL function kde.
 */
#include "grid/density.h"

#include <math.h>

#include "arguments.h"
#include "data/doubts.h"
#include "data/incidents.h"
#include "data/points.h"
#include "grid/bandwidth.h"
#include "grid/project.h"
#include "stat/sums.h"

PG_FUNCTION_INFO_V1(crimeml_kde);

/* The incidents as places of the map, with the sums over them all. */
typedef struct KdePlaces
{
	Place	   *place;
	uint32		n;
	int32		srid;
	double		weight;
	Squares		squares;		/* of the weights */
	bool	   *apart;			/* of a place: is it in another region than most? */
} KdePlaces;

static KdePlaces
collect_places(const Incidents *incidents, const Middle *middle)
{
	KdePlaces	places = {.squares = SQUARES_EMPTY};

	places.place = places_of_points(incidents->x, incidents->y, incidents->weight, incidents->n,
									&places.n);
	places.srid = incidents->srid;
	for (int i = 0; i < incidents->n; i++)
	{
		double		weight = incidents->weight == NULL ? 1 : incidents->weight[i];

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		places.weight += weight;
		squares_add(&places.squares, weight, 0);
	}
	places.apart = scratch_array(bool, places.n);
	for (uint32 i = 0; i < places.n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		places.apart[i] = middle_distance(middle, places.place[i].x, places.place[i].y) >
			middle->reach;
	}
	if (!isfinite(places.weight))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the sum of the weights is out of range")));
	return places;
}

/*
 * Take the places, and the bounds where given, from longitude and latitude to
 * the UTM zone of their middle.
 */
static void
project(DensityOptions *options, KdePlaces *places)
{
	GridBox		limits = places_box(places->place, places->n);
	double		longitude;
	double		latitude;
	int32		utm;

	if (options->has_bounds)
	{
		const GridBox *bounds = &options->bounds;

		longitude = (bounds->xmin + bounds->xmax) / 2;
		latitude = (bounds->ymin + bounds->ymax) / 2;
		/* what is a zone away cannot be projected, nor reach the map */
		limits.xmin = Max(limits.xmin, bounds->xmin - 6);
		limits.xmax = Min(limits.xmax, bounds->xmax + 6);
		limits.ymin = Max(limits.ymin, bounds->ymin - 6);
		limits.ymax = Min(limits.ymax, bounds->ymax + 6);
	}
	else
		places_middle(places->place, places->n, &longitude, &latitude);
	utm = utm_srid(options->has_bounds ? &options->bounds : &limits, longitude, latitude);
	ereport(NOTICE,
			(errmsg("kde: longitude and latitude are projected to UTM zone %d %s, SRID %d",
					utm % 100, utm < 32700 ? "north" : "south", utm)));
	/* without bounds none is left out: "apart" stays as it is */
	places->n = project_places(places->place, places->n, places->srid, utm, &limits);
	if (options->has_bounds)
		options->bounds = project_box(&options->bounds, places->srid, utm);
	places->srid = utm;
}

/* Has the place a say in the bandwidth?  It lies inside the bounds, or where
 * these are not given, in the region of most. */
static inline bool
has_say(const DensityOptions *options, const KdePlaces *places, uint32 i)
{
	const Place *place = &places->place[i];
	const GridBox *box = &options->bounds;

	if (!options->has_bounds)
		return !places->apart[i];
	return place->x >= box->xmin && place->x <= box->xmax &&
		place->y >= box->ymin && place->y <= box->ymax;
}

/* The bandwidth by Scott's rule. */
static double
choose_bandwidth(const DensityOptions *options, const KdePlaces *places)
{
	/* in the unit in which the squares are, that no product runs over */
	double		unit = ldexp(1, -places->squares.exponent);
	Place	   *place = scratch_array(Place, Max(places->n, 1));
	uint32		n = 0;
	double		bandwidth;

	if (!(places->weight > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"bandwidth\" cannot be chosen: the weights add up to %g", places->weight),
				 errhint("Give it in the options: {\"bandwidth\": 300}.")));
	for (uint32 i = 0; i < places->n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (has_say(options, places, i))
		{
			place[n] = places->place[i];
			place[n++].weight *= unit;
		}
	}
	bandwidth = kde_bandwidth_of_sigma(options->kernel,
									   bandwidth_scott(place, n, places->weight * unit / places->squares.sum));
	if (!(bandwidth >= GRID_MIN_LENGTH))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 n > 0 ? errmsg("\"bandwidth\" cannot be chosen: all points lie on one spot") :
				 errmsg("\"bandwidth\" cannot be chosen: no point lies inside the bounds"),
				 errhint("Give it in the options: {\"bandwidth\": 300}.")));
	pfree(place);
	return bandwidth;
}

/* Fill in what the caller left open, and say what was taken. */
static void
choose(DensityOptions *options, GridShape *shape, const KdePlaces *places,
	   GridRule *cell_size_rule, GridRule *bandwidth_rule)
{
	GridBox		points = places_box(places->place, places->n);
	bool		bounds_given = options->has_bounds;

	*bandwidth_rule = GRID_RULE_GIVEN;
	if (options->bandwidth == 0)
	{
		options->bandwidth = choose_bandwidth(options, places);
		*bandwidth_rule = GRID_RULE_SCOTT;
	}
	if (bounds_given)
		points = options->bounds;
	else
	{
		/* as far as the points reach, so that the map holds them whole */
		double		margin = options->kernel == KDE_GAUSSIAN ? 3 * options->bandwidth :
			options->bandwidth;

		options->bounds = (GridBox) {points.xmin - margin, points.ymin - margin,
		points.xmax + margin, points.ymax + margin};
	}
	*cell_size_rule = density_cell_size(options, &points, &options->bounds);
	shape->cell_size = options->cell_size;
	shape_cover(shape, &options->bounds, false);
	if (*bandwidth_rule != GRID_RULE_GIVEN || *cell_size_rule != GRID_RULE_GIVEN || !bounds_given)
		ereport(NOTICE,
				(errmsg("kde: %d x %d cells of %.6g%s, %s kernel with %s %.6g%s",
						shape->columns, shape->rows, shape->cell_size,
						*cell_size_rule == GRID_RULE_GIVEN ? "" :
						psprintf(" (%s)", grid_rule_text(*cell_size_rule)),
						kde_kernel_name[options->kernel],
						options->kernel == KDE_GAUSSIAN ? "sigma" : "radius",
						options->bandwidth,
						*bandwidth_rule == GRID_RULE_GIVEN ? "" : " (Scott's rule)")));
}

/* kde(source, options) -> grid */
Datum
crimeml_kde(PG_FUNCTION_ARGS)
{
	char	   *source = arg_text(fcinfo, 0, "source");
	DensityOptions options;
	double		study[4];
	Incidents  *incidents;
	Middle		middle;
	KdePlaces	places;
	GridShape	shape = {0};
	GridRule	cell_size_rule;
	GridRule	bandwidth_rule;
	Kde		   *kde;
	Grid	   *grid;

	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", "options")));
	options = density_options(&kde_options, PG_GETARG_JSONB_P(1));
	study[0] = options.bounds.xmin;
	study[1] = options.bounds.ymin;
	study[2] = options.bounds.xmax;
	study[3] = options.bounds.ymax;
	incidents = incidents_read("kde", source, INCIDENTS_WEIGHT | INCIDENTS_GEOGRAPHIC,
							   session_timezone);
	if (incidents->geographic && !options.auto_project)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("kde needs a planar SRID, and %d has longitude and latitude in degrees",
						incidents->srid),
				 errhint("Project first, ST_Transform(geom, srid), or give the option {\"auto_project\": true} for the UTM zone of the place.")));
	middle = doubts_leave_out(incidents, options.has_bounds ? study : NULL);
	if (incidents->n == 0)
		PG_RETURN_NULL();

	places = collect_places(incidents, &middle);
	if (incidents->geographic)
		project(&options, &places);
	shape.srid = places.srid;
	shape.metres = srid_info(shape.srid).metres;
	choose(&options, &shape, &places, &cell_size_rule, &bandwidth_rule);

	kde = kde_create(CurrentMemoryContext, &shape, options.kernel, options.bandwidth);
	for (uint32 i = 0; i < places.n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		kde_add(kde, places.place[i].x, places.place[i].y, places.place[i].weight, 0);
	}
	/* the sums by row: no more than the points themselves */
	kde->points = incidents->n;
	kde->weight = places.weight;
	grid = density_grid(kde, cell_size_rule, bandwidth_rule);
	density_tell_kernel("kde", grid);
	PG_RETURN_POINTER(grid);
}
