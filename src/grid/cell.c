/*
 * cell.c
 *		The rows that functions give about cells: number, i, j, polygon.
 */
#include "grid/cell.h"

#include "catalog/pg_type.h"
#include "data/points.h"

CellMaker *
cell_maker_create(MemoryContext context, const GridShape *shape)
{
	CellMaker  *maker = MemoryContextAllocZero(context, sizeof(CellMaker));
	Oid			envelope[5] = {FLOAT8OID, FLOAT8OID, FLOAT8OID, FLOAT8OID, INT4OID};

	maker->shape = *shape;
	fmgr_info_cxt(postgis_function("st_makeenvelope", 5, envelope), &maker->makeenvelope, context);
	return maker;
}

void
cell_columns(CellMaker *maker, int64 cell, Datum *values)
{
	const GridShape *shape = &maker->shape;
	int32		i = shape->i0 + (int32) (cell % shape->columns);
	int32		j = shape->j0 + (int32) (cell / shape->columns);
	double		size = shape->cell_size;

	values[0] = Int64GetDatum(cell);
	values[1] = Int32GetDatum(i);
	values[2] = Int32GetDatum(j);
	values[3] = FunctionCall5(&maker->makeenvelope,
							  Float8GetDatum(i * size), Float8GetDatum(j * size),
							  Float8GetDatum((i + 1.0) * size), Float8GetDatum((j + 1.0) * size),
							  Int32GetDatum(shape->srid));
}

void
cell_put(CellMaker *maker, int64 cell, Rows *rows)
{
	MemoryContext old = MemoryContextSwitchTo(rows->row);
	Datum		values[4];

	cell_columns(maker, cell, values);
	MemoryContextSwitchTo(old);
	for (int i = 0; i < lengthof(values); i++)
		rows_put(rows, values[i]);
}
