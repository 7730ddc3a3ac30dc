/*
 * xgboost_json.h
 *		What XGBoost wrote of a model as JSON, read.
 */
#ifndef CRIMEML_XGBOOST_JSON_H
#define CRIMEML_XGBOOST_JSON_H

#include "learn/boost_import.h"

typedef struct TextList
{
	int			n;
	int			capacity;
	char	  **text;
} TextList;

/* NULL and nothing where the text does not say it. */
typedef struct XgboostModel
{
	TextList	version;
	char	   *booster;
	char	   *objective;
	char	   *base_score;
	char	   *num_class;
	char	   *num_feature;
	char	   *num_target;
	TextList	names;
	TextList	types;
	int			tree_sums;
	int			sum_capacity;
	int32	   *tree_sum;
	int			trees;
	int			tree_capacity;
	ImportedTree *tree;			/* without their sums */
} XgboostModel;

/* Read it; what is not JSON, or has trees of another make, is an error. */
extern void xgboost_read(text *json, XgboostModel *model);

/* A whole number from 0 on, or an error that names what it is. */
extern int32 xgboost_count(const char *text, const char *what);

#endif							/* CRIMEML_XGBOOST_JSON_H */
