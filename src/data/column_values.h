/*
 * column_values.h
 *		The value of a column from the fields of a record.
 */
#ifndef CRIMEML_COLUMN_VALUES_H
#define CRIMEML_COLUMN_VALUES_H

#include "data/columns.h"

extern bool csv_is_null(const CsvNulls *nulls, const char *field);

/* The fields that are there, joined with a blank; NULL when none is. */
extern const char *column_text(const ColumnSpec *spec, const CsvNulls *nulls,
							   const char *text, const int *starts);

/*
 * The value of a column from the fields of a record; false when it is NULL.
 * An error when the text cannot be read.
 */
extern bool column_value(Column *column, const CsvNulls *nulls, const char *text,
						 const int *starts, Datum *value);

/* What is odd about the values, by NOTICE, after the last one. */
extern void columns_tell(Column *columns, int n);

#endif							/* CRIMEML_COLUMN_VALUES_H */
