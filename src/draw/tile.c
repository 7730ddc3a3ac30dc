/*
 * tile.c
 *		tile_png: a grid as a tile of a web map.
 *
 * Tiles are those of all web maps: 256 pixels, tile (x, y) of 2^z by 2^z from
 * the north-west of the square that Web Mercator (SRID 3857) makes of the
 * world.  PostGIS transforms a lattice of points over the pixels that the grid
 * can reach, in one call; between them the transformation is as good as
 * linear.
 */
#include "draw/canvas.h"

#include "arguments.h"
#include "draw/coloring.h"
#include "grid/grid.h"

#include <math.h>

#include "bytes.h"
#include "catalog/pg_type.h"
#include "data/points.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(crimeml_tile_png);

#define TILE_SIDE 256
#define MAX_ZOOM 30
#define WEB_MERCATOR 3857
/* Half the side of its square, metres. */
#define WORLD_HALF 20037508.342789244

/* Points along each side of the lattice. */
#define LATTICE 33

#define WKB_POINT 1
#define WKB_MULTIPOINT 4
#define EWKB_SRID 0x20000000

/* LATTICE x LATTICE points, rows of equal y. */
typedef struct Lattice
{
	double		x[LATTICE * LATTICE];
	double		y[LATTICE * LATTICE];
} Lattice;

/* Points over a box, from its (x1, y1) to its (x2, y2). */
static void
lattice_cover(Lattice *lattice, double x1, double y1, double x2, double y2)
{
	for (int j = 0; j < LATTICE; j++)
	{
		for (int i = 0; i < LATTICE; i++)
		{
			lattice->x[j * LATTICE + i] = x1 + (x2 - x1) * i / (LATTICE - 1);
			lattice->y[j * LATTICE + i] = y1 + (y2 - y1) * j / (LATTICE - 1);
		}
	}
}

/* From one SRID to another, by PostGIS. */
static void
lattice_transform(Lattice *lattice, int32 from, int32 to)
{
	Oid			geometry = postgis_type("geometry");
	Oid			bytea_type = BYTEAOID;
	Oid			geometry_int[2] = {geometry, INT4OID};
	Oid			geometry_text[2] = {geometry, TEXTOID};
	ByteWriter	w;
	ByteReader	r;
	bytea	   *bytes;
	Datum		points;
	int			path;

	if (from == to)
		return;
	writer_init(&w);
	write_u32(&w, 0);			/* the length word, so that nothing is copied */
	write_u8(&w, 1);			/* little endian */
	write_u32(&w, WKB_MULTIPOINT | EWKB_SRID);
	write_u32(&w, from);
	write_u32(&w, LATTICE * LATTICE);
	for (int i = 0; i < LATTICE * LATTICE; i++)
	{
		write_u8(&w, 1);
		write_u32(&w, WKB_POINT);
		write_f64(&w, lattice->x[i]);
		write_f64(&w, lattice->y[i]);
	}
	bytes = (bytea *) w.data;
	SET_VARSIZE(bytes, w.len);

	points = OidFunctionCall1(postgis_function("st_geomfromewkb", 1, &bytea_type),
							  PointerGetDatum(bytes));
	path = postgis_path_begin();
	points = OidFunctionCall2(postgis_function("st_transform", 2, geometry_int),
							  points, Int32GetDatum(to));
	postgis_path_end(path);
	bytes = DatumGetByteaPP(OidFunctionCall2(postgis_function("st_asbinary", 2, geometry_text),
											 points, CStringGetTextDatum("NDR")));

	reader_init(&r, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes), "multipoint of PostGIS");
	read_bytes(&r, 1 + 4);
	if (read_u32(&r) != LATTICE * LATTICE)
		reader_damaged(&r, "points are missing");
	for (int i = 0; i < LATTICE * LATTICE; i++)
	{
		read_bytes(&r, 1 + 4);
		lattice->x[i] = read_f64(&r);
		lattice->y[i] = read_f64(&r);
	}
}

/* The place between lattice points, s and t from 0 to 1 over its sides. */
static void
lattice_at(const Lattice *lattice, double s, double t, double *x, double *y)
{
	int			i = crimeml_int_within(s * (LATTICE - 1), 0, LATTICE - 2);
	int			j = crimeml_int_within(t * (LATTICE - 1), 0, LATTICE - 2);
	double		a = s * (LATTICE - 1) - i;
	double		b = t * (LATTICE - 1) - j;
	const double *px = lattice->x + j * LATTICE + i;
	const double *py = lattice->y + j * LATTICE + i;

	*x = (1 - b) * ((1 - a) * px[0] + a * px[1]) + b * ((1 - a) * px[LATTICE] + a * px[LATTICE + 1]);
	*y = (1 - b) * ((1 - a) * py[0] + a * py[1]) + b * ((1 - a) * py[LATTICE] + a * py[LATTICE + 1]);
}

/* Pixels of a tile: columns left to right, rows top to bottom, ends excluded. */
typedef struct PixelBox
{
	int			left;
	int			top;
	int			right;
	int			bottom;
} PixelBox;

static int
clamp_pixel(double v)
{
	return crimeml_int_within(v, 0, TILE_SIDE);
}

/* The pixels that the grid can reach. */
static PixelBox
reach_of_grid(const GridShape *shape, double west, double north, double per_pixel)
{
	Lattice    *lattice = palloc(sizeof(Lattice));
	double		size = shape->cell_size;
	double		xmin = INFINITY;
	double		ymin = INFINITY;
	double		xmax = -INFINITY;
	double		ymax = -INFINITY;
	PixelBox	box;

	lattice_cover(lattice, shape->i0 * size, shape->j0 * size,
				  ((double) shape->i0 + shape->columns) * size,
				  ((double) shape->j0 + shape->rows) * size);
	lattice_transform(lattice, shape->srid, WEB_MERCATOR);
	for (int i = 0; i < LATTICE * LATTICE; i++)
	{
		xmin = Min(xmin, lattice->x[i]);
		xmax = Max(xmax, lattice->x[i]);
		ymin = Min(ymin, lattice->y[i]);
		ymax = Max(ymax, lattice->y[i]);
	}
	/* one more, since the outline bends between the points */
	box.left = clamp_pixel(floor((xmin - west) / per_pixel) - 1);
	box.right = clamp_pixel(ceil((xmax - west) / per_pixel) + 1);
	box.top = clamp_pixel(floor((north - ymax) / per_pixel) - 1);
	box.bottom = clamp_pixel(ceil((north - ymin) / per_pixel) + 1);
	return box;
}

/* The value of the pixel whose corners, in cells, are given. */
static double
pixel_value(const Grid *grid, const double x[4], const double y[4], bool smooth)
{
	double		west = Min(Min(x[0], x[1]), Min(x[2], x[3]));
	double		east = Max(Max(x[0], x[1]), Max(x[2], x[3]));
	double		south = Min(Min(y[0], y[1]), Min(y[2], y[3]));
	double		north = Max(Max(y[0], y[1]), Max(y[2], y[3]));
	double		cx = (x[0] + x[1] + x[2] + x[3]) / 4;
	double		cy = (y[0] + y[1] + y[2] + y[3]) / 4;

	/* where a projection has no place for a corner */
	if (!isfinite(cx) || !isfinite(cy))
		return 0;
	if (!(east > 0 && north > 0 && west < grid->shape.columns && south < grid->shape.rows))
		return 0;
	/* pixels larger than cells show means */
	if (east - west > 1 || north - south > 1)
		return sample_mean(grid, west, south, east, north);
	if (!(cx >= 0 && cy >= 0 && cx < grid->shape.columns && cy < grid->shape.rows))
		return 0;
	return smooth ? sample_smooth(grid, cx, cy) : sample_cell(grid, (int) cx, (int) cy);
}

static bytea *
draw_tile(const Grid *grid, const Coloring *coloring, bool smooth, int z, int x, int y)
{
	const GridShape *shape = &grid->shape;
	Canvas	   *canvas = canvas_create(TILE_SIDE, TILE_SIDE);
	double		side = ldexp(2 * WORLD_HALF, -z);
	double		per_pixel = side / TILE_SIDE;
	double		west = x * side - WORLD_HALF;
	double		north = WORLD_HALF - y * side;
	PixelBox	box = reach_of_grid(shape, west, north, per_pixel);
	int			width = box.right - box.left;
	int			height = box.bottom - box.top;
	Lattice    *lattice;
	uint32	   *pixel;
	double	   *corner_x;
	double	   *corner_y;

	if (width <= 0 || height <= 0)
		return canvas_png(canvas);
	lattice = palloc(sizeof(Lattice));
	lattice_cover(lattice, west + box.left * per_pixel, north - box.top * per_pixel,
				  west + box.right * per_pixel, north - box.bottom * per_pixel);
	lattice_transform(lattice, WEB_MERCATOR, shape->srid);

	/* the corners of all pixels, in cells */
	corner_x = crimeml_array(double, (width + 1) * (height + 1));
	corner_y = crimeml_array(double, (width + 1) * (height + 1));
	for (int j = 0; j <= height; j++)
	{
		for (int i = 0; i <= width; i++)
		{
			int			at = j * (width + 1) + i;

			lattice_at(lattice, (double) i / width, (double) j / height,
					   &corner_x[at], &corner_y[at]);
			corner_x[at] = corner_x[at] / shape->cell_size - shape->i0;
			corner_y[at] = corner_y[at] / shape->cell_size - shape->j0;
		}
	}

	pixel = crimeml_array(uint32, width * height);
	for (int j = 0; j < height; j++)
	{
		for (int i = 0; i < width; i++)
		{
			int			at = j * (width + 1) + i;
			int			below = at + width + 1;
			double		px[4] = {corner_x[at], corner_x[at + 1], corner_x[below], corner_x[below + 1]};
			double		py[4] = {corner_y[at], corner_y[at + 1], corner_y[below], corner_y[below + 1]};

			if ((i & 63) == 0)
				CHECK_FOR_INTERRUPTS();
			pixel[j * width + i] = coloring_pixel(coloring, pixel_value(grid, px, py, smooth));
		}
	}
	canvas_image(canvas, box.left, box.top, width, height, pixel);
	return canvas_png(canvas);
}

/* z, x and y, which must name a tile. */
static int
tile_arg(FunctionCallInfo fcinfo, int argno, const char *name, int64 end)
{
	if (PG_ARGISNULL(argno))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
	if (PG_GETARG_INT32(argno) < 0 || PG_GETARG_INT32(argno) >= end)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be from 0 to " INT64_FORMAT ", not %d",
						name, end - 1, PG_GETARG_INT32(argno)),
				 errhint("z is the zoom, from 0 to %d; x and y count tiles from the north-west, from 0 to 2^z - 1.",
						 MAX_ZOOM)));
	return PG_GETARG_INT32(argno);
}

/* tile_png(grid, z, x, y, palette, high, scale, smooth) */
Datum
crimeml_tile_png(PG_FUNCTION_ARGS)
{
	Grid	   *grid;
	int			z;
	int			x;
	int			y;
	char	   *palette;
	double		high = 0;
	bool		root;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	grid = PG_GETARG_GRID_P(0);
	z = tile_arg(fcinfo, 1, "z", MAX_ZOOM + 1);
	x = tile_arg(fcinfo, 2, "x", INT64CONST(1) << z);
	y = tile_arg(fcinfo, 3, "y", INT64CONST(1) << z);
	palette = arg_text(fcinfo, 4, "palette");
	if (!PG_ARGISNULL(5))
		high = coloring_check_high(PG_GETARG_FLOAT8(5));
	root = coloring_scale_arg(fcinfo, 6);
	if (!srid_info(grid->shape.srid).known)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a grid in SRID %d cannot be put on a web map", grid->shape.srid),
				 errhint("Make the grid of points whose SRID is in spatial_ref_sys: ST_SetSRID says which it is.")));
	PG_RETURN_BYTEA_P(draw_tile(grid, coloring_create(palette, grid, high, root),
								PG_ARGISNULL(7) ? grid_is_smooth(grid) : PG_GETARG_BOOL(7),
								z, x, y));
}
