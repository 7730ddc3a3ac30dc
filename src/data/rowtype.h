/*
 * rowtype.h
 *		A row type flattened to leaf columns, and the values of a row.
 *
 * Fields of a composite column c are leaves named c_field; dropped columns
 * are skipped; a domain counts as its base type.  The shape is found once a
 * row type; a row then costs one heap_deform_tuple a level.
 */
#ifndef CRIMEML_ROWTYPE_H
#define CRIMEML_ROWTYPE_H

#include "data/kinds.h"
#include "learn/learn.h"

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
	bool		anonymous;		/* ROW(...): names f1, f2, ... */
	int			nlevels;
	RowLevel   *level;
	int			nleaves;
	RowLeaf    *leaf;
} RowShape;

/*
 * Read a record, or columns: the values are then in the shape's levels, until
 * the next row.  True when the shape is not that of the row before, and was made
 * anew in a child of parent.  A zeroed RowShape is one before its first row.
 */
extern bool row_read_record(RowShape *shape, MemoryContext parent,
							HeapTupleHeader record);
extern bool row_read_columns(RowShape *shape, MemoryContext parent,
							 TupleDesc desc, const Datum *values,
							 const bool *isnull);

static inline bool
row_value(const RowShape *shape, const RowLeaf *leaf, Datum *value)
{
	const RowLevel *level = &shape->level[leaf->level];

	*value = level->values[leaf->column];
	return !level->isnull[leaf->column];
}

#endif							/* CRIMEML_ROWTYPE_H */
