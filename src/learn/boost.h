/*
 * boost.h
 *		Gradient boosted trees (Friedman 2001; Chen and Guestrin 2016; Ke and
 *		others 2017): what training shares between its files and its processes.
 *
 * A model has one sum a class (one in all for two classes, and for numbers), which
 * begins at its base and to which each round adds a tree.  A link makes
 * predictions of the sums.  A tree is fitted to the gradient g and the hessian
 * h of the loss by the sum: a leaf says -G / (H + lambda) for the totals of its
 * rows, cut off at max_step, times the learning rate.
 *
 *		LINK_IDENTITY	squared error			g = sum - y			h = 1
 *		LINK_LOG		Poisson deviance / 2	g = mean - y		h = mean
 *		LINK_LOGIT		log loss, two classes	g = p - y			h = p (1 - p)
 *		LINK_SOFTMAX	log loss				g = p - y			h = 2 p (1 - p)
 *
 * Training keeps what the link makes of the sums, the state, and multiplies it by
 * e^leaf, so that no exponential is taken of a row.  Gradients are rounded to
 * integers in units of a power of two.  Sums of integers are exact, so they do
 * not depend on who adds which rows, and the same rows, seed and options
 * give the same bytes with any number of workers.
 */
#ifndef CRIMEML_BOOST_H
#define CRIMEML_BOOST_H

#include "learn/bins.h"

typedef struct BoostParams
{
	int			rounds;
	int			max_leaves;
	int			max_depth;		/* 0: no limit */
	int			min_leaf;		/* rows in a leaf */
	double		min_hessian;
	double		lambda;
	double		max_step;		/* of a leaf before the learning rate; 0: any */
	double		learning_rate;
	double		sample_fraction;
	double		feature_fraction;
	int			patience;		/* rounds without gain; 0: no validation */
	uint64		seed;
} BoostParams;

typedef struct BoostFeature
{
	int32		nbins;			/* bin 0 is missing */
	bool		is_category;
	uint32		first;			/* its first cell in a histogram */
} BoostFeature;

/*
 * One flat block; a Size is the offset of an array from its start, or 0 where
 * it is not needed.  Rows stand in canonical order.
 */
typedef struct BoostShared
{
	int64		rows;
	int32		features;
	int32		sums;
	LearnLink	link;
	BoostParams params;
	bool		wide;			/* bins are uint16, else uint8 */
	uint32		cells;			/* bins of all features */
	int			exponent;		/* LINK_IDENTITY: labels are in units of 2^exponent */
	double		greatest_weight;
	int32		blocks;			/* of rows, for what is done row by row */
	int64		block_rows;

	Size		feature;		/* BoostFeature[features] */
	Size		bin;			/* [rows][features] */
	Size		label;			/* int32[rows] classes, or double[rows] */
	Size		weight;			/* double[rows] */
	Size		held;			/* bool[rows]: kept for validation */
	Size		state;			/* float[sums][rows] of LINK_SOFTMAX, else double[rows] */
	Size		block_loss;		/* double[blocks] of the rows kept */

	/* what validation found so far */
	double		held_weight;
	double		base_loss;		/* before the first round */
	double		best_loss;
	int			best_round;
	bool		stopped;
} BoostShared;

#define BOOST_ARRAY(shared, type, array) \
	((type *) ((char *) (shared) + (shared)->array))

/* Probabilities are kept within these, so that no gradient is lost for good. */
#define BOOST_LEAST_SHARE 1e-20f
#define BOOST_LEAST_P 1e-15

/* No leaf of a link that is exponential says more, either way. */
#define BOOST_GREATEST_LEAF 1e3

/* A state of LINK_LOG is within these. */
#define BOOST_LEAST_MEAN 1e-300
#define BOOST_GREATEST_MEAN 1e300

/* The gradient of a row as integers, and its total over rows.  The low bits of
 * BoostCell.h count the rows, the others add the hessians. */
typedef struct BoostGradient
{
	int32		g;
	int32		h;
} BoostGradient;

typedef struct BoostCell
{
	int64		g;
	int64		h;
} BoostCell;

/* What the integers stand for. */
typedef struct BoostUnits
{
	double		g;				/* of one of BoostGradient.g */
	double		h;
	int			count_bits;
} BoostUnits;

/* boost_loss.c */

/* Fill the state with what the link makes of the bases. */
extern void boost_state_start(BoostShared *s, const double *base, const double *offset,
							  const uint32 *order);

/* The gradients of all rows by one sum. */
extern void boost_gradients(const BoostShared *s, int sum, BoostGradient *gradient,
							BoostUnits *units);

/* G and H of rows as they are, without rounding; not of LINK_SOFTMAX. */
extern void boost_exact_total(const BoostShared *s, const uint32 *row, uint32 n,
							  double *g, double *h);

/* A leaf's value for rows. */
extern void boost_state_add(BoostShared *s, int sum, const uint32 *row, uint32 n,
							double value);

/* After a round: probabilities that add to 1, and the loss of the rows kept. */
extern void boost_settle_block(BoostShared *s, int block);

/* boost_hold.c: mark a share of the rows, in canonical order; says how many there are, and
 * whether they are the latest ones or drawn by the seed. */
extern int64 boost_hold(const LearnData *data, double share, uint64 seed, bool *held,
						bool *by_time);

/* boost_grow.c */
typedef struct BoostGrow BoostGrow;

extern BoostGrow *boost_grow_create(const BoostShared *s);

/* Grow the tree of a sum in a round, add it to the state, and append its packed
 * form to out.  importance takes what each feature gained. */
extern void boost_grow_tree(BoostGrow *grow, BoostShared *s, int round, int sum,
							ByteWriter *out, double *importance);

/* Bytes that growing takes in a process. */
extern Size boost_grow_memory(const BoostShared *s);

#endif							/* CRIMEML_BOOST_H */
