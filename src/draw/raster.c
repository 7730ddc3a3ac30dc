/*
 * raster.c
 *		raster_wkb: a grid in the binary form of PostGIS's type raster.
 *
 * The type belongs to the extension postgis_raster, which need not be there;
 * crimeml_raster, which needs it, turns these bytes into one.  The form is that
 * of ST_RastFromWKB (PostGIS, raster/doc/RFC2-WellKnownBinaryFormat).
 */
#include "grid/grid.h"

#include "bytes.h"

#include <math.h>

PG_FUNCTION_INFO_V1(crimeml_raster_wkb);

/* Rows and columns are 16 bits wide. */
#define RASTER_MAX_SIDE 65535

/* A band of float8 in which a value means no data. */
#define PIXEL_FLOAT8 11
#define BAND_HAS_NODATA 0x40

Datum
crimeml_raster_wkb(PG_FUNCTION_ARGS)
{
	Grid	   *grid = PG_GETARG_GRID_P(0);
	const GridShape *shape = &grid->shape;
	ByteWriter	w;
	bytea	   *result;

	if (shape->columns > RASTER_MAX_SIDE || shape->rows > RASTER_MAX_SIDE)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a grid of %d x %d cells is too large for a raster",
						shape->columns, shape->rows),
				 errhint("A raster of PostGIS has at most %d columns and rows.", RASTER_MAX_SIDE)));

	writer_init(&w);
	write_u32(&w, 0);			/* the length word, so that nothing is copied */
	write_u8(&w, 1);			/* little endian */
	write_u16(&w, 0);			/* version */
	write_u16(&w, 1);			/* bands */
	write_f64(&w, shape->cell_size);
	write_f64(&w, -shape->cell_size);
	write_f64(&w, shape->i0 * shape->cell_size);
	write_f64(&w, ((double) shape->j0 + shape->rows) * shape->cell_size);
	write_f64(&w, 0);			/* skew */
	write_f64(&w, 0);
	write_u32(&w, (uint32) shape->srid);
	write_u16(&w, (uint16) shape->columns);
	write_u16(&w, (uint16) shape->rows);
	write_u8(&w, PIXEL_FLOAT8 | BAND_HAS_NODATA);
	write_f64(&w, NAN);			/* no data */
	/* from the north */
	for (int row = shape->rows - 1; row >= 0; row--)
	{
		CHECK_FOR_INTERRUPTS();
		for (int column = 0; column < shape->columns; column++)
			write_f64(&w, grid->value[(Size) row * shape->columns + column]);
	}
	result = (bytea *) w.data;
	SET_VARSIZE(result, w.len);
	PG_RETURN_BYTEA_P(result);
}
