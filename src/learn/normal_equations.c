/*
 * normal_equations.c
 *		The triangle of a weighted design: from its columns' products, or from its
 *		rows.
 */
#include "learn/normal_equations.h"

#include <math.h>

#include "stat/vectors.h"

/*
 * A column of whose square less than this is its own makes the rows be looked at:
 * what is left of the products is right to 1e-10 above.
 */
#define SUSPECT 1e-6

/* What of its length must be a column's own. */
#define ALIASED 1e-7

#define BLOCK_ROWS 256

void
normal_begin(NormalEquations *e, const DesignRows *rows, const double *penalty)
{
	Size		p = rows->design->columns;

	e->rows = rows;
	e->penalty = penalty;
	e->tried = p;
	e->column = crimeml_array(int, p);
	memcpy(e->column, rows->design->sequence, sizeof(int) * p);
	e->products = scratch_array(double, mul_size(p, p));
	e->triangle.column = crimeml_array(int, p);
	e->triangle.lower = scratch_array(double, mul_size(p, p));
	e->triangle.stride = p;
}

Size
normal_memory(int64 columns)
{
	/* the block of rows is there only for a while */
	return mul_size(mul_size(columns, sizeof(double)), add_size(mul_size(columns, 4), BLOCK_ROWS));
}

/* ----------
 * From the products
 * ----------
 */

static double
product_of(const NormalEquations *e, int a, int b)
{
	Size		p = e->rows->design->columns;

	return a > b ? e->products[a * p + b] : e->products[b * p + a];
}

/* Cholesky's factor; false where a column may be aliased. */
static bool
factor_products(NormalEquations *e)
{
	Triangle   *t = &e->triangle;

	for (int i = 0; i < e->tried; i++)
	{
		double	   *row = t->lower + i * t->stride;
		double		whole;
		double		left;

		for (int j = 0; j < i; j++)
		{
			if (j % 1024 == 0)
				CHECK_FOR_INTERRUPTS();
			row[j] = (product_of(e, e->column[i], e->column[j]) -
					  vector_product(row, t->lower + j * t->stride, j)) / t->lower[j * t->stride + j];
		}
		whole = product_of(e, e->column[i], e->column[i]);
		if (e->penalty != NULL)
			whole += e->penalty[e->column[i]];
		left = whole - vector_product(row, row, i);
		if (!(left > SUSPECT * whole))
			return false;
		row[i] = sqrt(left);
		t->column[i] = e->column[i];
	}
	t->rank = e->tried;
	return true;
}

/* ----------
 * From the rows
 * ----------
 */

/*
 * Reflect column j of a matrix, n rows a column, from row j and then from "from"
 * on, so that below j it is 0; and with it the columns after it, up to "columns".
 */
static void
reflect(double *matrix, Size n, int j, Size from, Size to, int columns)
{
	double	   *v = matrix + j * n;
	double		square = vector_product(v + from, v + from, to - from);
	double		length;
	double		head;

	if (square == 0)
		return;
	length = sqrt(v[j] * v[j] + square);
	head = v[j] > 0 ? v[j] + length : v[j] - length;
	square += head * head;
	for (int k = j + 1; k < columns; k++)
	{
		double	   *column = matrix + k * n;
		double		times = 2 * (head * column[j] + vector_product(v + from, column + from, to - from)) / square;

		if ((k - j) % 256 == 0)
			CHECK_FOR_INTERRUPTS();
		column[j] -= times * head;
		vector_add(column + from, v + from, -times, to - from);
	}
	v[j] = v[j] > 0 ? -length : length;
	memset(v + from, 0, sizeof(double) * (to - from));
}

/* The triangle of all tried columns: over it blocks of rows are laid, and reflected into it. */
static double *
triangle_of_rows(const NormalEquations *e, const double *weight)
{
	const DesignRows *rows = e->rows;
	int			p = e->tried;
	Size		n = p + BLOCK_ROWS;
	double	   *matrix = crimeml_array(double, mul_size(p, n));
	double	   *row = crimeml_array(double, rows->design->columns);
	int			filled = 0;

	/* a penalty is a row of its own */
	for (int j = 0; e->penalty != NULL && j < p; j++)
		matrix[j * n + j] = sqrt(e->penalty[e->column[j]]);
	for (int64 i = 0; i < rows->rows; i++)
	{
		double		root = weight ? sqrt(weight[i]) : 1;

		design_dense(rows, i, row);
		for (int j = 0; j < p; j++)
			matrix[j * n + p + filled] = root * row[e->column[j]];
		if (++filled < BLOCK_ROWS && i + 1 < rows->rows)
			continue;
		for (int j = 0; j < p; j++)
		{
			CHECK_FOR_INTERRUPTS();
			reflect(matrix, n, j, p, p + filled, p);
		}
		filled = 0;
	}
	pfree(row);
	return matrix;
}

/* The triangle of those columns that are not aliased with columns before them. */
static void
factor_rows(NormalEquations *e, const double *weight)
{
	Triangle   *t = &e->triangle;
	int			p = e->tried;
	Size		n = p + BLOCK_ROWS;
	double	   *matrix = triangle_of_rows(e, weight);
	int			rank = 0;

	/* columns move to the front as they are found to be of their own */
	for (int j = 0; j < p; j++)
	{
		double	   *column = matrix + j * n;
		double		own;

		CHECK_FOR_INTERRUPTS();
		own = sqrt(vector_product(column + rank, column + rank, p - rank));
		if (own == 0 || (!e->settled && !(own > ALIASED * sqrt(vector_product(column, column, p)))))
			continue;
		if (rank < j)
		{
			/* the place of an aliased one, whose reflections are not needed any more */
			memcpy(matrix + rank * n, column, sizeof(double) * p);
			for (int k = rank + 1; k <= j; k++)
				memset(matrix + k * n, 0, sizeof(double) * p);
		}
		reflect(matrix, n, rank, rank + 1, p, p);
		t->column[rank++] = e->column[j];
	}
	for (int i = 0; i < rank; i++)
		for (int j = 0; j <= i; j++)
			t->lower[i * t->stride + j] = matrix[i * n + j];
	t->rank = e->tried = rank;
	memcpy(e->column, t->column, sizeof(int) * rank);
	pfree(matrix);
}

void
normal_factor(NormalEquations *e, const double *weight)
{
	design_products(e->rows, weight, e->products);
	if (!factor_products(e))
		factor_rows(e, weight);
	e->settled = true;
}

/* ----------
 * Solutions
 * ----------
 */

/* x = R'^-1 x, whose first elements are 0 */
static void
forward(const Triangle *t, double *x, int first)
{
	for (int i = first; i < t->rank; i++)
		x[i] = (x[i] - vector_product(t->lower + i * t->stride + first, x + first, i - first)) /
			t->lower[i * t->stride + i];
}

void
normal_solve(const NormalEquations *e, const double *sum, double *step)
{
	const Triangle *t = &e->triangle;
	double	   *x = crimeml_array(double, Max(t->rank, 1));

	for (int i = 0; i < t->rank; i++)
		x[i] = sum[t->column[i]];
	forward(t, x, 0);
	for (int i = t->rank - 1; i >= 0; i--)
	{
		x[i] /= t->lower[i * t->stride + i];
		vector_add(x, t->lower + i * t->stride, -x[i], i);
	}
	memset(step, 0, sizeof(double) * e->rows->design->columns);
	for (int i = 0; i < t->rank; i++)
		step[t->column[i]] = x[i];
	pfree(x);
}

void
normal_spread(const NormalEquations *e, const double *x, int n, double *columns)
{
	const Triangle *t = &e->triangle;
	Size		width = sizeof(double) * n;

	memset(columns, 0, width * e->rows->design->columns);
	for (int i = 0; i < t->rank; i++)
		memcpy(columns + (Size) t->column[i] * n, x + (Size) i * n, width);
	for (int i = t->rank - 1; i >= 0; i--)
	{
		const double *lower = t->lower + i * t->stride;
		double	   *at = columns + (Size) t->column[i] * n;

		if (i % 64 == 0)
			CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < n; k++)
			at[k] /= lower[i];
		for (int j = 0; j < i; j++)
			vector_add(columns + (Size) t->column[j] * n, at, -lower[j], n);
	}
}

void
normal_gather(const NormalEquations *e, const double *columns, int n, double *x)
{
	const Triangle *t = &e->triangle;

	for (int i = 0; i < t->rank; i++)
	{
		const double *lower = t->lower + i * t->stride;
		double	   *at = x + (Size) i * n;

		if (i % 64 == 0)
			CHECK_FOR_INTERRUPTS();
		memcpy(at, columns + (Size) t->column[i] * n, sizeof(double) * n);
		for (int j = 0; j < i; j++)
			vector_add(at, x + (Size) j * n, -lower[j], n);
		for (int k = 0; k < n; k++)
			at[k] /= lower[i];
	}
}

void
normal_variances(const NormalEquations *e, double *variance)
{
	const Triangle *t = &e->triangle;
	double	   *x = crimeml_array(double, Max(t->rank, 1));

	for (int c = 0; c < e->rows->design->columns; c++)
		variance[c] = NAN;
	for (int i = 0; i < t->rank; i++)
	{
		CHECK_FOR_INTERRUPTS();
		memset(x, 0, sizeof(double) * t->rank);
		x[i] = 1;
		forward(t, x, i);
		variance[t->column[i]] = vector_product(x + i, x + i, t->rank - i);
	}
	pfree(x);
}

double
normal_variance_of(const NormalEquations *e, const double *times)
{
	const Triangle *t = &e->triangle;
	double	   *x = crimeml_array(double, Max(t->rank, 1));
	double		variance;

	for (int i = 0; i < t->rank; i++)
		x[i] = times[t->column[i]];
	forward(t, x, 0);
	variance = vector_product(x, x, t->rank);
	pfree(x);
	return variance;
}
