/*
 * holidays.c
 *		The days of crimeml.holidays.
 */
#include "data/calendar.h"

#include "executor/spi.h"
#include "utils/date.h"

Holidays *
holidays_read(void)
{
	MemoryContext caller = CurrentMemoryContext;
	Holidays   *holidays = palloc0(sizeof(Holidays));

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute("SELECT day FROM crimeml.holidays WHERE pg_catalog.isfinite(day) ORDER BY day", true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read crimeml.holidays");
	holidays->n = SPI_processed;
	holidays->day = crimeml_alloc(caller, holidays->n, sizeof(int32));
	for (int i = 0; i < holidays->n; i++)
	{
		bool		isnull;

		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		holidays->day[i] = DatumGetDateADT(SPI_getbinval(SPI_tuptable->vals[i],
														 SPI_tuptable->tupdesc, 1, &isnull));
	}
	SPI_finish();
	return holidays;
}
