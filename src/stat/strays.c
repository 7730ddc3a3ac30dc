/*
 * strays.c
 *		Places far from the rest.
 */
#include "stat/strays.h"

#include <math.h>

#include "stat/order.h"

/* Far places that make a region: this part of all, and no fewer than that. */
#define REGION_SHARE 0.01
#define REGION_LEAST 10

/* A square of the plane, a reach wide, with the far places in it. */
typedef struct Square
{
	double		column;
	double		row;
	int			places;
} Square;

static inline int
compare_squares(const Square *a, const Square *b)
{
	if (a->column != b->column)
		return a->column < b->column ? -1 : 1;
	return a->row < b->row ? -1 : (a->row > b->row ? 1 : 0);
}

#define ST_SORT sort_squares
#define ST_ELEMENT_TYPE Square
#define ST_COMPARE(a, b) compare_squares(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#define ST_DECLARE
#include "lib/sort_template.h"

double
middle_distance(const Middle *middle, double x, double y)
{
	double		dx = x - middle->x;
	double		dy = y - middle->y;

	return sqrt(dx * dx + dy * dy);
}

static Square
square_of(const Middle *middle, double x, double y)
{
	Square		square = {floor((x - middle->x) / middle->reach),
	floor((y - middle->y) / middle->reach), 1};

	return square;
}

/* The square that holds it, or NULL. */
static const Square *
find_square(const Square *squares, int n, const Square *wanted)
{
	int			low = 0;
	int			high = n;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (compare_squares(&squares[middle], wanted) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && compare_squares(&squares[low], wanted) == 0 ? &squares[low] : NULL;
}

/* The far places in the square of a place and the eight about it. */
static int
places_about(const Square *squares, int n, const Square *square)
{
	int			places = 0;

	for (int i = -1; i <= 1; i++)
		for (int j = -1; j <= 1; j++)
		{
			Square		wanted = {square->column + i, square->row + j, 0};
			const Square *found = find_square(squares, n, &wanted);

			/* steps vanish beside coordinates that are large enough */
			if (found != NULL && (wanted.column != square->column || i == 0) &&
				(wanted.row != square->row || j == 0))
				places += found->places;
		}
	return places;
}

/* The squares with far places; returns how many. */
static int
collect_squares(const Middle *middle, const double *x, const double *y, int n, Square *squares)
{
	int			far = 0;
	int			distinct = 0;

	for (int i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (middle_distance(middle, x[i], y[i]) > middle->reach)
			squares[far++] = square_of(middle, x[i], y[i]);
	}
	sort_squares(squares, far);
	for (int i = 0; i < far; i++)
	{
		if (distinct > 0 && compare_squares(&squares[distinct - 1], &squares[i]) == 0)
			squares[distinct - 1].places++;
		else
			squares[distinct++] = squares[i];
	}
	return distinct;
}

/* Middle and reach of n distinct places. */
static Middle
find_middle(const double *x, const double *y, int n, double least_reach)
{
	Middle		middle;
	double	   *value = scratch_array(double, n);

	memcpy(value, x, sizeof(double) * n);
	middle.x = nth_value(value, n, n / 2);
	memcpy(value, y, sizeof(double) * n);
	middle.y = nth_value(value, n, n / 2);
	for (int i = 0; i < n; i++)
		value[i] = middle_distance(&middle, x[i], y[i]);
	middle.reach = n < STRAY_LEAST_PLACES ? INFINITY :
		Max(STRAY_SPREADS * nth_value(value, n, n / 2), least_reach);
	pfree(value);
	return middle;
}

Middle
strays_find(const double *x, const double *y, int n, double least_reach, uint8 *standing)
{
	Middle		middle = {0, 0, INFINITY};
	double	   *place_x = scratch_array(double, n);
	double	   *place_y = scratch_array(double, n);
	Square	   *squares;
	int			places = 0;
	int			nsquares;
	double		region;

	for (int i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		standing[i] = STANDING_NEAR;
		if (places > 0 && place_x[places - 1] == x[i] && place_y[places - 1] == y[i])
			continue;
		place_x[places] = x[i];
		place_y[places++] = y[i];
	}
	if (places > 0)
		middle = find_middle(place_x, place_y, places, least_reach);
	squares = scratch_array(Square, places);
	nsquares = collect_squares(&middle, place_x, place_y, places, squares);
	region = Max(REGION_SHARE * places, REGION_LEAST);
	for (int i = 0; i < n && nsquares > 0; i++)
	{
		Square		square;

		if ((i & 0x3fff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (i > 0 && x[i] == x[i - 1] && y[i] == y[i - 1])
		{
			standing[i] = standing[i - 1];
			continue;
		}
		if (middle_distance(&middle, x[i], y[i]) <= middle.reach)
			continue;
		square = square_of(&middle, x[i], y[i]);
		standing[i] = places_about(squares, nsquares, &square) >= region ?
			STANDING_APART : STANDING_STRAY;
	}
	pfree(squares);
	pfree(place_x);
	pfree(place_y);
	return middle;
}
