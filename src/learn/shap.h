/*
 * shap.h
 *		Shapley values of what trees say of a row: path-dependent TreeSHAP
 *		(Lundberg and others 2020), by quadrature.
 *
 * A player is a feature, or several that are known together or not at all, as
 * the x and y of a point.  A tree that knows only some players of a row says what
 * is expected of the training rows that are not told apart by them: where a
 * node splits by an unknown player both children count, by the weight of their
 * training rows.  The Shapley value of a player is its share in the difference
 * between knowing all and knowing none.
 *
 * In a leaf of value v, o_j is 1 where the row meets all splits of player j on
 * the way from the root, else 0, and z_j is the product of the shares of weight
 * that these splits send that way.  The leaf then gives player i
 *
 *		v (o_i - z_i) integral from 0 to 1 of prod_{j != i} (t o_j + (1 - t) z_j) dt
 *
 * A polynomial of a degree below the number of players on the way, which half as
 * many points of Gauss and Legendre integrate exactly.  It is summed over all
 * leaves in one pass over the tree, from the leaves up.
 */
#ifndef CRIMEML_SHAP_H
#define CRIMEML_SHAP_H

#include "learn/decoded_trees.h"
#include "learn/learn.h"

typedef struct Shap Shap;

/* A tree in a store. */
typedef struct ShapTree
{
	uint32		root;			/* its place in the store */
	uint32		end;			/* and the place behind its last node */
	int			output;			/* what it adds to; -1: to all classes */
	double		scale;			/* times what its leaves say */
	double		smoothing;		/* of classes: the rows that each leaf borrows */
	uint32		first_pool;		/* and from which pools, see pools.h */
	uint32		pools;
} ShapTree;

/*
 * Trees in a form that is walked to explain, in CurrentMemoryContext; the store
 * lives as long.  outputs is how many numbers the trees give: the classes, or 1.
 * lower is what makes it smaller, for messages.
 */
extern Shap *shap_create(const DecodedTrees *store, const ShapTree *tree, int trees, int outputs,
						 const char *lower);

/*
 * Explain a row, given as two bins a feature (see TreeNode): for the output, or
 * with -1 for all one after another, result takes a number a player, and one more
 * that is expected when nothing is known.  These add up to what the trees say.
 * Returned is the largest sum that the leaves of the trees could give.
 */
extern double shap_explain(Shap *shap, const uint16 *bin, const LearnPlayers *players,
						   int output, double *result);

#endif							/* CRIMEML_SHAP_H */
