/*
 * columns.h
 *		The "columns" argument: what of a CSV goes into which column, and how.
 *
 * columns is a jsonb object keyed by the table's columns; each value is the
 * name of a field in the header, its number from 1, or an object with "from"
 * (a name, a number, or an array of these), "format", "time_zone", "srid",
 * "transform" and "bounds".  It is read in three steps: the specification as it stands, the
 * fields it names found in the header, and the table's types added.
 */
#ifndef CRIMEML_COLUMNS_H
#define CRIMEML_COLUMNS_H

#include "crimeml.h"

#include "data/csv.h"
#include "data/load_places.h"
#include "data/points.h"
#include "data/time_format.h"
#include "pgtime.h"
#include "utils/jsonb.h"
#include "utils/rel.h"

typedef struct ColumnField
{
	char	   *name;			/* in the header; NULL when given by number */
	int			position;		/* from 0; -1 until found */
} ColumnField;

typedef struct ColumnSpec
{
	char	   *name;			/* of the table's column */
	int			nfields;
	ColumnField *fields;
	TimeFormat *format;			/* NULL when not given, as the next */
	char	   *time_zone;
	int			srid;			/* 0 when not given */
	int			transform;		/* 0 when not given */
	double	   *bounds;			/* xmin, ymin, xmax, ymax; NULL when not given */
} ColumnSpec;

typedef struct ColumnSpecs
{
	int			n;
	ColumnSpec *specs;
} ColumnSpecs;

/* The header, or the places of the fields alone. */
typedef struct CsvHeader
{
	int			nfields;		/* -1: not known before the first record */
	char	  **names;			/* NULL when there is no header */
} CsvHeader;

typedef enum ColumnKind
{
	COLUMN_INPUT,				/* the type's own input, or a time by format */
	COLUMN_POINT,				/* from two numbers */
	COLUMN_SHAPE				/* geometry from text */
} ColumnKind;

typedef struct Column
{
	ColumnSpec *spec;
	char	   *name;
	ColumnKind	kind;
	Oid			type;
	Oid			base_type;
	int32		typmod;
	int32		attribute_typmod;	/* as the table has it */
	Oid			batch_type;		/* of the values; INSERT does what is left */
	int32		batch_typmod;
	FmgrInfo	input;
	Oid			io_param;
	pg_tz	   *zone;			/* NULL: the session's */
	const TimeFormat *format;	/* NULL: the type's own input */
	bool		told;			/* the notice on the session's time zone */
	MemoryContext context;		/* which lives as long as the load */
	int64		day_first;		/* texts without a format that begin with the day */
	char	   *day_first_text;	/* the first of them */
	int32		srid;			/* of the file's coordinates */
	bool		degrees;		/* that are longitude and latitude */
	int32		transform;		/* 0: none */
	bool		geography;
	bool		multi;			/* the column is of a Multi type */
	const double *bounds;		/* in the file's SRID; NULL: none */
	LoadPlaces *places;			/* what is told of them; NULL where nothing can be */
	PointMaker *maker;
	FmgrInfo	st_srid;
	FmgrInfo	st_transform;
	FmgrInfo	st_multi;
	FmgrInfo	with_typmod;
	FmgrInfo	to_geography;
	FmgrInfo	box3d;
	FmgrInfo	side[4];		/* ST_XMin, ST_YMin, ST_XMax, ST_YMax */
} Column;

/* Which texts mean that a value is missing. */
typedef struct CsvNulls
{
	int			n;
	char	  **texts;
} CsvNulls;

/* The specification; NULL gives n = 0. */
extern ColumnSpecs columns_parse(Jsonb *columns);

/* The header of the reader; an error when there is none. */
extern CsvHeader csv_header(CsvReader *reader);

/* Find the fields of the specification in the header. */
extern void columns_find(ColumnSpecs *specs, const CsvHeader *header);

/*
 * A name of a column for each field of the header: its own in lower case where
 * they stay apart, and another where it has none, is too long, or is a name of
 * PostgreSQL's.
 */
extern ColumnSpecs columns_of_header(const CsvHeader *header);

/* Without a specification: the fields of the header by their own names, or by those. */
extern ColumnSpecs columns_by_name(const CsvHeader *header, Relation target);
extern ColumnSpecs columns_of_table(Relation target);

/* A NOTICE that names the fields of the header that go nowhere. */
extern void columns_notice_ignored(const ColumnSpecs *specs, const CsvHeader *header);

/* Is the header one field, which another delimiter would cut?  The hint to say so, in ereport(). */
extern bool delimiter_seems_wrong(const CsvHeader *header);
extern int	delimiter_hint(const CsvHeader *header);

/* The table's types added. */
extern Column *columns_resolve(ColumnSpecs *specs, Relation target);

#endif							/* CRIMEML_COLUMNS_H */
