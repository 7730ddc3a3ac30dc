/*
 * columns.h
 *		The "columns" argument: what of a CSV goes into which column, and how.
 *
 * columns is a jsonb object keyed by the table's columns; each value is the
 * name of a field in the header, its number from 1, or an object with "from"
 * (a name, a number, or an array of these), "format", "time_zone", "srid" and
 * "transform".  It is read in three steps: the specification as it stands, the
 * fields it names found in the header, and the table's types added.
 */
#ifndef CRIMEML_COLUMNS_H
#define CRIMEML_COLUMNS_H

#include "crimeml.h"

#include "data/csv.h"
#include "data/points.h"
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
	char	   *format;			/* NULL when not given, as the next */
	char	   *time_zone;
	int			srid;			/* 0 when not given */
	int			transform;		/* 0 when not given */
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
	COLUMN_INPUT,				/* the type's own input */
	COLUMN_TIME,				/* by format */
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
	Oid			batch_type;		/* of the values; INSERT does what is left */
	int32		batch_typmod;
	FmgrInfo	input;
	Oid			io_param;
	pg_tz	   *zone;			/* NULL: the session's */
	text	   *format;
	bool		format_has_half_day;	/* AM or PM */
	bool		told;			/* the notice on the session's time zone */
	int32		srid;
	int32		transform;		/* 0: none */
	bool		geography;
	PointMaker *maker;
	FmgrInfo	st_srid;
	FmgrInfo	st_transform;
	FmgrInfo	with_typmod;
	FmgrInfo	to_geography;
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

/* Without a specification: the fields of the header by their own names. */
extern ColumnSpecs columns_by_name(const CsvHeader *header, Relation target);
extern ColumnSpecs columns_of_table(Relation target);

/* A NOTICE that names the fields of the header that go nowhere. */
extern void columns_notice_ignored(const ColumnSpecs *specs, const CsvHeader *header);

/* The table's types added. */
extern Column *columns_resolve(ColumnSpecs *specs, Relation target);

#endif							/* CRIMEML_COLUMNS_H */
