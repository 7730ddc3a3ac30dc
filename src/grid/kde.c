/*
 * kde.c
 *		Counts and kernel density on a grid; the method is told in kde.h.
 */
#include "grid/kde.h"

#include <math.h>

/* The gaussian is cut off there, in sigmas. */
#define CUT 7.0
/* Below this many cells in sigma the gaussian is summed directly. */
#define DIRECT_BELOW 2.0
/* Nodes of the mesh in sigma, and s t / sigma in spacings. */
#define NODES_IN_SIGMA 3.0
#define HARMONIC 1.1

/* Above this many s between nodes the few factors are taken one by one. */
#define MOST_SPACING 4.0

/* A product is summed in so many sums at once. */
#define LANES 4
typedef double Lanes __attribute__((vector_size(LANES * sizeof(double)), aligned(sizeof(double)), may_alias));

/* So many nodes are added to between two looks for interrupts. */
#define STRIDE 65536

/* A compact kernel's rows are shortened by so many cells at once. */
#define TRIM 32

#define FEWEST_PLACES 1024
/* so many that their table stays in the processor's cache */
#define MOST_PLACES (64 * 1024)

const char *const kde_kernel_name[KDE_KERNELS] = {
	NULL, "quartic", "gaussian", "epanechnikov", "triangular", "uniform"
};

/* The nodes of one axis, and the cells' centres. */
static void
axis_create(MemoryContext context, KdeAxis *axis, int cells, double first, double size,
			double spacing, double pad)
{
	axis->cells = cells;
	axis->center = crimeml_alloc(context, cells, sizeof(double));
	for (int i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		axis->center[i] = (first + i + 0.5) * size;
	}

	if (spacing == 0)
	{
		axis->n = cells;
		axis->node = axis->center;
		return;
	}
	axis->n = (int) ceil(((cells - 1) * size + 2 * pad) / spacing) + 1;
	axis->node = crimeml_alloc(context, axis->n, sizeof(double));
	for (int i = 0; i < axis->n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		axis->node[i] = axis->center[0] - pad + i * spacing;
	}
}

static inline Size
surface_size(const Kde *kde)
{
	return mul_size(kde->x.n, kde->y.n);
}

/* The nodes that a cell is made of on one axis, in whole LANES: the factors
 * beyond the cut are next to nothing. */
static inline int
band_width(const Kde *kde, const KdeAxis *axis)
{
	int			width = (int) ceil(2 * CUT * kde->wide / kde->spacing) + 1;

	return Min((width + LANES - 1) / LANES * LANES, axis->n);
}

/* The factors of one axis. */
static inline Size
band_size(const Kde *kde, const KdeAxis *axis)
{
	return kde->wide > 0 ? mul_size(axis->cells, band_width(kde, axis) + 1) : 0;
}

/* No fewer than the nodes that a gaussian reaches on one axis. */
static inline int
nodes_across(const Kde *kde)
{
	return (int) (2 * CUT * kde->narrow / kde->spacing) + 4;
}

Kde *
kde_create(MemoryContext context, const GridShape *shape, KdeKernel kernel, double bandwidth)
{
	Kde		   *kde = MemoryContextAllocZero(context, sizeof(Kde));
	double		pad = 0;
	double		spacing = 0;

	kde->context = context;
	kde->shape = *shape;
	kde->kernel = kernel;
	kde->bandwidth = bandwidth;
	kde->spacing = shape->cell_size;
	kde->reach = bandwidth;

	if (kernel == KDE_GAUSSIAN)
	{
		kde->narrow = bandwidth;
		kde->reach = CUT * bandwidth;
		if (bandwidth >= DIRECT_BELOW * shape->cell_size)
		{
			double		q = NODES_IN_SIGMA * NODES_IN_SIGMA;

			/* s^2 solves s^2 (sigma^2 - s^2) = sigma^2 (HARMONIC d)^2 */
			spacing = bandwidth / NODES_IN_SIGMA;
			kde->spacing = spacing;
			kde->narrow = spacing * sqrt((q - sqrt(q * (q - 4 * HARMONIC * HARMONIC))) / 2);
			kde->wide = sqrt(bandwidth * bandwidth - kde->narrow * kde->narrow);
			pad = CUT * kde->wide;
			kde->reach = CUT * (kde->narrow + kde->wide);
		}
	}
	axis_create(context, &kde->x, shape->columns, shape->i0, shape->cell_size, spacing, pad);
	axis_create(context, &kde->y, shape->rows, shape->j0, shape->cell_size, spacing, pad);

	/* sums; their copy; and the grid, or the sums for another process; bands */
	crimeml_check_memory(mul_size(sizeof(double),
								  add_size(add_size(mul_size(2, surface_size(kde)),
													Max(surface_size(kde), shape_cells(shape))),
										   add_size(band_size(kde, &kde->x),
													band_size(kde, &kde->y)))),
						 "the grid", "the number of cells (by a larger cell_size)");

	if (kernel == KDE_GAUSSIAN && kde->spacing < MOST_SPACING * kde->narrow)
	{
		kde->decay = crimeml_alloc(context, nodes_across(kde), sizeof(double));
		for (int i = 0; i < nodes_across(kde); i++)
		{
			double		d = i * kde->spacing / kde->narrow;

			kde->decay[i] = exp(-0.5 * d * d);
		}
	}
	kde->most_places = Min(Max(surface_size(kde) / 4, FEWEST_PLACES), MOST_PLACES);
	places_init(&kde->places, context);
	return kde;
}

bool
kde_same(const Kde *a, const Kde *b)
{
	return shape_equal(&a->shape, &b->shape) && a->kernel == b->kernel &&
		a->bandwidth == b->bandwidth;
}

/*
 * The nodes within "reach" of v, and one more at an end where rounding may
 * have decided: what lies beyond the kernel adds nothing.  Truncation serves
 * for floor(), which is a call.
 */
static inline bool
node_range(const KdeAxis *axis, double per_spacing, double v, double reach, int *first, int *last)
{
	double		a = (v - reach - axis->node[0]) * per_spacing;
	double		b = (v + reach - axis->node[0]) * per_spacing;

	if (b < 0 || a > axis->n - 1)
		return false;
	*first = a > 0 ? (int) a : 0;
	*last = b < axis->n - 2 ? (int) b + 1 : axis->n - 1;
	return true;
}

/* Twice t where it is positive, else 0: exact, and without a branch, which
 * would keep compilers from vectorizing. */
static inline double
twice_above_0(double t)
{
	return t + fabs(t);
}

/*
 * A kernel of compact support; each loop is one that compilers vectorize.  The
 * rows of a place have one length, which processors foresee, but for what can
 * be left out by whole TRIM cells at both ends; square_x has room for a row.
 */
WIDE_LOOPS static void
spread_compact(const Kde *kde, const Place *place, double *surface, double *square_x)
{
	double		h = kde->bandwidth;
	double		h2 = h * h;
	double		weight = place->weight;
	double		half = weight / 2;
	double		quarter = weight / 4;
	double		per_spacing = 1 / kde->spacing;
	int			first_row;
	int			last_row;
	int			first;
	int			last;

	if (!node_range(&kde->y, per_spacing, place->y, h, &first_row, &last_row) ||
		!node_range(&kde->x, per_spacing, place->x, h, &first, &last))
		return;
	for (int c = first; c <= last; c++)
	{
		double		dx = kde->x.node[c] - place->x;

		square_x[c - first] = dx * dx;
	}
	if (last - first > STRIDE)
		CHECK_FOR_INTERRUPTS();
	for (int r = first_row; r <= last_row; r++)
	{
		double		dy = kde->y.node[r] - place->y;
		double		dy2 = dy * dy;
		int			from = first;
		int			to = last;
		int			n;
		const double *restrict dx2;
		double	   *restrict sum;

		if (dy2 > h2)
			continue;
		if (last - first > 2 * TRIM)
		{
			if (!node_range(&kde->x, per_spacing, place->x, sqrt(h2 - dy2), &from, &to))
				continue;
			from = first + (from - first) / TRIM * TRIM;
			to = last - (last - to) / TRIM * TRIM;
		}
		n = to - from + 1;
		if ((r & 63) == 0 || n > STRIDE / 64)
			CHECK_FOR_INTERRUPTS();
		dx2 = square_x + (from - first);
		sum = surface + (Size) r * kde->x.n + from;

		switch (kde->kernel)
		{
			case KDE_QUARTIC:
				for (int c = 0; c < n; c++)
				{
					double		t = twice_above_0(h2 - (dx2[c] + dy2));

					sum[c] += quarter * (t * t);
				}
				break;
			case KDE_EPANECHNIKOV:
				for (int c = 0; c < n; c++)
					sum[c] += half * twice_above_0(h2 - (dx2[c] + dy2));
				break;
			case KDE_TRIANGULAR:
				for (int c = 0; c < n; c++)
					sum[c] += half * twice_above_0(h - sqrt(dx2[c] + dy2));
				break;
			default:			/* uniform */
				for (int c = 0; c < n; c++)
					sum[c] += dx2[c] + dy2 <= h2 ? weight : 0;
				break;
		}
	}
}

/* exp(-d^2 / 2 s^2) at the nodes; the product of two such is the gaussian. */
static void
gaussian_factors(const KdeAxis *axis, int first, int last, double v, double s, double *factor)
{
	double		scale = -0.5 / (s * s);

	for (int i = first; i <= last; i++)
	{
		double		d = axis->node[i] - v;

		factor[i - first] = exp(d * d * scale);
	}
}

/*
 * The same for the narrow gaussian, where many nodes make it worth while to
 * go from node to node by products (Greengard and Lee 2004): d being the
 * distance of the nearest node,
 *
 *		exp(-(d + k h)^2 / 2 s^2) = exp(-d^2 / 2 s^2) exp(-d h / s^2)^k exp(-(k h)^2 / 2 s^2)
 */
static inline void
narrow_factors(const Kde *kde, const KdeAxis *axis, int first, int last, double v, double *factor)
{
	double		per_s2 = 1 / (kde->narrow * kde->narrow);
	int			nearest = crimeml_int_within((v - axis->node[0]) / kde->spacing + 0.5, first, last);
	double		d;
	double		step;
	double		up;
	double		down;

	if (kde->decay == NULL)
	{
		gaussian_factors(axis, first, last, v, kde->narrow, factor);
		return;
	}
	d = axis->node[nearest] - v;
	step = exp(-d * kde->spacing * per_s2);
	up = down = factor[nearest - first] = exp(-0.5 * d * d * per_s2);
	for (int i = nearest + 1; i <= last; i++)
		factor[i - first] = (up *= step) * kde->decay[i - nearest];
	step = 1 / step;
	for (int i = nearest - 1; i >= first; i--)
		factor[i - first] = (down *= step) * kde->decay[nearest - i];
}

/* The narrow gaussian; factor_x and factor_y have room for its nodes. */
WIDE_LOOPS static void
spread_gaussian(const Kde *kde, const Place *place, double *surface,
				double *factor_x, double *factor_y)
{
	double		reach = CUT * kde->narrow;
	int			first_row;
	int			last_row;
	int			first;
	int			last;

	if (!node_range(&kde->y, 1 / kde->spacing, place->y, reach, &first_row, &last_row) ||
		!node_range(&kde->x, 1 / kde->spacing, place->x, reach, &first, &last))
		return;
	narrow_factors(kde, &kde->x, first, last, place->x, factor_x);
	narrow_factors(kde, &kde->y, first_row, last_row, place->y, factor_y);
	for (int r = first_row; r <= last_row; r++)
	{
		double		weight = place->weight * factor_y[r - first_row];
		double	   *sum = surface + (Size) r * kde->x.n + first;
		int			n = last - first + 1;

		for (int c = 0; c < n; c++)
			sum[c] += weight * factor_x[c];
	}
}

/* Add the collected places to a surface. */
static void
spread_places(const Kde *kde, double *surface)
{
	Place	   *place = places_sorted(&kde->places);
	double	   *factor_x = crimeml_array(double, nodes_across(kde));
	double	   *factor_y = crimeml_array(double, nodes_across(kde));
	double	   *square_x = crimeml_array(double, kde->x.n);
	Progress	progress;

	progress_start(&progress, "density", kde->places.n);
	for (uint32 i = 0; i < kde->places.n; i++)
	{
		int			column;
		int			row;

		if ((i & 1023) == 0)
			progress_step(&progress, i);
		else if (kde->kernel != KDE_NONE)
			CHECK_FOR_INTERRUPTS();
		if (kde->kernel == KDE_GAUSSIAN)
			spread_gaussian(kde, &place[i], surface, factor_x, factor_y);
		else if (kde->kernel != KDE_NONE)
			spread_compact(kde, &place[i], surface, square_x);
		else if (shape_find(&kde->shape, place[i].x, place[i].y, &column, &row))
			surface[(Size) row * kde->x.n + column] += place[i].weight;
	}
	pfree(factor_x);
	pfree(factor_y);
	pfree(square_x);
	pfree(place);
}

/* The surface with all places on it, a copy in zeroed memory. */
static void
whole_surface(const Kde *kde, double *surface)
{
	if (kde->surface != NULL)
		crimeml_copy(surface, kde->surface, surface_size(kde) * sizeof(double));
	spread_places(kde, surface);
}

/* The surface of the state itself. */
static double *
own_surface(Kde *kde)
{
	if (kde->surface == NULL)
		kde->surface = crimeml_alloc(kde->context, surface_size(kde), sizeof(double));
	return kde->surface;
}

/* Could a point there reach a cell? */
static inline bool
in_reach(const Kde *kde, double x, double y)
{
	double		reach = kde->reach + kde->shape.cell_size;

	return x >= kde->x.center[0] - reach && x <= kde->x.center[kde->x.cells - 1] + reach &&
		y >= kde->y.center[0] - reach && y <= kde->y.center[kde->y.cells - 1] + reach;
}

/* Collect a place; where they become many, spread them. */
static void
collect(Kde *kde, double x, double y, double weight)
{
	if (!in_reach(kde, x, y))
		return;
	places_add(&kde->places, x, y, weight);
	if (kde->places.n >= kde->most_places)
	{
		spread_places(kde, own_surface(kde));
		places_clear(&kde->places);
	}
}

void
kde_add(Kde *kde, double x, double y, double weight, int64 points)
{
	kde->points += points;
	kde->weight += weight;
	collect(kde, x, y, weight);
}

void
kde_combine(Kde *kde, const Kde *from)
{
	kde->points += from->points;
	kde->weight += from->weight;
	if (from->surface != NULL)
	{
		double	   *sum = own_surface(kde);
		Size		n = surface_size(kde);

		for (Size at = 0; at < n; at += STRIDE)
		{
			Size		end = Min(at + STRIDE, n);

			CHECK_FOR_INTERRUPTS();
			for (Size i = at; i < end; i++)
				sum[i] += from->surface[i];
		}
	}
	places_reserve(&kde->places, Min(from->places.n, kde->most_places));
	for (uint32 i = 0; i < from->places.capacity; i++)
	{
		const Place *place = &from->places.slot[i];

		if (!isnan(place->x))
			collect(kde, place->x, place->y, place->weight);
	}
}

/* About how many nodes the collected places have to be added to. */
static double
places_work(const Kde *kde)
{
	double		reach = kde->kernel == KDE_GAUSSIAN ? CUT * kde->narrow : kde->bandwidth;
	double		across = 2 * reach / kde->spacing + 1;

	return kde->places.n * Min(across, kde->x.n) * Min(across, kde->y.n);
}

/*
 * Places that are not on a surface yet are sent as they are, unless to spread
 * them is more work than to hand over a surface, so that the work is done in
 * the workers: a node handed over takes as long as adding to about 64 of them.
 */
void
kde_write(const Kde *kde, ByteWriter *w)
{
	bool		surface = kde->surface != NULL || places_work(kde) > 64.0 * surface_size(kde);

	write_bytes(w, &kde->shape, sizeof(GridShape));
	write_u8(w, kde->kernel);
	write_f64(w, kde->bandwidth);
	write_u64(w, kde->points);
	write_f64(w, kde->weight);
	write_u8(w, surface);
	if (surface)
	{
		double	   *sum = crimeml_array(double, surface_size(kde));

		whole_surface(kde, sum);
		write_bytes(w, sum, surface_size(kde) * sizeof(double));
		pfree(sum);
	}
	else
	{
		Place	   *place = places_listed(&kde->places);

		write_u32(w, kde->places.n);
		write_bytes(w, place, kde->places.n * sizeof(Place));
		pfree(place);
	}
}

Kde *
kde_read(MemoryContext context, ByteReader *r)
{
	GridShape	shape;
	KdeKernel	kernel;
	Kde		   *kde;
	int64		points;
	double		weight;

	memcpy(&shape, read_bytes(r, sizeof(GridShape)), sizeof(GridShape));
	kernel = read_u8(r);
	kde = kde_create(context, &shape, kernel, read_f64(r));
	points = (int64) read_u64(r);
	weight = read_f64(r);
	if (read_u8(r))
	{
		Size		bytes = surface_size(kde) * sizeof(double);

		crimeml_copy(own_surface(kde), read_bytes(r, bytes), bytes);
	}
	else
	{
		uint32		n = read_u32(r);
		const uint8 *bytes = read_bytes(r, mul_size(n, sizeof(Place)));

		places_reserve(&kde->places, n);
		for (uint32 i = 0; i < n; i++)
		{
			Place		place;

			memcpy(&place, bytes + i * sizeof(Place), sizeof(Place));
			places_add(&kde->places, place.x, place.y, place.weight);
		}
	}
	kde->points = points;
	kde->weight = weight;
	return kde;
}

/* The band of the product: for each cell its first node and its factors. */
typedef struct Band
{
	int			width;
	int		   *first;			/* by cell */
	double	   *factor;			/* width of them a cell */
} Band;

static void
band_create(const Kde *kde, const KdeAxis *axis, Band *band)
{
	band->width = band_width(kde, axis);
	band->first = crimeml_array(int, axis->cells);
	band->factor = crimeml_array(double, mul_size(axis->cells, band->width));
	for (int i = 0; i < axis->cells; i++)
	{
		double		first;

		if ((i & 1023) == 0)
			CHECK_FOR_INTERRUPTS();
		first = ceil((axis->center[i] - CUT * kde->wide - axis->node[0]) / kde->spacing);
		band->first[i] = crimeml_int_within(first, 0, axis->n - band->width);
		gaussian_factors(axis, band->first[i], band->first[i] + band->width - 1,
						 axis->center[i], kde->wide, band->factor + (Size) i * band->width);
	}
}

/* From the mesh to the cells: first along y, then along x. */
WIDE_LOOPS static void
mesh_to_cells(const Kde *kde, const double *surface, double *value)
{
	int			n = kde->x.n;
	Band		bx;
	Band		by;
	double	   *between = crimeml_array(double, n);
	Progress	progress;

	band_create(kde, &kde->x, &bx);
	band_create(kde, &kde->y, &by);
	progress_start(&progress, "density", kde->y.cells);
	for (int r = 0; r < kde->y.cells; r++)
	{
		double	   *out = value + (Size) r * kde->x.cells;

		progress_step(&progress, r);
		for (int from = 0; from < n; from += STRIDE)
		{
			int			end = Min(from + STRIDE, n);

			CHECK_FOR_INTERRUPTS();
			memset(between + from, 0, (end - from) * sizeof(double));
			for (int k = 0; k < by.width; k++)
			{
				double		factor = by.factor[(Size) r * by.width + k];
				const double *in = surface + (Size) (by.first[r] + k) * n;

				for (int c = from; c < end; c++)
					between[c] += factor * in[c];
			}
		}
		for (int c = 0; c < kde->x.cells; c++)
		{
			const double *factor = bx.factor + (Size) c * bx.width;
			const double *in = between + bx.first[c];
			Lanes		sum = {0, 0, 0, 0};
			int			k = 0;

			if ((c & 0xffff) == 0)
				CHECK_FOR_INTERRUPTS();
			for (; k + LANES <= bx.width; k += LANES)
				sum += *(const Lanes *) (factor + k) * *(const Lanes *) (in + k);
			for (; k < bx.width; k++)
				sum[0] += factor[k] * in[k];
			out[c] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
		}
	}
	pfree(between);
	pfree(bx.first);
	pfree(bx.factor);
	pfree(by.first);
	pfree(by.factor);
}

/* What the sums on the surface have to be multiplied by. */
static double
value_scale(const Kde *kde)
{
	double		h = kde->bandwidth;
	double		metres = h * kde->shape.metres;
	double		per_km2 = 1e6 / (metres * metres);
	double		mesh;

	switch (kde->kernel)
	{
		case KDE_NONE:
			return 1;
		case KDE_QUARTIC:
			return per_km2 * 3 / M_PI / (h * h * h * h);
		case KDE_EPANECHNIKOV:
			return per_km2 * 2 / M_PI / (h * h);
		case KDE_TRIANGULAR:
			return per_km2 * 3 / M_PI / h;
		case KDE_UNIFORM:
			return per_km2 / M_PI;
		case KDE_GAUSSIAN:
			if (kde->wide == 0)
				return per_km2 / (2 * M_PI);
			/* d G_s G_t against G_sigma, on each axis */
			mesh = kde->spacing * h / (sqrt(2 * M_PI) * kde->narrow * kde->wide);
			return per_km2 / (2 * M_PI) * mesh * mesh;
	}
	return 1;
}

void
kde_finish(const Kde *kde, double *value)
{
	Size		cells = (Size) shape_cells(&kde->shape);
	double		scale = value_scale(kde);
	bool		finite = true;

	if (kde->wide > 0)
	{
		double	   *surface = crimeml_array(double, surface_size(kde));

		whole_surface(kde, surface);
		mesh_to_cells(kde, surface, value);
		pfree(surface);
	}
	else
		whole_surface(kde, value);	/* the nodes are the cells */
	for (Size i = 0; i < cells; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		value[i] *= scale;
		finite &= isfinite(value[i]) != 0;
	}
	if (!finite)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("the weights are too large for the grid")));
}

double
kde_bandwidth_of_sigma(KdeKernel kernel, double sigma)
{
	switch (kernel)
	{
		case KDE_QUARTIC:
			return sigma * sqrt(8);
		case KDE_EPANECHNIKOV:
			return sigma * sqrt(6);
		case KDE_TRIANGULAR:
			return sigma * sqrt(20.0 / 3);
		case KDE_UNIFORM:
			return sigma * 2;
		default:
			return sigma;
	}
}
