/*
 * series_rows.h
 *		Values of series, a row each, in the order in which they come and sorted.
 */
#ifndef CRIMEML_SERIES_ROWS_H
#define CRIMEML_SERIES_ROWS_H

#include "crimeml.h"

typedef struct SeriesRow
{
	TimestampTz at;
	double		value;			/* NaN: missing */
	int32		series;
} SeriesRow;

typedef struct SeriesRows
{
	int64		n;
	int64		capacity;
	SeriesRow  *row;
} SeriesRows;

/* Rows in the context; "function" is the SQL function that reads them. */
extern void series_rows_init(SeriesRows *rows, MemoryContext context);
extern void series_rows_add(SeriesRows *rows, const char *function, TimestampTz at,
							double value, int32 series);

/* By series, and then by time. */
extern void series_rows_sort(SeriesRow *row, int64 n);

/* Where the series of a sorted row ends. */
extern int64 series_rows_end(const SeriesRow *row, int64 n, int64 begin);

#endif							/* CRIMEML_SERIES_ROWS_H */
