/*
 * boost_import.h
 *		Boosted trees that were trained elsewhere, as a payload of boost_model.h.
 *
 * Their features are numbers of single precision: a row goes to the left where
 * a value, rounded to a float, is below the threshold.
 */
#ifndef CRIMEML_BOOST_IMPORT_H
#define CRIMEML_BOOST_IMPORT_H

#include "learn/learn.h"

typedef struct ImportedNode
{
	int32		left;			/* node numbers; below 0: it is a leaf */
	int32		right;
	int32		feature;
	float		value;			/* the threshold; of a leaf, what it adds */
	float		gain;
	float		hessian;		/* of the training rows there */
	bool		missing_left;
} ImportedNode;

typedef struct ImportedTree
{
	int32		nodes;			/* node 0 is the root; some may not be in use */
	ImportedNode *node;
	int32		sum;			/* to which it adds */
	bool		negative;		/* it is taken away */
} ImportedTree;

typedef struct BoostImport
{
	LearnLink	link;
	int			sums;
	const double *base;
	int			features;
	int			trees;			/* of each sum in their order */
	const ImportedTree *tree;
} BoostImport;

/* Check the trees and append the payload to out. */
extern void boost_import(const BoostImport *import, ByteWriter *out);

/* The text is no model; detail is a sentence. */
pg_noreturn extern void boost_import_error(const char *detail);

#endif							/* CRIMEML_BOOST_IMPORT_H */
