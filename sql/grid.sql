
-- ----------
-- grid: density and counts on a square grid
-- ----------

CREATE TYPE grid;

CREATE FUNCTION grid_in(cstring) RETURNS grid
AS 'MODULE_PATHNAME', 'grid_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION grid_out(grid) RETURNS cstring
AS 'MODULE_PATHNAME', 'grid_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION grid_recv(internal) RETURNS grid
AS 'MODULE_PATHNAME', 'grid_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION grid_send(grid) RETURNS bytea
AS 'MODULE_PATHNAME', 'grid_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE TYPE grid (
  INPUT = grid_in,
  OUTPUT = grid_out,
  RECEIVE = grid_recv,
  SEND = grid_send,
  INTERNALLENGTH = VARIABLE,
  ALIGNMENT = double,
  STORAGE = extended
);

COMMENT ON TYPE grid IS
'A value for each cell of a square grid: counts, incidents per km2, or a density. Cells are half-open and anchored at the origin of the SRID, as those of ST_SquareGrid. Text form: base64; every way in is checked.';

CREATE FUNCTION kde_agg_transition(internal, geometry, geometry, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'kde_agg_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION kde_agg_transition(internal, geometry, float8, geometry, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'kde_agg_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION grid_count_agg_transition(internal, geometry, geometry, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'grid_count_agg_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION grid_count_agg_transition(internal, geometry, float8, geometry, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'grid_count_agg_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION grid_agg_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'grid_agg_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION grid_agg_serialize(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'grid_agg_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION grid_agg_deserialize(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'grid_agg_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION grid_agg_final(internal) RETURNS grid
AS 'MODULE_PATHNAME', 'grid_agg_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE kde_agg(geom geometry, bounds geometry, options jsonb) (
  SFUNC = kde_agg_transition, STYPE = internal, SSPACE = 65536,
  COMBINEFUNC = grid_agg_combine,
  SERIALFUNC = grid_agg_serialize, DESERIALFUNC = grid_agg_deserialize,
  FINALFUNC = grid_agg_final, PARALLEL = SAFE
);

CREATE AGGREGATE kde_agg(geom geometry, weight float8, bounds geometry, options jsonb) (
  SFUNC = kde_agg_transition, STYPE = internal, SSPACE = 65536,
  COMBINEFUNC = grid_agg_combine,
  SERIALFUNC = grid_agg_serialize, DESERIALFUNC = grid_agg_deserialize,
  FINALFUNC = grid_agg_final, PARALLEL = SAFE
);

CREATE AGGREGATE grid_count_agg(geom geometry, bounds geometry, options jsonb) (
  SFUNC = grid_count_agg_transition, STYPE = internal, SSPACE = 65536,
  COMBINEFUNC = grid_agg_combine,
  SERIALFUNC = grid_agg_serialize, DESERIALFUNC = grid_agg_deserialize,
  FINALFUNC = grid_agg_final, PARALLEL = SAFE
);

CREATE AGGREGATE grid_count_agg(geom geometry, weight float8, bounds geometry, options jsonb) (
  SFUNC = grid_count_agg_transition, STYPE = internal, SSPACE = 65536,
  COMBINEFUNC = grid_agg_combine,
  SERIALFUNC = grid_agg_serialize, DESERIALFUNC = grid_agg_deserialize,
  FINALFUNC = grid_agg_final, PARALLEL = SAFE
);

COMMENT ON AGGREGATE kde_agg(geometry, geometry, jsonb) IS
'Kernel density of points in incidents per km2 at the cells'' centres. bounds: any geometry with an area; its box is snapped outward to whole cells. options: cell_size (units of the SRID; default short side / 50), bandwidth (required: radius of a compact kernel, sigma of the gaussian), kernel (quartic, gaussian, epanechnikov, triangular, uniform). A point outside the bounds adds what falls inside; NULL and EMPTY are left out. Source of the kernels: Silverman 1986, section 4.2.';
COMMENT ON AGGREGATE kde_agg(geometry, float8, geometry, jsonb) IS
'The same as kde_agg(geom, bounds, options), each point counting as often as its weight says; a row whose weight is NULL is left out, NaN is an error.';
COMMENT ON AGGREGATE grid_count_agg(geometry, geometry, jsonb) IS
'Counts of points by cell. bounds: any geometry with an area; its box is snapped outward to whole cells. options: cell_size (units of the SRID; default short side / 50). A point on an edge belongs to the cell east or north of it.';
COMMENT ON AGGREGATE grid_count_agg(geometry, float8, geometry, jsonb) IS
'Sums of weights by cell; a row whose weight is NULL is left out, NaN is an error.';

CREATE FUNCTION kde(source text, options jsonb DEFAULT '{}') RETURNS grid
AS 'MODULE_PATHNAME', 'kde_source' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION kde(text, jsonb) IS
'Kernel density of the points of a source (columns: geom, and weight where there is one) in incidents per km2. options: cell_size, bandwidth, kernel as in kde_agg, bounds as [xmin, ymin, xmax, ymax]. What is not given is chosen, announced by NOTICE and told by describe(): bounds reach a radius (three sigma) beyond the points, cell_size is the short side of the points'' box / 50, floored to a multiple of 100 where it is 100 or more, bandwidth is by Scott''s rule. NULL when there is no point.';

CREATE FUNCTION "normalize"(grid grid) RETURNS grid
AS 'MODULE_PATHNAME', 'grid_normalize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION "normalize"(grid) IS
'The grid as a probability density per square unit of the SRID, f(x,y) = 1/(n h^2) sum K((x-xi)/h, (y-yi)/h), n being the total weight. NULL when the total weight is not above 0.';

CREATE FUNCTION describe(grid grid) RETURNS jsonb
AS 'MODULE_PATHNAME', 'grid_describe' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION describe(grid) IS
'What a grid is and how it was made: values, srid, cell size, columns and rows, kernel, bandwidth (radius or sigma) and the rules that chose them, points and their weight, the weight that lies inside, least and largest value.';

CREATE FUNCTION cells(
  grid grid, nonzero bool DEFAULT true,
  OUT cell bigint, OUT i int, OUT j int, OUT geom geometry,
  OUT longitude float8, OUT latitude float8, OUT value float8
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'grid_cells' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000 ROWS 10000;
COMMENT ON FUNCTION cells(grid, bool) IS
'The cells of a grid from the south-west, row by row: cell counts from 0, i and j and geom are those of ST_SquareGrid, longitude and latitude are of the centre (NULL where the SRID is not known). nonzero leaves out what is zero or no data.';
