/*
 * shape.c
 *		Where a grid lies: the geometry of its cells, without their values.
 */
#include "grid/shape.h"

#include <math.h>

/*
 * The quotient may round across a cell's edge; the edges are i * size, as
 * they are in the polygons, so that they decide.
 */
double
shape_cell(double v, double cell_size)
{
	double		i = floor(v / cell_size);

	if (v < i * cell_size)
		return i - 1;
	if (v >= (i + 1) * cell_size)
		return i + 1;
	return i;
}

/* The first cell and the number of cells from min to max. */
static double
cover_axis(double min, double max, double cell_size, bool closed, double *first)
{
	double		last = shape_cell(max, cell_size);

	*first = shape_cell(min, cell_size);
	/* an upper edge of the box on an edge of cells opens no further cell */
	if (!closed && max == last * cell_size)
		last -= 1;
	return last - *first + 1;
}

void
shape_cover(GridShape *shape, const GridBox *box, bool closed)
{
	double		i0;
	double		j0;
	double		columns = cover_axis(box->xmin, box->xmax, shape->cell_size, closed, &i0);
	double		rows = cover_axis(box->ymin, box->ymax, shape->cell_size, closed, &j0);

	/* the negation also catches what is not a number */
	if (!(columns * rows <= GRID_MAX_CELLS))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a grid of %.9g x %.9g cells is above the limit of %d cells",
						columns, rows, GRID_MAX_CELLS),
				 errdetail("It reaches from (%.15g %.15g) to (%.15g %.15g) in cells of %.15g.",
						   box->xmin, box->ymin, box->xmax, box->ymax, shape->cell_size),
				 errhint("Raise cell_size, or give smaller bounds; one stray point, as at (0 0), makes the whole large.")));
	if (!(i0 >= PG_INT32_MIN && j0 >= PG_INT32_MIN &&
		  i0 + columns <= PG_INT32_MAX && j0 + rows <= PG_INT32_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("cells of %.15g at (%.15g %.15g) are too far from the origin to be numbered",
						shape->cell_size, box->xmin, box->ymin),
				 errhint("Raise cell_size.")));
	shape->i0 = (int32) i0;
	shape->j0 = (int32) j0;
	shape->columns = (int32) columns;
	shape->rows = (int32) rows;
}

bool
shape_find(const GridShape *shape, double x, double y, int *column, int *row)
{
	double		c = shape_cell(x, shape->cell_size) - shape->i0;
	double		r = shape_cell(y, shape->cell_size) - shape->j0;

	if (!(c >= 0 && c < shape->columns && r >= 0 && r < shape->rows))
		return false;
	*column = (int) c;
	*row = (int) r;
	return true;
}

bool
shape_equal(const GridShape *a, const GridShape *b)
{
	return a->srid == b->srid && a->i0 == b->i0 && a->j0 == b->j0 &&
		a->columns == b->columns && a->rows == b->rows &&
		a->cell_size == b->cell_size && a->metres == b->metres;
}
