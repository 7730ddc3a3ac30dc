/*
 * options_for.c
 *		The SQL function options_for: what options a function has.
 */
#include "options.h"

#include "arguments.h"
#include "rows.h"

PG_FUNCTION_INFO_V1(crimeml_options_for);

/* options_for(function): name, type, default, range and meaning of each option. */
Datum
crimeml_options_for(PG_FUNCTION_ARGS)
{
	const OptionTable *table = option_table_for(arg_text(fcinfo, 0, "function"));
	Rows		rows;

	rows_begin(&rows, fcinfo);
	for (int i = 0; i < option_count(table); i++)
	{
		const OptionSpec *spec = option_spec(table, i);
		OptionValue value;

		option_default(spec, &value);
		rows_text(&rows, spec->name);
		rows_text(&rows, option_type_name(spec));
		rows_text(&rows, option_to_text(spec, &value));
		rows_text(&rows, option_range(spec));
		rows_text(&rows, spec->meaning);
		rows_end(&rows);
	}
	return (Datum) 0;
}
