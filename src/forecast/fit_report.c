/*
 * fit_report.c
 *		What was fitted to a series, in words and numbers.
 */
#include "forecast/forecaster.h"

void
report_term(FitReport *report, const char *name, double value)
{
	if (report->terms == report->room)
	{
		report->room = Max(2 * report->room, 8);
		report->term = report->term == NULL ? palloc(sizeof(FitTerm) * report->room) :
			repalloc(report->term, sizeof(FitTerm) * report->room);
	}
	report->term[report->terms++] = (FitTerm) {name, value};
}

void
fit_report_write(const FitReport *report, ByteWriter *w)
{
	write_text(w, report->method);
	write_text(w, report->reason == NULL ? "" : report->reason);
	write_varint(w, report->terms);
	for (int i = 0; i < report->terms; i++)
	{
		write_text(w, report->term[i].name);
		write_f64(w, report->term[i].value);
	}
}

void
fit_report_read(ByteReader *r, FitReport *report)
{
	char	   *reason;

	report->method = read_text(r);
	reason = read_text(r);
	report->reason = reason[0] == '\0' ? NULL : reason;
	report->terms = report->room = read_count(r, 9, PG_INT32_MAX);
	report->term = scratch_array(FitTerm, report->terms);
	for (int i = 0; i < report->terms; i++)
	{
		report->term[i].name = read_text(r);
		report->term[i].value = read_f64(r);
	}
}
