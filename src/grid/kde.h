/*
 * kde.h
 *		Counts and kernel density on a grid, as a sum that rows, workers and
 *		shards can share.
 *
 * A Kde collects distinct places; when they become many it spreads them onto
 * its surface, so that memory is bounded whatever the number of rows.  All of
 * it is additive.  The value of a cell is
 *
 *		counts:		sum of the weights of the points in the cell
 *		kernels:	sum_i w_i K(d_i / h) / h^2 in incidents per km2, d_i the
 *					distance of point i from the cell's centre
 *
 * where each K integrates to one over the plane (Silverman 1986, section 4.2):
 *
 *		quartic			3/pi (1 - u^2)^2		u <= 1
 *		epanechnikov	2/pi (1 - u^2)			u <= 1
 *		triangular		3/pi (1 - u)			u <= 1
 *		uniform			1/pi					u <= 1
 *		gaussian		1/(2 pi) exp(-u^2/2)
 *
 * Compact kernels are summed directly, so they are exact to rounding.
 *
 * The gaussian is cut off at 7 sigma in x and in y (exp(-24.5) = 2e-11).  For
 * a sigma below 2 cells it is summed directly.  From there on the sum is taken
 * in two steps, by a square mesh of spacing d = sigma/3:
 *
 *		G_sigma(c - x) = d sum_k G_s(m_k - x) G_t(c - m_k),	s^2 + t^2 = sigma^2
 *
 * which is the trapezoidal rule for the convolution of two gaussians.  Its
 * relative error is 2 exp(-2 pi^2 (s t / (sigma d))^2), and s is chosen such
 * that s t / sigma = 1.1 d: 9e-11.  Places are spread onto the mesh (17 x 17
 * nodes each, whatever sigma), and the mesh is taken to the cells by two
 * banded products (40 terms each, whatever sigma).
 */
#ifndef CRIMEML_GRID_KDE_H
#define CRIMEML_GRID_KDE_H

#include "bytes.h"
#include "grid/places.h"
#include "grid/shape.h"

/* Stored in grids: the numbers stay. */
typedef enum KdeKernel
{
	KDE_NONE = 0,				/* counts */
	KDE_QUARTIC,
	KDE_GAUSSIAN,
	KDE_EPANECHNIKOV,
	KDE_TRIANGULAR,
	KDE_UNIFORM
} KdeKernel;

#define KDE_KERNELS 6

/* By KdeKernel; the first is NULL. */
extern const char *const kde_kernel_name[KDE_KERNELS];

/* One axis of the mesh that places are spread onto. */
typedef struct KdeAxis
{
	int			n;				/* nodes */
	double	   *node;			/* their coordinates */
	int			cells;			/* of the grid */
	double	   *center;			/* coordinates of the cells' centres */
} KdeAxis;

typedef struct Kde
{
	MemoryContext context;		/* owns all that follows */
	GridShape	shape;
	KdeKernel	kernel;
	double		bandwidth;		/* radius, or sigma of the gaussian; units */
	int64		points;			/* rows added */
	double		weight;			/* their weight, inside the grid or not */

	KdeAxis		x;
	KdeAxis		y;
	double		spacing;		/* of the nodes */
	double		narrow;			/* s of the gaussian */
	double		wide;			/* t of the gaussian; 0: the nodes are the cells */
	double	   *decay;			/* the narrow gaussian at k spacings; or NULL */
	double		reach;			/* a point farther from the grid adds nothing */
	uint32		most_places;
	Places		places;			/* not yet on the surface */
	double	   *surface;		/* x.n * y.n sums, rows from the south; or NULL */
} Kde;

/* Bandwidth is 0 for KDE_NONE, else within GRID_MIN_LENGTH .. GRID_MAX_LENGTH. */
extern Kde *kde_create(MemoryContext context, const GridShape *shape,
					   KdeKernel kernel, double bandwidth);

/* Rows at one place, and their weight together; all finite. */
extern void kde_add(Kde *kde, double x, double y, double weight, int64 points);

/* Was it made with the same shape, kernel and bandwidth? */
extern bool kde_same(const Kde *a, const Kde *b);

/* Add what "from" holds; "from" is left as it is. */
extern void kde_combine(Kde *kde, const Kde *from);

/* The state for another process of this machine; kde_read checks it. */
extern void kde_write(const Kde *kde, ByteWriter *w);
extern Kde *kde_read(MemoryContext context, ByteReader *r);

/* The values of the grid's cells, rows from the south, in zeroed memory; kde is
 * left as it is. */
extern void kde_finish(const Kde *kde, double *value);

/*
 * The bandwidth of a kernel that smooths as much as a gaussian of this sigma:
 * it has the same standard deviation on each axis.
 */
extern double kde_bandwidth_of_sigma(KdeKernel kernel, double sigma);

#endif							/* CRIMEML_GRID_KDE_H */
