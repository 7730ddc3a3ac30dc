/*
 * row.h
 *		A row type flattened to leaf columns, and the values of a row.
 *
 * Fields of a composite column c are leaves named c_field; dropped columns
 * are skipped; a domain counts as its base type.  The shape is found once a
 * row type; a row then costs one heap_deform_tuple a level.
 */
#ifndef CRIMEML_ROW_H
#define CRIMEML_ROW_H

#include "data/dictionary.h"
#include "data/points.h"
#include "data/schema.h"

typedef struct RowLeaf
{
	char	   *name;			/* UTF-8 */
	Oid			type;			/* base type */
	ValueForm	form;			/* FORM_NONE: cannot be a feature */
	int			level;			/* where its value is */
	int			column;
} RowLeaf;

/* One tuple: the row itself, or a composite within it. */
typedef struct RowLevel
{
	TupleDesc	desc;
	int			parent;			/* -1: the row itself */
	int			column;			/* in its parent */
	Datum	   *values;
	bool	   *isnull;
} RowLevel;

typedef struct RowShape
{
	MemoryContext context;		/* of what follows; NULL before the first row */
	uint64		identifier;		/* of the row type; 0: of a TupleDesc */
	TupleDesc	source;			/* that TupleDesc, as the caller's pointer */
	int			skip_column;
	bool		anonymous;		/* ROW(...): names f1, f2, ... */
	int			nlevels;
	RowLevel   *level;
	int			nleaves;
	RowLeaf    *leaf;
} RowShape;

/*
 * Read a record, or columns but one (skip_column; -1 skips none): the values
 * are then in the shape's levels, until the next row.  True when the shape is
 * not that of the row before, and was made anew in a child of parent.  A
 * zeroed RowShape is one before its first row.
 */
extern bool row_read_record(RowShape *shape, MemoryContext parent,
							HeapTupleHeader record);
extern bool row_read_columns(RowShape *shape, MemoryContext parent,
							 TupleDesc desc, const Datum *values,
							 const bool *isnull, int skip_column);

static inline bool
row_value(const RowShape *shape, const RowLeaf *leaf, Datum *value)
{
	const RowLevel *level = &shape->level[leaf->level];

	*value = level->values[leaf->column];
	return !level->isnull[leaf->column];
}

/* What a kind of input is made of, and what its features are called. */
extern InputKind row_input_kind(ValueForm form);	/* 0 of FORM_NONE */
extern const char *row_kind_name(InputKind kind);
extern int	row_kind_features(InputKind kind, const char *const **suffixes);

/*
 * The numbers of a value that is no category: one, or as many as the kind has
 * features.  -0 is 0, and there is one NaN.  An infinite number is an error
 * that names the feature (UTF-8; NULL means the label); an EMPTY point or
 * infinite time is missing.
 */
extern double row_number(ValueForm form, Datum value, const char *name);
extern void row_time(InputKind kind, Datum value, const pg_tz *zone, double *out);
extern void row_point(PointReader *reader, Datum value, const char *name, double *out);

/* The one NaN. */
extern double row_missing(void);

#endif							/* CRIMEML_ROW_H */
