
-- ----------
-- grid: density and counts on a square grid
-- ----------

CREATE TYPE grid;

CREATE FUNCTION grid_in(cstring) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION grid_out(grid) RETURNS cstring
AS 'MODULE_PATHNAME', 'crimeml_grid_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION grid_recv(internal) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION grid_send(grid) RETURNS bytea
AS 'MODULE_PATHNAME', 'crimeml_grid_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

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
AS 'MODULE_PATHNAME', 'crimeml_kde_agg_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION kde_agg_transition(internal, geometry, float8, geometry, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_kde_agg_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION grid_count_agg_transition(internal, geometry, geometry, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_grid_count_agg_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION grid_count_agg_transition(internal, geometry, float8, geometry, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_grid_count_agg_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION grid_agg_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_grid_agg_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION grid_agg_serialize(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'crimeml_grid_agg_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION grid_agg_deserialize(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_grid_agg_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION kde_agg_final(internal) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_kde_agg_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION grid_count_agg_final(internal) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_count_agg_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE AGGREGATE kde_agg(geom geometry, bounds geometry, options jsonb) (
  SFUNC = kde_agg_transition, STYPE = internal, SSPACE = 65536,
  COMBINEFUNC = grid_agg_combine,
  SERIALFUNC = grid_agg_serialize, DESERIALFUNC = grid_agg_deserialize,
  FINALFUNC = kde_agg_final, PARALLEL = SAFE
);

CREATE AGGREGATE kde_agg(geom geometry, weight float8, bounds geometry, options jsonb) (
  SFUNC = kde_agg_transition, STYPE = internal, SSPACE = 65536,
  COMBINEFUNC = grid_agg_combine,
  SERIALFUNC = grid_agg_serialize, DESERIALFUNC = grid_agg_deserialize,
  FINALFUNC = kde_agg_final, PARALLEL = SAFE
);

CREATE AGGREGATE grid_count_agg(geom geometry, bounds geometry, options jsonb) (
  SFUNC = grid_count_agg_transition, STYPE = internal, SSPACE = 65536,
  COMBINEFUNC = grid_agg_combine,
  SERIALFUNC = grid_agg_serialize, DESERIALFUNC = grid_agg_deserialize,
  FINALFUNC = grid_count_agg_final, PARALLEL = SAFE
);

CREATE AGGREGATE grid_count_agg(geom geometry, weight float8, bounds geometry, options jsonb) (
  SFUNC = grid_count_agg_transition, STYPE = internal, SSPACE = 65536,
  COMBINEFUNC = grid_agg_combine,
  SERIALFUNC = grid_agg_serialize, DESERIALFUNC = grid_agg_deserialize,
  FINALFUNC = grid_count_agg_final, PARALLEL = SAFE
);

COMMENT ON AGGREGATE kde_agg(geometry, geometry, jsonb) IS
'Kernel density of points in incidents per km2 at the cells'' centres. bounds: any geometry with an area; its box is snapped outward to whole cells. options: cell_size (units of the SRID; default short side of the bounds / 50, but from sigma / 10 to sigma of the kernel and no less than the long side / 1000), bandwidth (required: radius of a compact kernel, sigma of the gaussian), kernel (quartic, gaussian, epanechnikov, triangular, uniform). A point outside the bounds adds what falls inside; NULL and EMPTY are left out. Without rows NULL, which is told by NOTICE, as is a grid that is 0 everywhere. A kernel smaller than a cell is told by NOTICE, once a query, and by describe(). Source of the kernels: Silverman 1986, section 4.2.';
COMMENT ON AGGREGATE kde_agg(geometry, float8, geometry, jsonb) IS
'The same as kde_agg(geom, bounds, options), each point counting as often as its weight says; a row whose weight is NULL is left out, NaN is an error.';
COMMENT ON AGGREGATE grid_count_agg(geometry, geometry, jsonb) IS
'Counts of points by cell. bounds: any geometry with an area; its box is snapped outward to whole cells. options: cell_size (units of the SRID; default short side of the bounds / 50, no less than the long side / 1000). A point on an edge belongs to the cell east or north of it. Without rows NULL, which is told by NOTICE, as is a grid that is 0 everywhere.';
COMMENT ON AGGREGATE grid_count_agg(geometry, float8, geometry, jsonb) IS
'Sums of weights by cell; a row whose weight is NULL is left out, NaN is an error.';

CREATE FUNCTION kde(source text, options jsonb DEFAULT '{}') RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_kde' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION kde(text, jsonb) IS
'Kernel density of the points of a source (columns: geom, and weight where there is one) in incidents per km2. options: cell_size, bandwidth, kernel as in kde_agg, bounds as [xmin, ymin, xmax, ymax], auto_project (true: longitude and latitude are projected to the UTM zone of the middle, the bounds as well). What is not given is chosen, announced by NOTICE and told by describe(): bounds reach a radius (three sigma) beyond the points; cell_size is the short side of the points'' box / 50, but from sigma / 10 to sigma of the kernel and no less than the long side of the bounds / 1000, floored to a multiple of 100 where it is 100 or more; bandwidth is by Scott''s rule. Points at (0 0), in degrees, exchanged or far from the rest are left out, as hotspots does; inside given bounds only those at (0 0). All that is left out, and a kernel smaller than a cell, is told by NOTICE. NULL when there is no point.';

CREATE FUNCTION "normalize"(grid grid) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_normalize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION "normalize"(grid) IS
'The grid as a probability density per square unit of the SRID, f(x,y) = 1/(n h^2) sum K((x-xi)/h, (y-yi)/h), n being the total weight. NULL when the total weight is not above 0.';

CREATE FUNCTION describe(grid grid) RETURNS jsonb
AS 'MODULE_PATHNAME', 'crimeml_describe_grid' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION describe(grid) IS
'What a grid is and how it was made: values, srid, cell size, columns and rows, kernel, bandwidth (radius or sigma) and the rules that chose them, points and their weight, the weight that lies inside, least and largest value, and whether the kernel is smaller than a cell (kernel_below_cell).';

CREATE FUNCTION cells(
  grid grid, nonzero bool DEFAULT true,
  OUT cell bigint, OUT i int, OUT j int, OUT geom geometry,
  OUT longitude float8, OUT latitude float8, OUT value float8
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_cells' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000 ROWS 10000;
COMMENT ON FUNCTION cells(grid, bool) IS
'The cells of a grid from the south-west, row by row: cell counts from 0, i and j and geom are those of ST_SquareGrid, longitude and latitude are of the centre (NULL where the SRID is not known). nonzero leaves out what is zero or no data.';

-- ----------
-- grid: arithmetic, significance, accuracy
-- ----------

CREATE FUNCTION grid_add(grid, grid) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_add_grids' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE OPERATOR + (LEFTARG = grid, RIGHTARG = grid, FUNCTION = grid_add, COMMUTATOR = +);
COMMENT ON FUNCTION grid_add(grid, grid) IS
'The sum of two grids, cell by cell. SRID, cell size, origin and number of cells must be the same; an error names both shapes. A cell without data in either has none in the result. The same as the operator +.';
COMMENT ON OPERATOR + (grid, grid) IS 'crimeml.grid_add';

CREATE FUNCTION grid_add(grid, float8) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_add_number' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE OPERATOR + (LEFTARG = grid, RIGHTARG = float8, FUNCTION = grid_add, COMMUTATOR = +);
COMMENT ON FUNCTION grid_add(grid, float8) IS
'The sum of a grid and a number, cell by cell. The number must be finite. The same as the operator +.';
COMMENT ON OPERATOR + (grid, float8) IS 'crimeml.grid_add';

CREATE FUNCTION grid_add(float8, grid) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_add_to_number' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE OPERATOR + (LEFTARG = float8, RIGHTARG = grid, FUNCTION = grid_add, COMMUTATOR = +);
COMMENT ON FUNCTION grid_add(float8, grid) IS
'The sum of a grid and a number, cell by cell. The number must be finite. The same as the operator +.';
COMMENT ON OPERATOR + (float8, grid) IS 'crimeml.grid_add';

CREATE FUNCTION grid_subtract(grid, grid) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_subtract_grids' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE OPERATOR - (LEFTARG = grid, RIGHTARG = grid, FUNCTION = grid_subtract);
COMMENT ON FUNCTION grid_subtract(grid, grid) IS
'The difference of two grids, cell by cell. SRID, cell size, origin and number of cells must be the same; an error names both shapes. A cell without data in either has none in the result. The same as the operator -.';
COMMENT ON OPERATOR - (grid, grid) IS 'crimeml.grid_subtract';

CREATE FUNCTION grid_subtract(grid, float8) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_subtract_number' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE OPERATOR - (LEFTARG = grid, RIGHTARG = float8, FUNCTION = grid_subtract);
COMMENT ON FUNCTION grid_subtract(grid, float8) IS
'The difference of a grid and a number, cell by cell. The number must be finite. The same as the operator -.';
COMMENT ON OPERATOR - (grid, float8) IS 'crimeml.grid_subtract';

CREATE FUNCTION grid_subtract(float8, grid) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_subtract_to_number' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE OPERATOR - (LEFTARG = float8, RIGHTARG = grid, FUNCTION = grid_subtract);
COMMENT ON FUNCTION grid_subtract(float8, grid) IS
'The difference of a grid and a number, cell by cell. The number must be finite. The same as the operator -.';
COMMENT ON OPERATOR - (float8, grid) IS 'crimeml.grid_subtract';

CREATE FUNCTION grid_multiply(grid, grid) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_multiply_grids' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE OPERATOR * (LEFTARG = grid, RIGHTARG = grid, FUNCTION = grid_multiply, COMMUTATOR = *);
COMMENT ON FUNCTION grid_multiply(grid, grid) IS
'The product of two grids, cell by cell. SRID, cell size, origin and number of cells must be the same; an error names both shapes. A cell without data in either has none in the result. The same as the operator *.';
COMMENT ON OPERATOR * (grid, grid) IS 'crimeml.grid_multiply';

CREATE FUNCTION grid_multiply(grid, float8) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_multiply_number' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE OPERATOR * (LEFTARG = grid, RIGHTARG = float8, FUNCTION = grid_multiply, COMMUTATOR = *);
COMMENT ON FUNCTION grid_multiply(grid, float8) IS
'The product of a grid and a number, cell by cell. The number must be finite. The same as the operator *.';
COMMENT ON OPERATOR * (grid, float8) IS 'crimeml.grid_multiply';

CREATE FUNCTION grid_multiply(float8, grid) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_multiply_to_number' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE OPERATOR * (LEFTARG = float8, RIGHTARG = grid, FUNCTION = grid_multiply, COMMUTATOR = *);
COMMENT ON FUNCTION grid_multiply(float8, grid) IS
'The product of a grid and a number, cell by cell. The number must be finite. The same as the operator *.';
COMMENT ON OPERATOR * (float8, grid) IS 'crimeml.grid_multiply';

CREATE FUNCTION grid_divide(grid, grid) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_divide_grids' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE OPERATOR / (LEFTARG = grid, RIGHTARG = grid, FUNCTION = grid_divide);
COMMENT ON FUNCTION grid_divide(grid, grid) IS
'The quotient of two grids, cell by cell. SRID, cell size, origin and number of cells must be the same; an error names both shapes. A cell without data in either has none in the result, and neither has one divided by zero. The same as the operator /.';
COMMENT ON OPERATOR / (grid, grid) IS 'crimeml.grid_divide';

CREATE FUNCTION grid_divide(grid, float8) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_divide_number' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE OPERATOR / (LEFTARG = grid, RIGHTARG = float8, FUNCTION = grid_divide);
COMMENT ON FUNCTION grid_divide(grid, float8) IS
'The quotient of a grid and a number, cell by cell. The number must be finite; a cell divided by zero has no data. The same as the operator /.';
COMMENT ON OPERATOR / (grid, float8) IS 'crimeml.grid_divide';

CREATE FUNCTION grid_divide(float8, grid) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_grid_divide_to_number' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
CREATE OPERATOR / (LEFTARG = float8, RIGHTARG = grid, FUNCTION = grid_divide);
COMMENT ON FUNCTION grid_divide(float8, grid) IS
'The quotient of a grid and a number, cell by cell. The number must be finite; a cell divided by zero has no data. The same as the operator /.';
COMMENT ON OPERATOR / (float8, grid) IS 'crimeml.grid_divide';

CREATE FUNCTION value_at(grid grid, geom geometry) RETURNS float8
AS 'MODULE_PATHNAME', 'crimeml_value_at' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION value_at(grid, geometry) IS
'The value of the cell that holds a point of the same SRID. NULL outside the grid, where there is no data, and for POINT EMPTY; an error for what is no point. A point on an edge belongs to the cell east or north of it.';

CREATE FUNCTION clip(grid grid, geom geometry) RETURNS grid
AS 'MODULE_PATHNAME', 'crimeml_clip' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION clip(grid, geometry) IS
'The grid without the cells whose centre lies outside a polygon of the same SRID: they become no data, which sums, Gi*, contours and pictures leave out. Shape, points and weight stay. An error for a geometry without area or not valid.';

CREATE FUNCTION gi_star(
  grid grid, distance float8 DEFAULT NULL, fdr bool DEFAULT false,
  OUT cell bigint, OUT i int, OUT j int, OUT geom geometry,
  OUT value float8, OUT z float8, OUT p float8
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_gi_star' LANGUAGE C STABLE PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION gi_star(grid, float8, bool) IS
'Getis and Ord''s Gi* of every cell that has data, itself among its neighbours: z above 1.96 is a hot spot at 5 %, below -1.96 a cold one. distance: between centres, in units of the SRID, at least the cell size; NULL takes the eight cells around (queen). n is the number of cells that have data, zeros among them, so clip() to the study area first. fdr: p adjusted by Benjamini and Hochberg. z and p are NULL where all values are equal or every cell is a neighbour. Source: Ord and Getis 1995; agrees with spdep::localG.';

CREATE FUNCTION grid_accuracy(
  grid grid, source text, shares float8[] DEFAULT '{0.01,0.05,0.1}', baseline grid DEFAULT NULL,
  study_area geometry DEFAULT NULL, ties text DEFAULT 'cell',
  OUT share float8, OUT area_km2 float8, OUT incidents bigint, OUT hit_rate float8,
  OUT pai float8, OUT pei float8, OUT baseline_pai float8
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_grid_accuracy' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000 ROWS 3;
COMMENT ON FUNCTION grid_accuracy(grid, text, float8[], grid, geometry, text) IS
'How well a map foretold the incidents of a source (columns: geom, and past where there is one: true marks incidents that the map was made of). For each share of the m cells that take part: the k = floor(share m + 0.5) cells of the highest values, their area, the later incidents in them, hit rate n/N, PAI = (n/N)/(k/m) and PEI = n/n*, n* being the most that any k cells hold. baseline_pai is the PAI of the baseline grid, by default of the plain count of past incidents by cell (of the grid itself where it is one of counts). study_area: cells whose centre lies outside take no part, nor do those without data, nor the incidents in them. ties: cells of equal value come in the order of their number (cell), or those of fewest incidents first (worst). Source: Chainey, Tompson and Uhlig 2008.';

CREATE FUNCTION contours(grid grid, levels float8[], OUT level float8, OUT geom geometry) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_contours' LANGUAGE C STABLE PARALLEL SAFE COST 10000 ROWS 10;
COMMENT ON FUNCTION contours(grid, float8[]) IS
'Lines of equal value as MultiLineStrings, a row a level, by marching squares between the centres of cells; higher values lie on their left. levels: finite numbers in the unit of the grid''s values, in any order; a level that no line has gives no row. At a saddle the higher sides are joined where the mean of the four values is at or above the level. Where a cell has no data lines end.';

CREATE FUNCTION isobands(grid grid, levels float8[], OUT low float8, OUT high float8, OUT geom geometry) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_isobands' LANGUAGE C STABLE PARALLEL SAFE COST 10000 ROWS 10;
COMMENT ON FUNCTION isobands(grid, float8[]) IS
'The areas between levels, low <= value < high, as valid MultiPolygons, by marching squares between the centres of cells: the first band, below all levels, has a NULL low, the last a NULL high. Together they fill, without overlap, all squares between four centres that have data (the outer half of the border cells is not among them). A band without area gives no row.';

CREATE FUNCTION risk_cells(
  grid grid, quantiles float8[] DEFAULT NULL,
  OUT cell bigint, OUT i int, OUT j int, OUT geom geometry, OUT value float8, OUT risk risk
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_risk_cells' LANGUAGE C STABLE PARALLEL SAFE COST 10000 ROWS 10000;
COMMENT ON FUNCTION risk_cells(grid, float8[]) IS
'The cells that have data, with their level of recorded risk: low, medium or high by the natural breaks (Fisher 1958, Jenks 1977) of the values that are not zero; or medium and high from the two given quantiles of these, as ''{0.7,0.9}''. Cells of zero have no say in the breaks, and are low where no value is below zero.';

CREATE FUNCTION bandwidth(
  source text, rule text DEFAULT 'scott',
  OUT sigma float8, OUT radius float8, OUT x float8, OUT y float8,
  OUT points bigint, OUT places bigint
) RETURNS record
AS 'MODULE_PATHNAME', 'crimeml_bandwidth' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION bandwidth(text, text) IS
'A bandwidth for the points of a source (column: geom), in units of the SRID, by a rule: scott, nrd, likelihood (cross-validation), lscv (least-squares cross-validation) or diggle. sigma: for a gaussian kernel; radius: of the quartic kernel that smooths as much; x and y: the rule''s own numbers by axis (scott: standard deviation times n^(-1/6); nrd: four sigmas, as MASS::bandwidth.nrd has it; else sigma); points, and the distinct places they lie on. Points at (0 0), in degrees, exchanged or far from the rest are left out, and a NOTICE counts them; where repeated points make a rule collapse it says so, too. NULL without points; an error where all lie on one spot or line, and for the last three rules above 100000 places. The sources of the rules are in docs/grid-analysis.md.';
