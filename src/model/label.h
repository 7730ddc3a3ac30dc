/*
 * label.h
 *		The column "label" of a source, as what a model says can be compared
 *		with it.
 */
#ifndef CRIMEML_LABEL_H
#define CRIMEML_LABEL_H

#include "data/coder.h"
#include "model/rows_model.h"

typedef struct LabelReader
{
	const RowsModel *model;
	int			column;
	ValueForm	form;
	Coder		coder;			/* labels to classes, then to numbers beyond */
} LabelReader;

/* In CurrentMemoryContext; before the source is read. */
extern void label_init(LabelReader *reader, const RowsModel *model);

/* Find the column, whose type has to fit what the model predicts. */
extern void label_find(LabelReader *reader, TupleDesc desc);

/* The number that a label is; NaN is an error. */
extern double label_number(const LabelReader *reader, Datum label);

/*
 * The class of a label, as in training by its text; or a number from classes
 * on, counted up, when the model has none of that name.
 */
extern int	label_class(LabelReader *reader, Datum label);

/* Say that no row of the source has a label, where that is so. */
extern void label_tell_none(const char *function, int64 rows, int64 labelled);

#endif							/* CRIMEML_LABEL_H */
