/*
 * contour.c
 *		Lines of equal value and the bands between them, by marching squares.
 *
 * A band's boundary is a graph of directed segments with the band on their
 * left: chords through squares, and pieces of the domain's own edge.  Nodes
 * are crossings of sides and, on the domain's edge, centres; each has one
 * segment in and one out, so that rings follow by walking.  Two squares of the
 * domain that meet in a centre only make two nodes of it; a ring that passes
 * both is cut there into two.
 *
 * On each side the band is one interval.  Those that meet in a square are of
 * one part of the band, which union-find collects: it tells whose hole a ring
 * is.
 */
#include "grid/contour.h"

#include <math.h>

#include "utils/hsearch.h"

/* Crossings lie that far, in cells, off where they should be. */
#define NUDGE 1e-6
/* A ring whose area is below this times its length, in cells, is left out. */
#define THIN 1e-4

#define NONE PG_UINT32_MAX

/* Nodes of a centre, the side to its east and the side to its north. */
enum
{
	NODE_CENTER,
	NODE_EAST_LOW,
	NODE_EAST_HIGH,
	NODE_NORTH_LOW,
	NODE_NORTH_HIGH,
	NODE_CENTER_NORTH,			/* of the upper of two squares that meet there */
	NODES
};

struct Contour
{
	const GridShape *shape;
	const double *value;
	const double *level;
	int			levels;
	bool	   *square;			/* by its south-west centre: in the domain? */
	bool		holes;			/* is there a centre without data? */
	uint32	   *next;			/* by node; NONE: nothing begins there */
	uint32	   *up;				/* union-find over sides: east, north */

	/* of the band at hand */
	int			low;			/* its levels; -1 and "levels" are open ends */
	int			high;
	uint32	   *start;			/* nodes where open lines begin */
	Size		starts;
	Size		start_capacity;
};

typedef enum ItemKind
{
	ITEM_CENTER,
	ITEM_ENTER,					/* the band begins there, counterclockwise */
	ITEM_EXIT
} ItemKind;

/* What is met on the way around a square. */
typedef struct SideItem
{
	ItemKind	kind;
	bool		upper;			/* a crossing of the upper level */
	int			side;			/* that it lies on or begins */
	uint32		node;
} SideItem;

#define MAX_ITEMS 12

Size
contour_memory(const GridShape *shape)
{
	return mul_size(shape_cells(shape), (NODES + 2) * sizeof(uint32) + sizeof(bool));
}

Contour *
contour_create(const GridShape *shape, const double *value, const double *level, int levels)
{
	Contour    *contour = palloc0(sizeof(Contour));
	int64		cells = shape_cells(shape);
	int			columns = shape->columns;

	contour->shape = shape;
	contour->value = value;
	contour->level = level;
	contour->levels = levels;
	contour->square = crimeml_array(bool, cells);
	contour->next = crimeml_array(uint32, mul_size(cells, NODES));
	contour->up = crimeml_array(uint32, mul_size(cells, 2));
	for (int64 i = 0; i < cells * NODES; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		contour->next[i] = NONE;
	}
	for (int r = 0; r + 1 < shape->rows; r++)
	{
		const double *v = value + (Size) r * columns;
		bool	   *square = contour->square + (Size) r * columns;

		for (int c = 0; c + 1 < columns; c++)
		{
			if ((c & 0xffff) == 0)
				CHECK_FOR_INTERRUPTS();
			square[c] = !isnan(v[c] + v[c + 1]) && !isnan(v[columns + c] + v[columns + c + 1]);
			contour->holes |= !square[c];
		}
	}
	return contour;
}

/* Is the square in the domain?  It may lie off the grid. */
static inline bool
in_domain(const Contour *contour, int column, int row)
{
	return column >= 0 && row >= 0 &&
		column < contour->shape->columns - 1 && row < contour->shape->rows - 1 &&
		contour->square[(Size) row * contour->shape->columns + column];
}

/* Below the band, in it, above it. */
static inline int
state_of(const Contour *contour, double value)
{
	if (contour->low >= 0 && value < contour->level[contour->low])
		return 0;
	return contour->high < contour->levels && value >= contour->level[contour->high] ? 2 : 1;
}

static uint32
find(uint32 *up, uint32 side)
{
	while (up[side] != side)
	{
		up[side] = up[up[side]];
		side = up[side];
	}
	return side;
}

static inline void
unite(uint32 *up, uint32 a, uint32 b)
{
	a = find(up, a);
	b = find(up, b);
	if (a < b)
		up[b] = a;
	else
		up[a] = b;
}

/* The node of a square's corner (0 to 3, from the south-west). */
static uint32
center_node(const Contour *contour, int column, int row, int corner)
{
	int			c = column + (corner == 1 || corner == 2);
	int			r = row + (corner >= 2);
	uint32		node = ((uint32) r * contour->shape->columns + c) * NODES;
	bool		north_east;
	bool		south_west;
	bool		north_west;
	bool		south_east;

	if (!contour->holes)
		return node;
	north_east = in_domain(contour, c, r);
	south_west = in_domain(contour, c - 1, r - 1);
	north_west = in_domain(contour, c - 1, r);
	south_east = in_domain(contour, c, r - 1);
	if (corner < 2 && north_east == south_west && north_west == south_east &&
		north_east != north_west)
		return node + NODE_CENTER_NORTH;
	return node;
}

/* The items around a square, counterclockwise from the south-west. */
static int
collect_items(const Contour *contour, int column, int row, const int *state, SideItem *item)
{
	uint32		west = (uint32) row * contour->shape->columns + column;
	uint32		north = west + contour->shape->columns;
	uint32		side_node[4] = {
		west * NODES + NODE_EAST_LOW, (west + 1) * NODES + NODE_NORTH_LOW,
		north * NODES + NODE_EAST_LOW, west * NODES + NODE_NORTH_LOW
	};
	int			n = 0;

	for (int side = 0; side < 4; side++)
	{
		int			from = state[side];
		int			to = state[(side + 1) & 3];

		if (from == 1)
			item[n++] = (SideItem) {ITEM_CENTER, false, side, center_node(contour, column, row, side)};
		if (from == 0 && to > 0)
			item[n++] = (SideItem) {ITEM_ENTER, false, side, side_node[side]};
		if (from < 2 && to == 2)
			item[n++] = (SideItem) {ITEM_EXIT, true, side, side_node[side] + 1};
		if (from == 2 && to < 2)
			item[n++] = (SideItem) {ITEM_ENTER, true, side, side_node[side] + 1};
		if (from > 0 && to == 0)
			item[n++] = (SideItem) {ITEM_EXIT, false, side, side_node[side]};
	}
	return n;
}

/* The entry that the chord from an exit leads to. */
static int
chord_end(const SideItem *item, int n, int exit, int step)
{
	int			i = exit;

	do
		i = (i + step + n) % n;
	while (item[i].kind != ITEM_ENTER || item[i].upper != item[exit].upper);
	return i;
}

/* A node where an open line begins. */
static void
add_start(Contour *contour, uint32 node)
{
	if (contour->starts == contour->start_capacity)
	{
		contour->start_capacity = Max(2 * contour->start_capacity, 256);
		contour->start = contour->start == NULL ?
			crimeml_array(uint32, contour->start_capacity) :
			crimeml_realloc(contour->start, contour->starts, contour->start_capacity, sizeof(uint32));
	}
	contour->start[contour->starts++] = node;
}

/*
 * The segments of one square.  Of lines there are the chords only; of bands
 * also the pieces of its sides that are the domain's edge.
 */
static void
march(Contour *contour, int column, int row, bool lines)
{
	static const int beside[4][2] = {{0, -1}, {1, 0}, {0, 1}, {-1, 0}};
	int			columns = contour->shape->columns;
	Size		west = (Size) row * columns + column;
	const double *v = contour->value + west;
	double		corner[4] = {v[0], v[1], v[columns + 1], v[columns]};
	uint32		side[4] = {2 * west, 2 * (west + 1) + 1, 2 * (west + columns), 2 * west + 1};
	int			state[4];
	SideItem		item[MAX_ITEMS];
	int			n;
	double		mean;
	bool		edge[4];

	for (int i = 0; i < 4; i++)
		state[i] = state_of(contour, corner[i]);
	if (state[0] == state[1] && state[1] == state[2] && state[2] == state[3] &&
		(lines || state[0] != 1))
		return;
	for (int i = 0; i < 4; i++)
		edge[i] = !in_domain(contour, column + beside[i][0], row + beside[i][1]);

	n = collect_items(contour, column, row, state, item);
	mean = corner[0] / 4 + corner[1] / 4 + corner[2] / 4 + corner[3] / 4;
	for (int i = 0; i < n; i++)
	{
		if (item[i].kind == ITEM_EXIT)
		{
			/* are the corners at or above the level joined? */
			bool		joined = mean >= contour->level[item[i].upper ? contour->high : contour->low];
			int			end = chord_end(item, n, i, joined != item[i].upper ? 1 : -1);

			contour->next[item[i].node] = item[end].node;
			if (!lines)
				unite(contour->up, side[item[i].side], side[item[end].side]);
			else if (edge[item[i].side])
				add_start(contour, item[i].node);
			continue;
		}
		if (lines)
			continue;
		if (item[i].kind == ITEM_CENTER)
			unite(contour->up, side[item[i].side], side[(item[i].side + 3) & 3]);
		if (edge[item[i].side])
			contour->next[item[i].node] = item[(i + 1) % n].node;
	}
}

/* All segments of the band between two levels. */
static void
march_all(Contour *contour, int low, int high, bool lines)
{
	const GridShape *shape = contour->shape;

	contour->low = low;
	contour->high = high;
	contour->start = NULL;
	contour->starts = 0;
	contour->start_capacity = 0;
	if (!lines)
	{
		for (uint32 i = 0; i < 2 * shape_cells(shape); i++)
		{
			if ((i & 0xffff) == 0)
				CHECK_FOR_INTERRUPTS();
			contour->up[i] = i;
		}
	}
	for (int r = 0; r + 1 < shape->rows; r++)
	{
		for (int c = 0; c + 1 < shape->columns; c++)
		{
			if ((c & 0xffff) == 0)
				CHECK_FOR_INTERRUPTS();
			if (contour->square[(Size) r * shape->columns + c])
				march(contour, c, r, lines);
		}
	}
}

/* ----------
 * Walking the segments
 * ----------
 */

typedef struct Walk
{
	Contour    *contour;
	ContourLines *lines;
	Size		point_capacity;
	Size		line_capacity;
	uint32	   *node;			/* of the line at hand */
	int64		n;
	Size		capacity;
	HTAB	   *seen;			/* centres on the line, where they can repeat */
} Walk;

/* Where a centre stands on the line. */
typedef struct SeenCenter
{
	uint32		cell;
	int64		position;
} SeenCenter;

/* Where a node lies, in cells from the south-west centre. */
static void
node_position(const Contour *contour, uint32 node, double *x, double *y)
{
	uint32		cell = node / NODES;
	int			kind = node % NODES;
	int			columns = contour->shape->columns;
	bool		north = kind == NODE_NORTH_LOW || kind == NODE_NORTH_HIGH;
	bool		upper = kind == NODE_EAST_HIGH || kind == NODE_NORTH_HIGH;
	int			k = upper ? contour->high : contour->low;
	double		a;
	double		b;
	double		t;

	*x = cell % columns;
	*y = cell / columns;
	if (kind == NODE_CENTER || kind == NODE_CENTER_NORTH)
		return;
	a = contour->value[cell];
	b = contour->value[cell + (north ? columns : 1)];
	/* from the lower end; in halves where the difference is beyond all doubles */
	if (isinf(b - a))
		t = (contour->level[k] / 2 - Min(a, b) / 2) / fabs(b / 2 - a / 2);
	else
		t = (contour->level[k] - Min(a, b)) / fabs(b - a);
	t = (1 - NUDGE) * t + NUDGE * (k + 1.0) / (contour->levels + 1);
	if (b < a)
		t = 1 - t;
	if (north)
		*y += t;
	else
		*x += t;
}

/* The side that a segment lies on, or one of the sides that it joins. */
static uint32
segment_side(const Contour *contour, uint32 from, uint32 to)
{
	uint32		nodes[2] = {from, to};
	uint32		a = from / NODES;
	uint32		b = to / NODES;

	for (int i = 0; i < 2; i++)
	{
		switch (nodes[i] % NODES)
		{
			case NODE_EAST_LOW:
			case NODE_EAST_HIGH:
				return nodes[i] / NODES * 2;
			case NODE_NORTH_LOW:
			case NODE_NORTH_HIGH:
				return nodes[i] / NODES * 2 + 1;
		}
	}
	return 2 * Min(a, b) + (Max(a, b) - Min(a, b) != 1);
}

/* Is a ring of one level next to nothing? */
static bool
is_thin(const Walk *walk, const uint32 *node, int64 n, double area)
{
	double		length = 0;
	double		x;
	double		y;
	double		last_x;
	double		last_y;
	int			upper = -1;

	node_position(walk->contour, node[n - 1], &last_x, &last_y);
	for (int64 i = 0; i < n; i++)
	{
		int			kind = node[i] % NODES;

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (kind == NODE_CENTER || kind == NODE_CENTER_NORTH ||
			(upper >= 0 && upper != (kind == NODE_EAST_HIGH || kind == NODE_NORTH_HIGH)))
			return false;
		upper = kind == NODE_EAST_HIGH || kind == NODE_NORTH_HIGH;
		node_position(walk->contour, node[i], &x, &y);
		length += hypot(x - last_x, y - last_y);
		last_x = x;
		last_y = y;
	}
	return fabs(area) < THIN * length;
}

/* Twice the signed area, in cells. */
static double
ring_area(const Walk *walk, const uint32 *node, int64 n)
{
	double		first_x;
	double		first_y;
	double		last_x = 0;
	double		last_y = 0;
	double		sum = 0;

	node_position(walk->contour, node[0], &first_x, &first_y);
	for (int64 i = 1; i < n; i++)
	{
		double		x;
		double		y;

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		node_position(walk->contour, node[i], &x, &y);
		x -= first_x;
		y -= first_y;
		sum += last_x * y - x * last_y;
		last_x = x;
		last_y = y;
	}
	return sum / 2;
}

/* Keep a line of n nodes. */
static void
keep_line(Walk *walk, const uint32 *node, int64 n, bool closed)
{
	Contour    *contour = walk->contour;
	ContourLines *lines = walk->lines;
	const GridShape *shape = contour->shape;
	double		west = shape_center_x(shape, 0);
	double		south = shape_center_y(shape, 0);
	double		area = 0;
	ContourLine *line;

	if (closed)
	{
		area = ring_area(walk, node, n);
		if (is_thin(walk, node, n, area))
			return;
	}
	if (lines->n == walk->line_capacity)
	{
		walk->line_capacity = Max(2 * walk->line_capacity, 64);
		lines->line = lines->line == NULL ?
			crimeml_array(ContourLine, walk->line_capacity) :
			crimeml_realloc(lines->line, lines->n, walk->line_capacity, sizeof(ContourLine));
	}
	if (lines->points + n + 1 > walk->point_capacity)
	{
		walk->point_capacity = Max(2 * walk->point_capacity, lines->points + n + 1);
		lines->xy = lines->xy == NULL ?
			crimeml_array(double, mul_size(walk->point_capacity, 2)) :
			crimeml_realloc(lines->xy, lines->points, walk->point_capacity, 2 * sizeof(double));
	}
	line = &lines->line[lines->n++];
	line->first = lines->points;
	line->n = n + closed;
	line->hole = area < 0;
	line->part = closed ? find(contour->up, segment_side(contour, node[0], node[1])) : 0;
	for (int64 i = 0; i < line->n; i++)
	{
		double	   *xy = lines->xy + 2 * lines->points++;

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		node_position(contour, node[i % n], &xy[0], &xy[1]);
		xy[0] = west + xy[0] * shape->cell_size;
		xy[1] = south + xy[1] * shape->cell_size;
	}
}

static inline bool
is_center(uint32 node)
{
	return node % NODES == NODE_CENTER || node % NODES == NODE_CENTER_NORTH;
}

/*
 * Add a node to the line at hand.  Where a centre comes again, what lies
 * between is a ring of its own.
 */
static void
add_node(Walk *walk, uint32 node)
{
	if (walk->n == walk->capacity)
	{
		walk->capacity = Max(2 * walk->capacity, 1024);
		walk->node = walk->node == NULL ? crimeml_array(uint32, walk->capacity) :
			crimeml_realloc(walk->node, walk->n, walk->capacity, sizeof(uint32));
	}
	if (walk->seen != NULL && is_center(node))
	{
		uint32		cell = node / NODES;
		bool		found;
		SeenCenter *seen = hash_search(walk->seen, &cell, HASH_ENTER, &found);

		if (found)
		{
			int64		position = seen->position;

			keep_line(walk, walk->node + position, walk->n - position, true);
			for (int64 i = position + 1; i < walk->n; i++)
			{
				if ((i & 0xffff) == 0)
					CHECK_FOR_INTERRUPTS();
				cell = walk->node[i] / NODES;
				if (is_center(walk->node[i]))
					hash_search(walk->seen, &cell, HASH_REMOVE, NULL);
			}
			walk->n = position;
		}
		else
			seen->position = walk->n;
	}
	walk->node[walk->n++] = node;
}

/* The line that begins at a node; its segments are used up. */
static void
walk_line(Walk *walk, uint32 start)
{
	uint32	   *next = walk->contour->next;
	uint32		node = start;
	bool		closed;

	CHECK_FOR_INTERRUPTS();
	walk->n = 0;
	do
	{
		uint32		to = next[node];

		if ((walk->n & 0xffff) == 0xffff)
			CHECK_FOR_INTERRUPTS();
		add_node(walk, node);
		next[node] = NONE;
		node = to;
	} while (node != start && next[node] != NONE);
	closed = node == start;
	if (!closed)
		add_node(walk, node);
	keep_line(walk, walk->node, walk->n, closed);
	if (walk->seen != NULL)
	{
		for (int64 i = 0; i < walk->n; i++)
		{
			uint32		cell = walk->node[i] / NODES;

			if ((i & 0xffff) == 0)
				CHECK_FOR_INTERRUPTS();
			if (is_center(walk->node[i]))
				hash_search(walk->seen, &cell, HASH_REMOVE, NULL);
		}
	}
}

/* All lines: the open ones first, then rings. */
static ContourLines *
walk_all(Contour *contour)
{
	Walk		walk = {0};
	int64		nodes = shape_cells(contour->shape) * NODES;

	walk.contour = contour;
	walk.lines = palloc0(sizeof(ContourLines));
	if (contour->holes)
	{
		HASHCTL		ctl = {.keysize = sizeof(uint32),.entrysize = sizeof(SeenCenter),
		.hcxt = CurrentMemoryContext};

		walk.seen = hash_create("crimeml centres", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	for (Size i = 0; i < contour->starts; i++)
		walk_line(&walk, contour->start[i]);
	for (int64 i = 0; i < nodes; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (contour->next[i] != NONE)
			walk_line(&walk, (uint32) i);
	}
	if (walk.seen != NULL)
		hash_destroy(walk.seen);
	return walk.lines;
}

ContourLines *
contour_lines(Contour *contour, int k)
{
	march_all(contour, k, contour->levels, true);
	return walk_all(contour);
}

/* By part, the shell first, then as they came. */
static inline int
compare_lines(const ContourLine *a, const ContourLine *b)
{
	if (a->part != b->part)
		return a->part < b->part ? -1 : 1;
	if (a->hole != b->hole)
		return a->hole ? 1 : -1;
	return a->first < b->first ? -1 : a->first > b->first;
}

#define ST_SORT sort_lines
#define ST_ELEMENT_TYPE ContourLine
#define ST_COMPARE(a, b) compare_lines(a, b)
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

ContourLines *
contour_band(Contour *contour, int k)
{
	ContourLines *lines;

	march_all(contour, k - 1, k, false);
	lines = walk_all(contour);
	if (lines->n > 0)
		sort_lines(lines->line, lines->n);
	for (int64 i = 0; i < lines->n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		lines->parts += i == 0 || lines->line[i].part != lines->line[i - 1].part;
	}
	return lines;
}
