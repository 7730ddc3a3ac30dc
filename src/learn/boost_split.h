/*
 * boost_split.h
 *		The best split of a node of a boosted tree, found in its histogram.
 */
#ifndef CRIMEML_BOOST_SPLIT_H
#define CRIMEML_BOOST_SPLIT_H

#include "learn/boost.h"

typedef struct BoostSplit
{
	double		gain;			/* 0: there is none */
	int			feature;
	uint16		cut;			/* of a number: the last bin on the left */
	bool		missing_left;
	bool		by_set;			/* a category; its bins are in BoostSearch.set */
	BoostCell	left;			/* the rows on the left */
} BoostSplit;

/* A level of a category that occurs in the node. */
typedef struct BoostLevel
{
	double		score;
	int32		bin;
} BoostLevel;

typedef struct BoostSearch
{
	const BoostShared *shared;
	const BoostFeature *feature;
	BoostUnits	units;			/* of the tree */
	int64		count_mask;
	double		lambda;			/* these in units of h */
	double		min_hessian;
	double		category_lambda;
	int64		group;			/* rows that a set of levels takes in at once */
	BoostLevel *level;			/* scratch: of a category's bins */
	uint32	   *set;			/* of the best split by set: the bins on the left */
} BoostSearch;

extern void boost_search_init(BoostSearch *search, const BoostShared *s);

/* Get ready for a tree. */
extern void boost_search_tree(BoostSearch *search, const BoostUnits *units);

/*
 * Find the best split of a node with that total over n features; cell is the
 * node's histogram.
 */
extern void boost_search(BoostSearch *search, const BoostCell *cell, BoostCell total,
						 const int *feature, int n, BoostSplit *best);

static inline int64
boost_rows(const BoostSearch *search, BoostCell total)
{
	return total.h & search->count_mask;
}

static inline double
boost_hessian(const BoostSearch *search, BoostCell total)
{
	return (double) (total.h >> search->units.count_bits);
}

#endif							/* CRIMEML_BOOST_SPLIT_H */
