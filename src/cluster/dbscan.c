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
 * Each cell is the root of a kd-tree whose nodes know their box, their weight
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

#include <float.h>
#include <math.h>

#include "cluster/sites.h"

/* Places in a leaf; a node above that is halved. */
#define LEAF_PLACES 32

/*
 * Columns and cells begin more than eps * 0.707 apart.  The window of a cell
 * in another column is at most eps * (2 + 2 * 0.708) high, so it meets at most
 * five of its cells, in five columns.
 */
#define REACH 2
#define MAX_NEIGHBOURS (6 * (2 * REACH + 1))

#define NO_ROW PG_INT32_MAX

typedef struct Place
{
	double		x;
	double		y;
	int32		weight;
	int32		first;			/* lowest row here */
	int32		site;
	bool		core;
} Place;

typedef struct Block
{
	double		xmin,
				xmax,
				ymin,
				ymax;
	int32		begin;			/* places begin .. end - 1 */
	int32		end;
	int32		weight;
	int32		first_core;		/* lowest row of a core point, or NO_ROW */
	int32		child;			/* children are child and child + 1; 0: leaf */
} Block;

typedef struct Grid
{
	Place	   *place;
	int			nplaces;
	Block	   *node;			/* the cells, then the nodes below them */
	int			ncells;
	int			nnodes;
	int32	   *column;			/* first cell of each column, and the end */
	int			ncolumns;
	int32	   *joined;			/* union-find over cells */
	double		reach2;			/* the largest dx*dx + dy*dy within eps */
	double		side;
	int			minpoints;
} Grid;

/* The neighbours of one cell after the other, up a column. */
typedef struct Sweep
{
	int			column;
	int			from[2 * REACH + 1];	/* first cell that may still be near */
	int			n;
	int32		cell[MAX_NEIGHBOURS];
} Sweep;

/* The largest square whose root is at most eps. */
static double
square_limit(double eps)
{
	double		limit = eps * eps;

	while (sqrt(limit) > eps)
		limit = nextafter(limit, 0);
	while (sqrt(nextafter(limit, DBL_MAX)) <= eps)
		limit = nextafter(limit, DBL_MAX);
	return limit;
}

/* ----------
 * Squared distances: between points, and bounds from boxes
 * ----------
 */
static inline double
distance2(const Place *a, const Place *b)
{
	double		dx = a->x - b->x;
	double		dy = a->y - b->y;

	return dx * dx + dy * dy;
}

static inline double
gap(double amin, double amax, double bmin, double bmax)
{
	return amin > bmax ? amin - bmax : (bmin > amax ? bmin - amax : 0);
}

static inline double
span(double amin, double amax, double bmin, double bmax)
{
	return Max(amax - bmin, bmax - amin);
}

static inline double
nearest2(const Block *a, const Block *b)
{
	double		dx = gap(a->xmin, a->xmax, b->xmin, b->xmax);
	double		dy = gap(a->ymin, a->ymax, b->ymin, b->ymax);

	return dx * dx + dy * dy;
}

static inline double
farthest2(const Block *a, const Block *b)
{
	double		dx = span(a->xmin, a->xmax, b->xmin, b->xmax);
	double		dy = span(a->ymin, a->ymax, b->ymin, b->ymax);

	return dx * dx + dy * dy;
}

static inline double
nearest2_place(const Place *p, const Block *b)
{
	double		dx = gap(p->x, p->x, b->xmin, b->xmax);
	double		dy = gap(p->y, p->y, b->ymin, b->ymax);

	return dx * dx + dy * dy;
}

static inline double
farthest2_place(const Place *p, const Block *b)
{
	double		dx = span(p->x, p->x, b->xmin, b->xmax);
	double		dy = span(p->y, p->y, b->ymin, b->ymax);

	return dx * dx + dy * dy;
}

/* ----------
 * Columns, cells and their trees
 * ----------
 */

/* Box and weight of a node's places. */
static void
measure_node(Grid *grid, Block *node)
{
	const Place *p = grid->place + node->begin;

	node->xmin = node->xmax = p->x;
	node->ymin = node->ymax = p->y;
	node->weight = 0;
	for (; p < grid->place + node->end; p++)
	{
		node->xmin = Min(node->xmin, p->x);
		node->xmax = Max(node->xmax, p->x);
		node->ymin = Min(node->ymin, p->y);
		node->ymax = Max(node->ymax, p->y);
		node->weight += p->weight;
	}
}

static inline double
coordinate(const Place *p, bool by_x)
{
	return by_x ? p->x : p->y;
}

/* Quickselect: places [begin, middle) are not above those from middle on. */
static void
split_places(Place *place, int begin, int end, int middle, bool by_x)
{
	int			low = begin;
	int			high = end - 1;

	while (low < high)
	{
		double		a = coordinate(&place[low], by_x);
		double		b = coordinate(&place[low + (high - low) / 2], by_x);
		double		c = coordinate(&place[high], by_x);
		double		pivot = Max(Min(a, b), Min(Max(a, b), c));
		int			i = low;
		int			j = high;

		while (i <= j)
		{
			while (coordinate(&place[i], by_x) < pivot)
				i++;
			while (coordinate(&place[j], by_x) > pivot)
				j--;
			if (i <= j)
			{
				Place		swap = place[i];

				place[i++] = place[j];
				place[j--] = swap;
			}
		}
		if (middle <= j)
			high = j;
		else if (middle >= i)
			low = i;
		else
			break;
		CHECK_FOR_INTERRUPTS();
	}
}

/* Halve a node along its longer side until its leaves are small. */
static void
grow_tree(Grid *grid, int32 index)
{
	Block	   *node = &grid->node[index];
	int			middle = node->begin + (node->end - node->begin) / 2;
	int32		child;

	if (node->end - node->begin <= LEAF_PLACES)
		return;
	CHECK_FOR_INTERRUPTS();
	split_places(grid->place, node->begin, node->end, middle,
				 node->xmax - node->xmin > node->ymax - node->ymin);
	child = node->child = grid->nnodes;
	grid->nnodes += 2;
	grid->node[child].begin = node->begin;
	grid->node[child].end = grid->node[child + 1].begin = middle;
	grid->node[child + 1].end = node->end;
	for (int i = 0; i < 2; i++)
	{
		measure_node(grid, &grid->node[child + i]);
		grow_tree(grid, child + i);
	}
}

/* Columns of the sites, which come sorted by x; returns their starts. */
static int32 *
cut_columns(Grid *grid, const Sites *sites)
{
	int32	   *start = crimeml_array(int32, sites->n + 1);

	for (int i = 0; i < sites->n; i++)
		if (i == 0 || sites->x[i] - sites->x[start[grid->ncolumns - 1]] > grid->side)
			start[grid->ncolumns++] = i;
	start[grid->ncolumns] = sites->n;
	return start;
}

/* The sites as places, by column and within it by y. */
static void
arrange_places(Grid *grid, const Sites *sites, int32 *start)
{
	int32	   *order = crimeml_array(int32, sites->n);
	int32	   *column = crimeml_array(int32, sites->n);
	int32	   *next = crimeml_array(int32, grid->ncolumns);

	for (int c = 0; c < grid->ncolumns; c++)
	{
		next[c] = start[c];
		for (int i = start[c]; i < start[c + 1]; i++)
			column[i] = c;
	}
	order_by(sites->y, sites->n, order, false);
	grid->nplaces = sites->n;
	grid->place = crimeml_array(Place, sites->n);
	for (int i = 0; i < sites->n; i++)
	{
		int32		site = order[i];
		Place	   *p = &grid->place[next[column[site]]++];

		p->x = sites->x[site];
		p->y = sites->y[site];
		p->weight = sites->weight[site];
		p->first = sites->first[site];
		p->site = site;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(order);
	pfree(column);
	pfree(next);
}

/* Cut each column into cells, and grow the trees. */
static void
cut_cells(Grid *grid, const int32 *start)
{
	const Place *place = grid->place;
	int32	   *first = crimeml_array(int32, grid->nplaces + 1);

	grid->column = crimeml_array(int32, grid->ncolumns + 1);
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

	/* a leaf below a cell has half of LEAF_PLACES at least */
	grid->node = crimeml_array(Block, (Size) grid->ncells + 4 * (Size) grid->nplaces / LEAF_PLACES);
	grid->nnodes = grid->ncells;
	grid->joined = crimeml_array(int32, grid->ncells);
	for (int k = 0; k < grid->ncells; k++)
	{
		grid->node[k].begin = first[k];
		grid->node[k].end = first[k + 1];
		grid->joined[k] = k;
		measure_node(grid, &grid->node[k]);
		grow_tree(grid, k);
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
sweep_column(const Grid *grid, Sweep *sweep, int column)
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
sweep_cell(const Grid *grid, Sweep *sweep, int32 cell, int lowest)
{
	const Block *node = &grid->node[cell];

	sweep->n = 0;
	for (int offset = lowest; offset <= REACH; offset++)
	{
		int			column = sweep->column + offset;
		int		   *from = &sweep->from[offset + REACH];

		if (column < 0 || column >= grid->ncolumns)
			continue;
		for (int k = *from; k < grid->column[column + 1]; k++)
		{
			const Block *other = &grid->node[k];
			double		dy = gap(node->ymin, node->ymax, other->ymin, other->ymax);

			if (dy * dy > grid->reach2)
			{
				if (other->ymin > node->ymax)
					break;
				*from = k + 1;
			}
			else if (nearest2(node, other) <= grid->reach2)
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

/* The count, plus the weight within eps of p below the node; it may stop at "enough". */
static int
count_within(const Grid *grid, const Block *node, const Place *p, int count, int enough)
{
	if (farthest2_place(p, node) <= grid->reach2)
		return count + node->weight;
	if (nearest2_place(p, node) > grid->reach2)
		return count;
	if (node->child != 0)
	{
		count = count_within(grid, &grid->node[node->child], p, count, enough);
		if (count < enough)
			count = count_within(grid, &grid->node[node->child + 1], p, count, enough);
		return count;
	}
	for (const Place *q = grid->place + node->begin; q < grid->place + node->end; q++)
		count += distance2(p, q) <= grid->reach2 ? q->weight : 0;
	return count;
}

/* Mark the core points of a cell that has fewer than minpoints itself. */
static void
mark_sparse_cell(Grid *grid, Sweep *sweep, int32 cell)
{
	const Block *node = &grid->node[cell];
	int64		around = 0;

	for (int i = 0; i < sweep->n; i++)
		around += grid->node[sweep->cell[i]].weight;
	if (around < grid->minpoints)
		return;
	for (Place *p = grid->place + node->begin; p < grid->place + node->end; p++)
	{
		int			count = node->weight;
		int64		rest = around - count;

		for (int i = 0; i < sweep->n; i++)
		{
			const Block *other = &grid->node[sweep->cell[i]];

			if (sweep->cell[i] == cell)
				continue;
			if (count >= grid->minpoints || count + rest < grid->minpoints)
				break;
			rest -= other->weight;
			count = count_within(grid, other, p, count, grid->minpoints);
		}
		p->core = count >= grid->minpoints;
		CHECK_FOR_INTERRUPTS();
	}
}

static void
mark_core(Grid *grid)
{
	Sweep		sweep;

	for (int c = 0; c < grid->ncolumns; c++)
	{
		sweep_column(grid, &sweep, c);
		for (int k = grid->column[c]; k < grid->column[c + 1]; k++)
		{
			const Block *node = &grid->node[k];

			if (node->weight >= grid->minpoints)
			{
				for (int i = node->begin; i < node->end; i++)
					grid->place[i].core = true;
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
	for (int k = grid->nnodes - 1; k >= 0; k--)
	{
		Block	   *node = &grid->node[k];

		node->first_core = NO_ROW;
		if (node->child != 0)
			node->first_core = Min(grid->node[node->child].first_core,
								   grid->node[node->child + 1].first_core);
		else
			for (int i = node->begin; i < node->end; i++)
				if (grid->place[i].core)
					node->first_core = Min(node->first_core, grid->place[i].first);
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
core_within(const Grid *grid, const Block *a, const Block *b)
{
	if (a->first_core == NO_ROW || b->first_core == NO_ROW ||
		nearest2(a, b) > grid->reach2)
		return false;
	if (farthest2(a, b) <= grid->reach2)
		return true;
	CHECK_FOR_INTERRUPTS();
	if (a->child != 0 || b->child != 0)
	{
		const Block *child;

		/* halve the larger one */
		if (a->child == 0 || (b->child != 0 && b->end - b->begin > a->end - a->begin))
		{
			const Block *swap = a;

			a = b;
			b = swap;
		}
		child = &grid->node[a->child];
		return core_within(grid, child, b) || core_within(grid, child + 1, b);
	}
	for (const Place *p = grid->place + a->begin; p < grid->place + a->end; p++)
	{
		if (!p->core || nearest2_place(p, b) > grid->reach2)
			continue;
		for (const Place *q = grid->place + b->begin; q < grid->place + b->end; q++)
			if (q->core && distance2(p, q) <= grid->reach2)
				return true;
	}
	return false;
}

/* Join the cells whose core points are within eps of each other. */
static void
join_cells(Grid *grid)
{
	Sweep		sweep;

	for (int c = 0; c < grid->ncolumns; c++)
	{
		sweep_column(grid, &sweep, c);
		for (int k = grid->column[c]; k < grid->column[c + 1]; k++)
		{
			if (grid->node[k].first_core == NO_ROW)
				continue;
			sweep_cell(grid, &sweep, k, 0);
			for (int i = 0; i < sweep.n; i++)
			{
				int32		other = sweep.cell[i];
				int32		a = find_root(grid->joined, k);
				int32		b = find_root(grid->joined, other);

				if (other > k && a != b && core_within(grid, &grid->node[k], &grid->node[other]))
					grid->joined[Max(a, b)] = Min(a, b);
			}
			CHECK_FOR_INTERRUPTS();
		}
	}
}

/* The lowest row of a core point within eps of p below the node, if it is below "best". */
static int32
first_core_within(const Grid *grid, const Block *node, const Place *p, int32 best)
{
	if (node->first_core >= best || nearest2_place(p, node) > grid->reach2)
		return best;
	if (farthest2_place(p, node) <= grid->reach2)
		return node->first_core;
	if (node->child != 0)
	{
		best = first_core_within(grid, &grid->node[node->child], p, best);
		return first_core_within(grid, &grid->node[node->child + 1], p, best);
	}
	for (const Place *q = grid->place + node->begin; q < grid->place + node->end; q++)
		if (q->core && q->first < best && distance2(p, q) <= grid->reach2)
			best = q->first;
	return best;
}

/* root[site]: the cell that stands for the site's cluster, -1 for noise. */
static void
find_clusters(Grid *grid, int32 *root)
{
	Sweep		sweep;

	for (int c = 0; c < grid->ncolumns; c++)
	{
		sweep_column(grid, &sweep, c);
		for (int k = grid->column[c]; k < grid->column[c + 1]; k++)
		{
			const Block *node = &grid->node[k];
			bool		swept = false;

			for (Place *p = grid->place + node->begin; p < grid->place + node->end; p++)
			{
				int32		best = NO_ROW;

				root[p->site] = -1;
				if (p->core)
				{
					root[p->site] = find_root(grid->joined, k);
					continue;
				}
				if (!swept)
					sweep_cell(grid, &sweep, k, -REACH);
				swept = true;
				for (int i = 0; i < sweep.n; i++)
				{
					int32		row = first_core_within(grid, &grid->node[sweep.cell[i]], p, best);

					if (row < best)
						root[p->site] = find_root(grid->joined, sweep.cell[i]);
					best = row;
				}
			}
			CHECK_FOR_INTERRUPTS();
		}
	}
}

void
dbscan(const double *x, const double *y, int n, double eps, int minpoints, int32 *cluster)
{
	Grid		grid = {0};
	Sites	   *sites;
	int32	   *start;
	int32	   *root;
	int32	   *number;
	int32		nclusters = 0;

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

	root = crimeml_array(int32, sites->n);
	find_clusters(&grid, root);

	number = crimeml_array(int32, grid.ncells);
	memset(number, -1, sizeof(int32) * grid.ncells);
	for (int i = 0; i < n; i++)
	{
		int32		cell = root[sites->site_of[i]];

		if (cell >= 0 && number[cell] < 0)
			number[cell] = nclusters++;
		cluster[i] = cell < 0 ? -1 : number[cell];
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

Size
dbscan_memory(int n)
{
	Size		building = SITES_PEAK_BYTES;
	Size		working = SITES_KEPT_BYTES + sizeof(Place) + sizeof(Block) + sizeof(Block) / 8 +
		4 * sizeof(int32);

	return mul_size(n, Max(building, working));
}
