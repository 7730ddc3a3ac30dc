/*
 * options.h
 *		The options of functions: one table a function, checked in one way.
 *
 * Options come as a jsonb object.  Every function has a table of those that it
 * knows; what an option may be, its default and its meaning stand there alone,
 * for checks, messages and the SQL function options_for().  A null is the
 * default.  Errors (ERRCODE_INVALID_PARAMETER_VALUE) name the option, the value
 * and what is allowed; a name that is not known is an error with the nearest.
 */
#ifndef CRIMEML_OPTIONS_H
#define CRIMEML_OPTIONS_H

#include "bytes.h"

#include "utils/jsonb.h"

typedef enum OptionType
{
	OPTION_INTEGER,
	OPTION_NUMBER,
	OPTION_BOOLEAN,
	OPTION_CHOICE,				/* one word of a list */
	OPTION_TEXT,
	OPTION_NUMBERS,				/* an array of numbers */
	OPTION_INTERVAL,			/* text of a positive interval */
	OPTION_COLUMN,				/* the name of a column */
	OPTION_TIME_ZONE,
	OPTION_WEIGHTS				/* a word of the list, or an object of numbers */
} OptionType;

typedef struct OptionSpec
{
	const char *name;
	OptionType	type;
	double		default_value;	/* of a choice or weights: the index */
	const char *default_text;	/* shown instead, where the default depends on
								 * the data ("sqrt(features)") or is nothing;
								 * the number is then OPTION_AUTO unless given */
	double		min;
	double		max;			/* both 0: any finite number */
	const char *const *choices; /* NULL-terminated; choice and weights only */
	const char *meaning;
	int			count;			/* numbers in the array; 0: one or more */
} OptionSpec;

#define OPTION_AUTO (-1.0)		/* never a legal value where it is used */
#define OPTION_MIXED NAN		/* in a merged model, where its parts differ; not known */

typedef struct OptionTable
{
	const char *function;		/* SQL name: "forest_agg" */
	const OptionSpec *spec;
	int			n;
	const struct OptionTable *shared;	/* options that come after these; or NULL */
	const char *example;		/* for hints: {"cell_size": 100} */
} OptionTable;

/* Zeroes where the option is not given and has no default. */
typedef struct OptionValue
{
	bool		given;
	double		number;			/* also of a boolean (0, 1), and the index of a
								 * choice; weights: the number of choices for an
								 * object */
	const char *text;			/* text, column; the zone as PostgreSQL spells it */
	int			n;
	const double *numbers;
	const Interval *interval;
	const Jsonb *object;		/* weights */
} OptionValue;

typedef struct Options
{
	const OptionTable *table;
	int			n;
	OptionValue *value;			/* in the order of the table, then of the shared one */
} Options;

/* How many there are with the shared ones, and the i-th. */
extern int	option_count(const OptionTable *table);
extern const OptionSpec *option_spec(const OptionTable *table, int i);

/* Check an object against the table; NULL gives the defaults. */
extern Options *options_parse(const OptionTable *table, const Jsonb *jsonb);

/* The place of the option of that name, or -1. */
extern int	option_find(const OptionTable *table, const char *name);

/* Could the number stand for this option?  For values read from bytes. */
extern bool option_is_valid(const OptionSpec *spec, double number);

/* One value as text, as options_for() and describe() show it. */
extern char *option_to_text(const OptionSpec *spec, const OptionValue *value);

/* What an option may be, and its type, in words. */
extern char *option_range(const OptionSpec *spec);
extern const char *option_type_name(const OptionSpec *spec);

/* The default of an option. */
extern void option_default(const OptionSpec *spec, OptionValue *value);

/*
 * The first n options of a table with their values, as models keep them.
 * Weights given as an object are left to what is made of them.
 */
extern void options_write(const OptionTable *table, int n, const OptionValue *value,
						  ByteWriter *w);

/* What was written; an option that is not there is at its default. */
extern OptionValue *options_read(const OptionTable *table, int n, ByteReader *r);

/* An error that says what the option may be; value is NULL or what it was. */
pg_noreturn extern void option_error(const OptionTable *table, const OptionSpec *spec,
									 const char *value);

/* The table of an SQL function; an error with the nearest when there is none. */
extern const OptionTable *option_table_for(const char *function);

/* The tables there are, each in the file of its functions. */
extern const OptionTable tree_agg_options;
extern const OptionTable forest_agg_options;
extern const OptionTable boost_agg_options;
extern const OptionTable linear_agg_options;
extern const OptionTable poisson_agg_options;
extern const OptionTable logistic_agg_options;
extern const OptionTable kde_options;
extern const OptionTable kde_agg_options;
extern const OptionTable grid_count_agg_options;
extern const OptionTable arima_agg_options;
extern const OptionTable lstm_agg_options;
extern const OptionTable auto_options;
extern const OptionTable ets_agg_options;
extern const OptionTable theta_options;
extern const OptionTable trend_options;
extern const OptionTable naive_options;
extern const OptionTable mean_options;
extern const OptionTable level_agg_options;
extern const OptionTable anomalies_options;
extern const OptionTable farrington_options;

#endif							/* CRIMEML_OPTIONS_H */
