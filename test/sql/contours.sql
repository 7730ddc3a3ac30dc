-- contours and isobands: by hand, valid whatever the values, areas that add up.
SET client_min_messages = warning;
SET jit = off;
CREATE FUNCTION pg_temp.made(v float8[][], size float8 = 100) RETURNS crimeml.grid LANGUAGE SQL AS $$
  -- rows from the south; NULL is no data
  SELECT crimeml.grid_add(crimeml.grid_multiply(
      crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint((c - 0.5) * size, (r - 0.5) * size), 26918), coalesce(v[r][c], 0), box, o), 1),
    crimeml.grid_multiply(0, crimeml.grid_divide(1,
      crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint((c - 0.5) * size, (r - 0.5) * size), 26918), (v[r][c] IS NOT NULL)::int, box, o))))
  FROM generate_series(1, array_length(v, 1)) r, generate_series(1, array_length(v, 2)) c,
    (SELECT ST_MakeEnvelope(0, 0, size * array_length(v, 2), size * array_length(v, 1), 26918)) b(box),
    (SELECT jsonb_build_object('cell_size', size)) x(o) $$;

-- a slope: the line in the middle, higher values on its left
SELECT level, ST_SRID(geom) AS srid, ST_AsText(geom, 3) AS geom
FROM crimeml.contours(pg_temp.made('{{0,2},{0,2},{0,2}}'), '{1,5}');
SELECT low, high, ST_SRID(geom) AS srid, ST_AsText(geom, 3) AS geom, round(ST_Area(geom)::numeric, 6) AS area
FROM crimeml.isobands(pg_temp.made('{{0,2},{0,2},{0,2}}'), '{1,5,1.5,1}');
-- a peak and a pit: rings, counterclockwise around what is higher
SELECT n, ST_AsText(geom, 3) AS geom, ST_IsPolygonCCW(ST_MakePolygon(ST_GeometryN(geom, 1))) AS ccw
FROM (VALUES ('peak', '{{0,0,0},{0,2,0},{0,0,0}}'::float8[]), ('pit', '{{2,2,2},{2,0,2},{2,2,2}}')) v(n, cells),
  LATERAL crimeml.contours(pg_temp.made(cells), '{1}');
SELECT n, low, high, ST_AsText(geom, 3) AS geom
FROM (VALUES ('peak', '{{0,0,0},{0,2,0},{0,0,0}}'::float8[]), ('pit', '{{2,2,2},{2,0,2},{2,2,2}}')) v(n, cells),
  LATERAL crimeml.isobands(pg_temp.made(cells), '{1}') ORDER BY n, low NULLS FIRST;
-- saddles: joined where the mean is at the level or above it, the same when turned
SELECT n, l.level, ST_NumGeometries(b.geom) AS parts_above, ST_AsText(c.geom, 3) AS line
FROM (VALUES ('rising', '{{4,0},{0,4}}'::float8[]), ('falling', '{{0,4},{4,0}}')) v(n, cells), (VALUES (1.0), (2), (3)) l(level),
  LATERAL crimeml.isobands(pg_temp.made(cells), ARRAY[l.level]) b, crimeml.contours(pg_temp.made(cells), ARRAY[l.level]) c
WHERE b.low = l.level ORDER BY n, l.level;
-- two levels over one saddle: the middle band in one part or two
SELECT low, high, ST_NumGeometries(geom) AS parts, ST_IsValid(geom) AS valid, round(ST_Area(geom)::numeric, 3) AS area
FROM crimeml.isobands(pg_temp.made('{{4,0},{0,4}}'), '{1,3}');
-- no data: lines end there; a square without a corner is outside
SELECT ST_AsText(geom, 3) AS geom FROM crimeml.contours(pg_temp.made('{{0,2,0},{0,2,0},{0,NULL,0},{0,2,0},{0,2,0}}'), '{1}');
SELECT low, high, ST_NumGeometries(geom) AS parts, ST_Area(geom) AS area, ST_IsValid(geom) AS valid
FROM crimeml.isobands(pg_temp.made('{{1,1,1,1},{1,1,1,1},{1,1,NULL,1},{1,1,1,1}}'), '{1}');
-- squares that meet in a centre only: two parts, or a hole that touches its shell
SELECT n, ST_NumGeometries(geom) AS parts, ST_NumInteriorRings(ST_GeometryN(geom, 1)) AS holes, ST_Area(geom) AS area, ST_IsValid(geom) AS valid
FROM (VALUES
  ('diagonal', '{{1,1,NULL},{1,1,1},{NULL,1,1}}'::float8[]),
  ('other diagonal', '{{NULL,1,1},{1,1,1},{1,1,NULL}}'),
  ('ring', '{{1,1,1,1,1},{1,1,1,1,1},{1,1,NULL,1,1},{1,1,1,1,1},{1,1,1,1,1}}'),
  ('ring that closes in a centre', '{{1,1,1,1,1},{1,1,1,1,1},{1,1,NULL,1,1},{1,1,1,1,1},{1,1,1,1,NULL}}'),
  ('the same, turned', '{{1,1,1,1,NULL},{1,1,1,1,1},{1,1,NULL,1,1},{1,1,1,1,1},{1,1,1,1,1}}'),
  ('in two centres', '{{NULL,1,1,1,1},{1,1,1,1,1},{1,1,NULL,1,1},{1,1,1,1,1},{1,1,1,1,NULL}}')) v(n, cells),
  LATERAL crimeml.isobands(pg_temp.made(cells), '{0}') ORDER BY n;
-- values at the levels themselves: no slivers, still valid
SELECT low, high, ST_NumGeometries(geom) AS parts, round(ST_Area(geom)::numeric, 1) AS area, ST_IsValid(geom) AS valid
FROM crimeml.isobands(pg_temp.made('{{0,0,0,0},{0,1,0,0},{0,0,2,2},{0,0,2,1}}'), '{1,2}');
SELECT count(*) FROM crimeml.contours(pg_temp.made('{{0,0,0},{0,1,0},{0,0,0}}'), '{1}');
-- one row, one column, one cell, nothing: no squares
SELECT count(*) FROM (VALUES ('{{1,2,3}}'::float8[]), ('{{1},{2}}'), ('{{1}}'), ('{{NULL,NULL},{NULL,1}}')) v(cells), LATERAL crimeml.isobands(pg_temp.made(cells), '{2}');
SELECT (SELECT count(*) FROM crimeml.contours(NULL, '{1}')) AS lines, (SELECT count(*) FROM crimeml.isobands(NULL, '{1}')) AS bands;

-- noise of few values, with and without holes, at its own levels and between: all
-- is valid, bands do not overlap and fill the domain, lines are the bands' borders
CREATE TABLE noise AS
SELECT seed, share, pg_temp.made(v) AS grid, (SELECT sum(10000) FROM generate_series(1, 19) r, generate_series(1, 19) c
    WHERE v[r][c] + v[r][c + 1] + v[r + 1][c] + v[r + 1][c + 1] IS NOT NULL) AS domain
FROM generate_series(2, 5) seed, (VALUES (0), (5), (40)) s(share),
  LATERAL (SELECT array_agg(line ORDER BY r) AS v FROM generate_series(1, 20) r,
    LATERAL (SELECT array_agg(CASE WHEN abs(hashint4(seed * 7919 + r * 100 + c + 50000)) % 100 >= share
        THEN abs(hashint4(seed * 104729 + r * 100 + c)) % (seed * seed + 1) END ORDER BY c) AS line FROM generate_series(1, 20) c) l) a;
SELECT share, count(*) AS grids, bool_and(valid) AS valid, max(abs(area - domain)) < 1e-3 AS area, max(overlap) < 1e-3 AS apart, min(parts) > 2 AS parts
FROM noise, (VALUES ('{1,2,5,10}'::float8[]), ('{0.5,1,1.0000001,3.3}'), ('{0,1,1.5,4,36}')) l(levels),
  LATERAL (SELECT bool_and(ST_IsValid(geom)) AS valid, sum(ST_Area(geom)) AS area, sum(ST_Area(geom)) - ST_Area(ST_Union(geom)) AS overlap, sum(ST_NumGeometries(geom)) AS parts
    FROM crimeml.isobands(grid, levels)) b
GROUP BY share ORDER BY share;
SELECT share, bool_and(ST_IsValid(geom)) AS valid, bool_and(ST_IsSimple(geom)) AS simple
FROM noise, crimeml.contours(grid, '{0.5,1,2,5}') GROUP BY share ORDER BY share;
SELECT bool_and(ST_Covers(ST_Buffer(ST_Boundary(b.geom), 0.001), c.geom)) AS borders
FROM noise, crimeml.contours(grid, '{1.5}') c, crimeml.isobands(grid, '{1.5}') b WHERE low = 1.5;
-- of very large and very small values
SELECT count(*), bool_and(ST_IsValid(geom)) AS valid, sum(ST_Area(geom)) AS area
FROM crimeml.isobands(pg_temp.made('{{-1.7e308,1.7e308,0},{1.7e308,-1.7e308,1e-300},{0,1,2}}'), '{-1e308,0,1e-308,1e308}');
SELECT count(*), bool_and(ST_IsValid(geom)) AS valid FROM crimeml.isobands(pg_temp.made('{{0,1,0},{1,2,1},{0,1,0}}', 0.001), '{0.5,1,1.5,2}');

SELECT * FROM noise, crimeml.contours(grid, '{}');
SELECT * FROM noise, crimeml.contours(grid, NULL);
SELECT * FROM noise, crimeml.isobands(grid, '{1,NULL}');
SELECT * FROM noise, crimeml.isobands(grid, '{1,NaN}');
SELECT * FROM noise, crimeml.isobands(grid, '{-Infinity}');
SELECT * FROM noise, crimeml.contours(grid, (SELECT array_agg(x) FROM generate_series(1, 1001) x));
SET crimeml.memory_limit = '1MB';
SELECT * FROM crimeml.contours((SELECT crimeml.grid_count_agg('SRID=26918;POINT(5 5)', ST_MakeEnvelope(0, 0, 2000, 2000, 26918), '{"cell_size": 10}')), '{1}');
RESET crimeml.memory_limit;
DROP TABLE noise;
