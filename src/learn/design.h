/*
 * design.h
 *		The design matrix of a linear model: features as columns of numbers.
 *
 * Column 0 is the intercept's.  A number has one column, in which its mean is
 * taken away and the rest is in units of a power of two, so that no digit is lost
 * and columns are of one size; missing is the mean.  A category has a column
 * for each level but the first, 1 in the rows of that level and else 0, and
 * one for missing where rows of training lacked it.  Where they did not, a row
 * without a level that training saw gets the mean of what the levels bring.
 *
 * The numbers' columns come first.  "sequence" has the columns in the order of the
 * features, which is that in which one is found to be aliased with those before.
 */
#ifndef CRIMEML_LEARN_DESIGN_H
#define CRIMEML_LEARN_DESIGN_H

#include "learn/learn.h"

typedef struct DesignFeature
{
	bool		is_category;	/* one without levels is a number that is missing */
	int32		levels;			/* of a category */
	bool		missing;		/* rows without a level have a column */
	int			column;			/* its first; it may have none */
	int			columns;
	double		mean;			/* of a number */
	int			exponent;		/* and its unit, of which a value has */
	double		unit;			/* so many, and */
	double		shift;			/* the mean */
} DesignFeature;

typedef struct Design
{
	int			features;
	DesignFeature *feature;
	int			columns;
	int			numbers;		/* columns 1 .. numbers */
	int			categories;		/* features */
	int		   *sequence;		/* of columns, the intercept's first */
	int		   *owner;			/* the feature of each column; -1: the intercept's */
} Design;

/* Rows in the canonical order, by what is not 0 in them. */
typedef struct DesignRows
{
	const Design *design;
	int64		rows;
	double	   *number;			/* design->numbers a row */
	int32	   *column;			/* design->categories a row; -1: the first level */
	double	   *weight;			/* a row; NULL: all 1 */
	double		total_weight;
	double	   *share;			/* of a column: the weighted mean, */
	double	   *deviation;		/* and standard deviation about it */
} DesignRows;

/* The most columns, by memory_limit and by what a model may hold. */
#define DESIGN_MAX_COLUMNS 1000000

/* The design of training rows, and these; and their bytes, beforehand. */
extern Design *design_make(const LearnData *data);
extern DesignRows *design_rows(const Design *design, const LearnData *data);
extern int64 design_columns(const LearnData *data);
extern Size design_memory(const LearnData *data);

/* Place the columns of features whose kinds are set. */
extern void design_place(Design *design);

extern void design_write(const Design *design, ByteWriter *out);
extern Design *design_read(ByteReader *r, const LearnShape *shape);

/* The level of a category's column: 1 .. levels - 1, or levels for missing. */
static inline int32
design_level(const DesignFeature *feature, int column)
{
	return column - feature->column + 1;
}

/* A number as its column has it. */
static inline double
design_number(const DesignFeature *feature, double value)
{
	return isnan(value) ? 0 : value * feature->unit - feature->shift;
}

/* The column of a category's code (-1: missing): 0 is the first level's, -1 that it has none. */
static inline int
design_code_column(const DesignFeature *feature, int32 code)
{
	if (code < 0)
		return feature->missing ? feature->column + feature->levels - 1 : -1;
	return code == 0 ? 0 : feature->column + code - 1;
}

/* ----------
 * Passes over the rows
 * ----------
 */

/* eta = offset (NULL: 0) + the columns times b */
extern void design_eta(const DesignRows *rows, const double *b, const double *offset, double *eta);

/* sum = columns' sums of residuals */
extern void design_sums(const DesignRows *rows, const double *residual, double *sum);

/* The lower half of the columns' products, "columns" rows of so many; weight NULL: all 1. */
extern void design_products(const DesignRows *rows, const double *weight, double *products);

/* Row i, all columns of it. */
extern void design_dense(const DesignRows *rows, int64 i, double *row);

#endif							/* CRIMEML_LEARN_DESIGN_H */
