/*
 * series_rows.c
 *		Values of series, a row each, in the order in which they come and sorted.
 */
#include "model/series_rows.h"

#define FIRST_CAPACITY 1024

static inline int
compare_rows(const SeriesRow *a, const SeriesRow *b)
{
	if (a->series != b->series)
		return a->series < b->series ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

#define ST_SORT sort_rows
#define ST_ELEMENT_TYPE SeriesRow
#define ST_COMPARE(a, b) compare_rows(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#define ST_DECLARE
#include "lib/sort_template.h"

void
series_rows_init(SeriesRows *rows, MemoryContext context)
{
	rows->n = 0;
	rows->capacity = FIRST_CAPACITY;
	rows->row = crimeml_alloc_raw(context, rows->capacity, sizeof(SeriesRow));
}

void
series_rows_add(SeriesRows *rows, const char *function, TimestampTz at, double value, int32 series)
{
	if (rows->n == rows->capacity)
	{
		rows->capacity *= 2;
		/* they are copied once to be sorted */
		crimeml_check_memory(mul_size(2 * rows->capacity, sizeof(SeriesRow)), function,
							 "the number of rows");
		rows->row = crimeml_realloc(rows->row, rows->n, rows->capacity, sizeof(SeriesRow));
	}
	rows->row[rows->n++] = (SeriesRow) {at, value, series};
}

void
series_rows_sort(SeriesRow *row, int64 n)
{
	sort_rows(row, n);
}

int64
series_rows_end(const SeriesRow *row, int64 n, int64 begin)
{
	int64		end = begin;

	while (end < n && row[end].series == row[begin].series)
		end++;
	return end;
}
