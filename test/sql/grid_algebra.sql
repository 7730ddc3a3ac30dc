-- Arithmetic of grids, value_at and clip, and what is refused.
SET client_min_messages = warning;
SET jit = off;
SET search_path = public, crimeml;
CREATE FUNCTION pg_temp.spot(x float8, y float8) RETURNS geometry LANGUAGE SQL IMMUTABLE
  AS $$SELECT ST_SetSRID(ST_MakePoint(x, y), 26918)$$;
CREATE FUNCTION pg_temp.show(g crimeml.grid) RETURNS text LANGUAGE SQL
  AS $$SELECT string_agg(coalesce(round(value::numeric, 6)::float8::text, '-'), ' ' ORDER BY cell) FROM crimeml.cells(g, false)$$;
CREATE FUNCTION pg_temp.what(g crimeml.grid) RETURNS text LANGUAGE SQL
  AS $$SELECT format('%s, weight %s, points %s, inside %s', d ->> 'values', d ->> 'weight', d ->> 'points', d ->> 'inside')
  FROM crimeml.describe(g) d$$;

-- 3 x 2 cells of 100: a is 1 2 0 / 0 0 4, b is 2 0 0 / 1 0 2
CREATE TABLE pair AS
SELECT (SELECT grid_count_agg(pg_temp.spot(x, y), w, ST_MakeEnvelope(0, 0, 300, 200, 26918), '{"cell_size": 100}')
        FROM (VALUES (50, 50, 1.0), (150, 50, 2), (250, 150, 4)) v(x, y, w)) AS a,
       (SELECT grid_count_agg(pg_temp.spot(x, y), w, ST_MakeEnvelope(0, 0, 300, 200, 26918), '{"cell_size": 100}')
        FROM (VALUES (50, 50, 2.0), (50, 150, 1), (250, 150, 2)) v(x, y, w)) AS b;
SELECT pg_temp.show(a) AS a, pg_temp.show(b) AS b FROM pair;

SELECT name, pg_temp.show(g) AS cells, pg_temp.what(g) AS what
FROM pair, LATERAL (VALUES
  ('a + b', a + b), ('a - b', a - b), ('a * b', a * b), ('a / b', a / b), ('b / a', b / a),
  ('a + 1', a + 1), ('1 + a', 1 + a), ('a - 1', a - 1), ('1 - a', 1 - a),
  ('a * 2', a * 2), ('2 * a', 2 * a), ('a / 2', a / 2), ('a / 0', a / 0), ('2 / a', 2 / a),
  ('a / a + b', a / a + b)) v(name, g);
-- the functions are the operators
SELECT (grid_add(a, b)::text, grid_subtract(a, b)::text, grid_multiply(a, b)::text, grid_divide(a, b)::text)
       = ((a + b)::text, (a - b)::text, (a * b)::text, (a / b)::text) AS grids,
       (grid_add(a, 3)::text, grid_subtract(a, 3)::text, grid_multiply(a, 3)::text, grid_divide(a, 3)::text)
       = ((a + 3)::text, (a - 3)::text, (a * 3)::text, (a / 3)::text) AS numbers,
       (grid_add(3, a)::text, grid_subtract(3, a)::text, grid_multiply(3, a)::text, grid_divide(3, a)::text)
       = ((3 + a)::text, (3 - a)::text, (3 * a)::text, (3 / a)::text) AS to_numbers
FROM pair;
SELECT a + NULL::grid IS NULL AS a, NULL::float8 * a IS NULL AS b FROM pair;

-- no data stays so, and sums leave it out
SELECT pg_temp.show(a / b * 0 + a) AS cells, count(c.*) FROM pair, cells(a / b) c GROUP BY 1;

-- what was per km2 stays so; two months taken apart come together again
CREATE TABLE month AS
SELECT extract(month FROM at)::int AS month,
  kde_agg(geom, ST_MakeEnvelope(475000, 4415000, 498000, 4440000, 26918), '{"cell_size": 500, "bandwidth": 1500}') AS grid
FROM simulate_incidents(2000, 1) GROUP BY ROLLUP (1);
SELECT d ->> 'values' AS values, d ->> 'kernel' AS kernel, d -> 'weight' AS weight,
  (SELECT max(abs(value)) < 1e-9 FROM cells(sum - year, false)) AS same
FROM (SELECT sum, y.grid AS year, describe(sum) AS d
      FROM month y, LATERAL (SELECT a.grid + b.grid + c.grid + d.grid + e.grid + f.grid + g.grid + h.grid + i.grid + j.grid + k.grid + l.grid
        FROM month a, month b, month c, month d, month e, month f, month g, month h, month i, month j, month k, month l
        WHERE (a.month, b.month, c.month, d.month, e.month, f.month) = (1, 2, 3, 4, 5, 6)
          AND (g.month, h.month, i.month, j.month, k.month, l.month) = (7, 8, 9, 10, 11, 12)) s(sum)
      WHERE y.month IS NULL) x;
-- with a number: as if it had been a grid of it
SELECT round((describe(grid + 2) ->> 'weight')::numeric - (describe(grid) ->> 'weight')::numeric
  - 2 * (describe(grid) ->> 'cells')::numeric * 0.25, 6) AS none,
  round((describe(grid + 2) ->> 'inside')::numeric - (describe(grid) ->> 'inside')::numeric
  - 2 * (describe(grid) ->> 'cells')::numeric * 0.25, 6) AS none_inside
FROM month WHERE month = 1;
-- dual density: of which kernel, and another kernel is forgotten
SELECT describe(x.grid / y.grid) ->> 'kernel' AS kernel, describe(x.grid / y.grid) ->> 'values' AS values,
  describe(x.grid + (SELECT kde_agg(geom, ST_MakeEnvelope(475000, 4415000, 498000, 4440000, 26918), '{"cell_size": 500, "bandwidth": 1000}')
    FROM simulate_incidents(20, 1))) -> 'kernel' IS NULL AS forgotten
FROM month x, month y WHERE x.month = 1 AND y.month = 2;

-- value_at: half-open cells, NULL outside, without data and for EMPTY
SELECT x, y, value_at(a, pg_temp.spot(x, y)) AS a, value_at(a / b, pg_temp.spot(x, y)) AS ratio
FROM pair, (VALUES (50, 50), (100, 99.999), (100, 100), (299.999, 199.999), (300, 150), (-0.001, 50)) v(x, y);
SELECT value_at(a, ST_SetSRID('POINT EMPTY'::geometry, 26918)) IS NULL AS empty, value_at(a, NULL) IS NULL AS "null" FROM pair;
-- grids of a column in turn, more than a call site keeps: on disk, compressed in the row, and as they are
CREATE TABLE kept AS SELECT k, CASE WHEN k % 3 > 0 THEN crimeml.grid_count_agg(p, (i % 5 * k)::float8, b, jsonb_build_object('cell_size', 1 + k % 3))
  ELSE crimeml.kde_agg(p, b, '{"cell_size": 2, "bandwidth": 30, "kernel": "gaussian"}') END AS grid
FROM generate_series(1, 60) k, generate_series(1, 140) i, LATERAL (SELECT ST_SetSRID(ST_MakePoint(i * 0.7, (i * k) % 97), 26918), ST_MakeEnvelope(0, 0, 100, 100, 26918)) v(p, b) GROUP BY k;
SELECT count(*) FILTER (WHERE pg_column_size(grid) < 2000) AS in_the_row, count(*) FILTER (WHERE pg_column_size(grid) > 10000) AS on_disk FROM kept;
SELECT count(*) AS asked, count(*) FILTER (WHERE value_at(grid, c.center) IS DISTINCT FROM c.value) AS wrong
FROM (SELECT k, cell, value, ST_Centroid(geom) AS center FROM kept, crimeml.cells(grid, false) WHERE cell % 7 = 0 ORDER BY cell, k) c JOIN kept USING (k);
DROP TABLE kept;
SELECT value_at(a, ST_SetSRID(ST_MakePoint(1, 1), 4326)) FROM pair;
SELECT value_at(a, ST_MakeEnvelope(0, 0, 1, 1, 26918)) FROM pair;

-- clip: the centre decides, the edge counts as inside
SELECT pg_temp.show(clip(a, ST_MakeEnvelope(0, 0, 160, 149, 26918))) AS half,
  pg_temp.show(clip(a, ST_MakeEnvelope(50, 50, 150, 150, 26918))) AS on_edges,
  pg_temp.show(clip(a, ST_MakeEnvelope(-500, -500, 5000, 5000, 26918))) AS all,
  pg_temp.show(clip(a, ST_MakeEnvelope(1000, 1000, 5000, 5000, 26918))) AS none,
  pg_temp.what(clip(a, ST_MakeEnvelope(0, 0, 160, 149, 26918))) AS what
FROM pair;
-- against PostGIS asked for each centre: a ring with two rims, a hole, islands, Z
SELECT bool_and((c.value IS NOT NULL) = ST_Intersects(area, ST_Centroid(c.geom))) AS same, count(c.value)
FROM (SELECT grid_count_agg(pg_temp.spot(0, 0), ST_MakeEnvelope(0, 0, 10000, 7300, 26918), '{"cell_size": 100}') AS grid) g,
  (SELECT ST_Force3DZ(ST_Union(ST_Difference(ST_Buffer(pg_temp.spot(4000, 4000), 3333), ST_Buffer(pg_temp.spot(4400, 4000), 1234)),
    ST_Buffer(pg_temp.spot(9000, 1000), 50)), 7) AS area) p,
  LATERAL cells(clip(grid, area), false) c;
SELECT clip(a, ST_MakeEnvelope(0, 0, 1, 1, 4326)) FROM pair;
SELECT clip(a, pg_temp.spot(1, 1)) FROM pair;
SELECT clip(a, ST_SetSRID('POLYGON EMPTY'::geometry, 26918)) FROM pair;
SELECT clip(a, ST_SetSRID('POLYGON((0 0, 300 0, 0 300, 200 300, 0 0))'::geometry, 26918)) FROM pair;

-- shapes that differ: both are named
SELECT a + (SELECT grid_count_agg(pg_temp.spot(1, 1), ST_MakeEnvelope(0, 0, 300, 300, 26918), '{"cell_size": 100}')) FROM pair;
SELECT a - (SELECT grid_count_agg(pg_temp.spot(1, 1), ST_MakeEnvelope(0, 0, 150, 100, 26918), '{"cell_size": 50}')) FROM pair;
SELECT a * (SELECT grid_count_agg(pg_temp.spot(1, 1), ST_MakeEnvelope(100, 0, 400, 200, 26918), '{"cell_size": 100}')) FROM pair;
SELECT a / (SELECT grid_count_agg(ST_SetSRID(ST_MakePoint(1, 1), 26917), ST_MakeEnvelope(0, 0, 300, 200, 26917), '{"cell_size": 100}')) FROM pair;
-- numbers that are none, and results that are out of range
SELECT a * 'NaN'::float8 FROM pair;
SELECT 'Infinity'::float8 + a FROM pair;
SELECT a * 1e308 * 10 FROM pair;
SELECT crimeml.normalize(a / b) FROM pair;
RESET search_path;
DROP TABLE pair, month;
