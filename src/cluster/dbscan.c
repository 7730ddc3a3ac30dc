/*
 * dbscan.c
 *		Density-based clusters of points, by cells.
 *
 * Places (distinct points, with weights) are cut into columns and these into
 * cells, each at most eps / sqrt(2) wide and high, so that all points of a cell
 * are within eps of each other: a cell with minpoints of them has core points
 * only, and the core points of a cell are in one cluster (Gunawan 2013).  A
 * column begins at its first point and not at a multiple of its width: any
 * coordinates will do, however large against eps, and what is within eps is at
 * most two columns away.
 *
 * Each cell is the root of a kd-tree whose boxes know their box, their weight
 * and their first core point.  Boxes entirely within eps are counted at once
 * and boxes beyond it are left out at once, so that dense cells, of which the
 * eps circle cuts many points, stay cheap; counting ends at minpoints.  Two
 * cells are joined at the first pair of core points within eps.
 *
 * Distances are compared as PostGIS compares them, sqrt(dx*dx + dy*dy) <= eps,
 * bit for bit; all bounds on boxes are computed in the same way, and rounding
 * is monotone, so no bound excludes what the comparison would include.
 */
#include "cluster/dbscan.h"

#include <math.h>

#include "cluster/kdtree.h"
#include "cluster/sites.h"
#include "stat/order.h"

/*
 * Columns and cells begin more than eps * 0.707 apart and are no larger than
 * that: the cells of a column that are within eps of a cell begin in a stretch
 * of 2 * eps + 2 * 0.708 * eps, so there are five at most, in five columns.
 */
#define REACH 2
#define MAX_NEIGHBOURS (6 * (2 * REACH + 1))

/*
 * The mark of a place says that it is core; that of a box is the lowest row of
 * a core point in it.
 */
#define NO_ROW PG_INT32_MAX

#define LEAF_PLACES 32

typedef struct DbscanGrid
{
	KdTree		tree;			/* the cells are its roots */
	int			nplaces;
	int			ncells;
	int32	   *column;			/* first cell of each column, and the end */
	int			ncolumns;
	int32	   *joined;			/* union-find over cells */
	double		reach2;			/* the largest dx*dx + dy*dy within eps */
	double		side;
	int			minpoints;
} DbscanGrid;

/* The neighbours of one cell after the other, up a column. */
typedef struct Sweep
{
	int			column;
	int			from[2 * REACH + 1];	/* first cell that may still be near */
	int			n;
	int32		cell[MAX_NEIGHBOURS];
} Sweep;

/* ----------
 * Columns, cells and their trees
 * ----------
 */

/* Columns of the sites, which come sorted by x; returns their starts. */
static int32 *
cut_columns(DbscanGrid *grid, const Sites *sites)
{
	int32	   *start = scratch_array(int32, sites->n + 1);

	for (int i = 0; i < sites->n; i++)
	{
		if (i == 0 || sites->x[i] - sites->x[start[grid->ncolumns - 1]] > grid->side)
			start[grid->ncolumns++] = i;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	start[grid->ncolumns] = sites->n;
	return start;
}

/* The sites as places, by column and within it by y. */
static void
arrange_places(DbscanGrid *grid, const Sites *sites, int32 *start)
{
	int32	   *order = scratch_array(int32, sites->n);
	int32	   *column = scratch_array(int32, sites->n);
	int32	   *next = scratch_array(int32, grid->ncolumns);

	for (int c = 0; c < grid->ncolumns; c++)
	{
		next[c] = start[c];
		for (int i = start[c]; i < start[c + 1]; i++)
			column[i] = c;
		CHECK_FOR_INTERRUPTS();
	}
	order_by(sites->y, sites->n, order);
	grid->nplaces = sites->n;
	grid->tree.place = scratch_array(KdPlace, sites->n);
	for (int i = 0; i < sites->n; i++)
	{
		int32		site = order[i];

		grid->tree.place[next[column[site]]++] = place_of_site(sites, site);
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(order);
	pfree(column);
	pfree(next);
}

/* Cut each column into cells, and grow the trees. */
static void
cut_cells(DbscanGrid *grid, const int32 *start)
{
	const KdPlace *place = grid->tree.place;
	int32	   *first = scratch_array(int32, grid->nplaces + 1);

	grid->column = scratch_array(int32, grid->ncolumns + 1);
	for (int c = 0; c < grid->ncolumns; c++)
	{
		grid->column[c] = grid->ncells;
		for (int i = start[c]; i < start[c + 1]; i++)
			if (i == start[c] || place[i].y - place[first[grid->ncells - 1]].y > grid->side)
				first[grid->ncells++] = i;
		CHECK_FOR_INTERRUPTS();
	}
	grid->column[grid->ncolumns] = grid->ncells;
	first[grid->ncells] = grid->nplaces;

	grid->tree.box = scratch_array(Box, kdtree_boxes(grid->nplaces, grid->ncells, LEAF_PLACES));
	grid->tree.nboxes = grid->ncells;
	grid->tree.leaf = LEAF_PLACES;
	grid->joined = scratch_array(int32, grid->ncells);
	for (int k = 0; k < grid->ncells; k++)
	{
		grid->tree.box[k].begin = first[k];
		grid->tree.box[k].end = first[k + 1];
		grid->joined[k] = k;
		kdtree_grow(&grid->tree, k);
		if ((k & 0x3ff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(first);
}

/* ----------
 * Neighbouring cells
 * ----------
 */
static void
sweep_column(const DbscanGrid *grid, Sweep *sweep, int column)
{
	sweep->column = column;
	for (int i = 0; i <= 2 * REACH; i++)
	{
		int			other = column + i - REACH;

		sweep->from[i] = other >= 0 && other < grid->ncolumns ? grid->column[other] : 0;
	}
}

/*
 * The cells within eps of the cell, in columns from "lowest" to REACH away; the
 * cell is one of them where its column is.  Cells of a column come in order.
 */
static void
sweep_cell(const DbscanGrid *grid, Sweep *sweep, int32 cell, int lowest)
{
	const Box  *box = &grid->tree.box[cell];

	sweep->n = 0;
	for (int offset = lowest; offset <= REACH; offset++)
	{
		int			column = sweep->column + offset;
		int		   *from = &sweep->from[offset + REACH];

		if (column < 0 || column >= grid->ncolumns)
			continue;
		for (int k = *from; k < grid->column[column + 1]; k++)
		{
			const Box  *other = &grid->tree.box[k];
			double		dy = box_gap(box->ymin, box->ymax, other->ymin, other->ymax);

			if (dy * dy > grid->reach2)
			{
				if (other->ymin > box->ymax)
					break;
				*from = k + 1;
			}
			else if (nearest2(box, other) <= grid->reach2)
			{
				Assert(sweep->n < MAX_NEIGHBOURS);
				sweep->cell[sweep->n++] = k;
			}
		}
	}
}

/* ----------
 * Core points
 * ----------
 */

/* The count, plus the weight within eps of p below the box; it may stop at "enough". */
static int
count_within(const DbscanGrid *grid, const Box *box, const KdPlace *p, int count, int enough)
{
	if (farthest2_place(p, box) <= grid->reach2)
		return count + box->weight;
	if (nearest2_place(p, box) > grid->reach2)
		return count;
	if (box->child != 0)
	{
		count = count_within(grid, &grid->tree.box[box->child], p, count, enough);
		if (count < enough)
			count = count_within(grid, &grid->tree.box[box->child + 1], p, count, enough);
		return count;
	}
	for (const KdPlace *q = grid->tree.place + box->begin; q < grid->tree.place + box->end; q++)
		count += distance2(p, q) <= grid->reach2 ? q->weight : 0;
	return count;
}

/* Mark the core points of a cell that has fewer than minpoints itself. */
static void
mark_sparse_cell(DbscanGrid *grid, Sweep *sweep, int32 cell)
{
	const Box  *box = &grid->tree.box[cell];
	int64		around = 0;

	for (int i = 0; i < sweep->n; i++)
		around += grid->tree.box[sweep->cell[i]].weight;
	if (around < grid->minpoints)
		return;
	for (KdPlace *p = grid->tree.place + box->begin; p < grid->tree.place + box->end; p++)
	{
		int			count = box->weight;
		int64		rest = around - count;

		for (int i = 0; i < sweep->n; i++)
		{
			const Box  *other = &grid->tree.box[sweep->cell[i]];

			if (sweep->cell[i] == cell)
				continue;
			if (count >= grid->minpoints || count + rest < grid->minpoints)
				break;
			rest -= other->weight;
			count = count_within(grid, other, p, count, grid->minpoints);
		}
		p->mark = count >= grid->minpoints;
		CHECK_FOR_INTERRUPTS();
	}
}

static void
mark_core(DbscanGrid *grid)
{
	Sweep		sweep;

	for (int c = 0; c < grid->ncolumns; c++)
	{
		sweep_column(grid, &sweep, c);
		for (int k = grid->column[c]; k < grid->column[c + 1]; k++)
		{
			const Box  *box = &grid->tree.box[k];

			if (box->weight >= grid->minpoints)
			{
				for (int i = box->begin; i < box->end; i++)
					grid->tree.place[i].mark = true;
			}
			else
			{
				sweep_cell(grid, &sweep, k, -REACH);
				mark_sparse_cell(grid, &sweep, k);
			}
			CHECK_FOR_INTERRUPTS();
		}
	}

	/* children come after their parents */
	for (int k = grid->tree.nboxes - 1; k >= 0; k--)
	{
		Box	   *box = &grid->tree.box[k];

		box->mark = NO_ROW;
		if (box->child != 0)
			box->mark = Min(grid->tree.box[box->child].mark,
							grid->tree.box[box->child + 1].mark);
		else
			for (int i = box->begin; i < box->end; i++)
				if (grid->tree.place[i].mark)
					box->mark = Min(box->mark, grid->tree.place[i].first);
		if ((k & 0x3ff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* ----------
 * Clusters
 * ----------
 */
static int32
find_root(int32 *joined, int32 cell)
{
	while (joined[cell] != cell)
		cell = joined[cell] = joined[joined[cell]];
	return cell;
}

/* Is a core point of a within eps of one of b? */
static bool
core_within(const DbscanGrid *grid, const Box *a, const Box *b)
{
	if (a->mark == NO_ROW || b->mark == NO_ROW ||
		nearest2(a, b) > grid->reach2)
		return false;
	if (farthest2(a, b) <= grid->reach2)
		return true;
	CHECK_FOR_INTERRUPTS();
	if (a->child != 0 || b->child != 0)
	{
		const Box *child;

		/* halve the larger one */
		if (a->child == 0 || (b->child != 0 && b->end - b->begin > a->end - a->begin))
		{
			const Box *swap = a;

			a = b;
			b = swap;
		}
		child = &grid->tree.box[a->child];
		return core_within(grid, child, b) || core_within(grid, child + 1, b);
	}
	for (const KdPlace *p = grid->tree.place + a->begin; p < grid->tree.place + a->end; p++)
	{
		if (!p->mark || nearest2_place(p, b) > grid->reach2)
			continue;
		for (const KdPlace *q = grid->tree.place + b->begin; q < grid->tree.place + b->end; q++)
			if (q->mark && distance2(p, q) <= grid->reach2)
				return true;
	}
	return false;
}

/* Join the cells whose core points are within eps of each other. */
static void
join_cells(DbscanGrid *grid)
{
	Sweep		sweep;

	for (int c = 0; c < grid->ncolumns; c++)
	{
		sweep_column(grid, &sweep, c);
		for (int k = grid->column[c]; k < grid->column[c + 1]; k++)
		{
			if (grid->tree.box[k].mark == NO_ROW)
				continue;
			sweep_cell(grid, &sweep, k, 0);
			for (int i = 0; i < sweep.n; i++)
			{
				int32		other = sweep.cell[i];
				int32		a = find_root(grid->joined, k);
				int32		b = find_root(grid->joined, other);

				if (other > k && a != b && core_within(grid, &grid->tree.box[k], &grid->tree.box[other]))
					grid->joined[Max(a, b)] = Min(a, b);
			}
			CHECK_FOR_INTERRUPTS();
		}
	}
}

/* The lowest row of a core point within eps of p below the box, if it is below "best". */
static int32
first_core_within(const DbscanGrid *grid, const Box *box, const KdPlace *p, int32 best)
{
	if (box->mark >= best || nearest2_place(p, box) > grid->reach2)
		return best;
	if (farthest2_place(p, box) <= grid->reach2)
		return box->mark;
	if (box->child != 0)
	{
		best = first_core_within(grid, &grid->tree.box[box->child], p, best);
		return first_core_within(grid, &grid->tree.box[box->child + 1], p, best);
	}
	for (const KdPlace *q = grid->tree.place + box->begin; q < grid->tree.place + box->end; q++)
		if (q->mark && q->first < best && distance2(p, q) <= grid->reach2)
			best = q->first;
	return best;
}

/* root[site]: the cell that stands for the site's cluster, -1 for noise. */
static void
find_clusters(DbscanGrid *grid, int32 *root)
{
	Sweep		sweep;

	for (int c = 0; c < grid->ncolumns; c++)
	{
		sweep_column(grid, &sweep, c);
		for (int k = grid->column[c]; k < grid->column[c + 1]; k++)
		{
			const Box  *box = &grid->tree.box[k];
			bool		swept = false;

			for (KdPlace *p = grid->tree.place + box->begin; p < grid->tree.place + box->end; p++)
			{
				int32		best = NO_ROW;

				root[p->site] = -1;
				if (p->mark)
				{
					root[p->site] = find_root(grid->joined, k);
					continue;
				}
				if (!swept)
					sweep_cell(grid, &sweep, k, -REACH);
				swept = true;
				for (int i = 0; i < sweep.n; i++)
				{
					int32		row = first_core_within(grid, &grid->tree.box[sweep.cell[i]], p, best);

					if (row < best)
						root[p->site] = find_root(grid->joined, sweep.cell[i]);
					best = row;
				}
				CHECK_FOR_INTERRUPTS();
			}
			CHECK_FOR_INTERRUPTS();
		}
	}
}

void
dbscan(const double *x, const double *y, int n, double eps, int minpoints, int32 *cluster)
{
	DbscanGrid		grid = {0};
	Sites	   *sites;
	int32	   *start;
	int32	   *root;

	if (n == 0)
		return;
	sites = sites_build(x, y, n);

	/* beyond the largest distance there can be, all are within eps */
	eps = Min(eps, 4 * COORDINATE_LIMIT);

	/*
	 * The last factor is far above what rounding can add.  Where the square of
	 * eps has no precision left, only equal points are within it.
	 */
	grid.side = eps > 1e-150 ? eps * M_SQRT1_2 * (1 - 1e-9) : 0;
	grid.reach2 = grid.side > 0 ? square_limit(eps) : -1;
	grid.minpoints = minpoints;

	start = cut_columns(&grid, sites);
	arrange_places(&grid, sites, start);
	cut_cells(&grid, start);
	pfree(start);
	mark_core(&grid);
	join_cells(&grid);

	root = scratch_array(int32, sites->n);
	find_clusters(&grid, root);

	number_clusters(root, grid.ncells, sites->site_of, n, cluster);
}

Size
dbscan_memory(int n)
{
	Size		building = SITES_PEAK_BYTES;
	Size		working = SITES_KEPT_BYTES + sizeof(KdPlace) + 4 * sizeof(int32);

	return add_size(mul_size(n, Max(building, working)),
					mul_size(kdtree_boxes(n, n, LEAF_PLACES), sizeof(Box)));
}
