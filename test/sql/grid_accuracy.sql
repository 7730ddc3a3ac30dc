-- grid_accuracy by hand, its ties, its baseline, and what is refused.
SET client_min_messages = notice;
SET jit = off;
CREATE FUNCTION pg_temp.spot(x float8) RETURNS geometry LANGUAGE SQL IMMUTABLE
  AS $$SELECT ST_SetSRID(ST_MakePoint(x, 50), 26918)$$;
-- 10 cells of 100 m: 9 8 7 7 7 0 0 0 0 0 foretold, 3 0 1 2 0 0 0 4 0 0 came
CREATE TABLE map AS
SELECT crimeml.grid_multiply(crimeml.grid_count_agg(pg_temp.spot(x), w, ST_MakeEnvelope(0, 0, 1000, 100, 26918), '{"cell_size": 100}'), 1) AS grid
FROM (VALUES (50, 9.0), (150, 8), (250, 7), (350, 7), (450, 7)) v(x, w);
CREATE TABLE later AS
SELECT pg_temp.spot(x) AS geom, false AS past FROM (VALUES (50), (50), (50), (250), (350), (350), (750), (750), (750), (750)) v(x);
SELECT share, area_km2, incidents, hit_rate, round(pai::numeric, 6) AS pai, round(pei::numeric, 6) AS pei, round(baseline_pai::numeric, 6) AS baseline
FROM map, crimeml.grid_accuracy(grid, 'SELECT geom FROM later', '{0.1,0.3,0.4,0.04,0.05,1}');
-- cells of one value: by number, or those of fewest incidents first
SELECT ties, share, incidents FROM map, (VALUES ('cell'), ('worst')) t(ties),
  LATERAL crimeml.grid_accuracy(grid, 'SELECT geom FROM later', '{0.3,0.4,0.5,0.6}', ties => ties);

-- a density knows no counts: none, a grid, or the source's past
CREATE TABLE density AS
SELECT crimeml.kde_agg(pg_temp.spot(x), ST_MakeEnvelope(0, 0, 1000, 100, 26918), '{"cell_size": 100, "bandwidth": 150}') AS grid
FROM (VALUES (50), (150), (150)) v(x);
SELECT incidents, baseline_pai FROM density, crimeml.grid_accuracy(grid, 'SELECT geom FROM later', '{0.2}');
SELECT d.incidents, d.pai, d.baseline_pai FROM density, map, crimeml.grid_accuracy(density.grid, 'SELECT geom FROM later', '{0.1}', map.grid) d;
SELECT incidents, pai, baseline_pai
FROM density, crimeml.grid_accuracy(grid, $$SELECT geom, past FROM later UNION ALL SELECT pg_temp.spot(750), true UNION ALL SELECT pg_temp.spot(-1), true$$, '{0.1}');

-- what lies outside takes no part: of the study area, of the grid, of the data; NULL and EMPTY
SELECT share, area_km2, incidents, hit_rate, pai FROM map, crimeml.grid_accuracy(grid,
  $$SELECT geom FROM later UNION ALL SELECT pg_temp.spot(5000) UNION ALL SELECT NULL UNION ALL SELECT ST_SetSRID('POINT EMPTY'::geometry, 26918)$$,
  '{0.5}', study_area => ST_MakeEnvelope(0, 0, 390, 100, 26918));
SELECT share, area_km2, incidents, hit_rate, pai FROM map, crimeml.grid_accuracy(crimeml.grid_divide(grid, crimeml.grid_divide(grid, grid)), 'SELECT geom FROM later', '{0.2}');
-- a baseline without data comes last
SELECT baseline_pai FROM map, crimeml.grid_accuracy(grid, 'SELECT geom FROM later', '{0.1}',
  (SELECT crimeml.grid_divide(crimeml.grid_multiply(grid, -1), grid) FROM map));
-- many cells with few values, some without data, a study area: against the definitions in SQL
CREATE TABLE town AS
SELECT crimeml.grid_divide(crimeml.grid_multiply(made, there), there) AS grid, made AS baseline
FROM (SELECT crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint(x, y), 26918), (abs(hashint8(x * 31 + y)) % 4)::float8, ST_MakeEnvelope(0, 0, 2000, 1000, 26918), '{"cell_size": 100}') AS made,
    crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint(x, y), 26918), (hashint8(x * 37 + y) % 7 <> 0)::int::float8, ST_MakeEnvelope(0, 0, 2000, 1000, 26918), '{"cell_size": 100}') AS there
  FROM generate_series(50, 1950, 100) x, generate_series(50, 950, 100) y) m;
CREATE TABLE came AS
SELECT ST_SetSRID(ST_MakePoint(abs(hashint8(i)) % 2000 + 0.5, abs(hashint8(i + 1000)) % 1000 + 0.5), 26918) AS geom FROM generate_series(1, 300) i;
SET client_min_messages = warning;
WITH area(area) AS (VALUES (ST_MakeEnvelope(0, 0, 1450, 1000, 26918))),
  c AS MATERIALIZED (
    SELECT cell, value, crimeml.value_at(baseline, ST_Centroid(g.geom)) AS base, (SELECT count(*) FROM came WHERE ST_X(came.geom) >= ST_XMin(g.geom) AND ST_X(came.geom) < ST_XMax(g.geom)
      AND ST_Y(came.geom) >= ST_YMin(g.geom) AND ST_Y(came.geom) < ST_YMax(g.geom)) AS n
    FROM town, area, crimeml.cells(grid, false) g WHERE value IS NOT NULL AND ST_Intersects(ST_Centroid(g.geom), area)),
  o AS MATERIALIZED (
    SELECT ties, n, count(*) OVER t AS m, sum(n) OVER t AS total, row_number() OVER (PARTITION BY ties ORDER BY value DESC, CASE ties WHEN 'worst' THEN n END, cell) AS by_value,
      row_number() OVER (PARTITION BY ties ORDER BY base DESC, CASE ties WHEN 'worst' THEN n END, cell) AS by_base, row_number() OVER (PARTITION BY ties ORDER BY n DESC) AS by_n
    FROM c, (VALUES ('cell'), ('worst')) v(ties) WINDOW t AS (PARTITION BY ties)),
  e AS (
    SELECT ties, share, k, sum(n) FILTER (WHERE by_value <= k) AS hits, sum(n) FILTER (WHERE by_n <= k) AS best, sum(n) FILTER (WHERE by_base <= k) AS base, max(m) AS m, max(total) AS total
    FROM o, unnest('{0.01,0.037,0.1,0.25,0.333,0.5,1}'::float8[]) share, LATERAL (SELECT floor(share * m + 0.5) AS k) k GROUP BY 1, 2, 3)
SELECT ties, count(*) AS shares, count(*) FILTER (WHERE a.incidents <> hits) AS hits, count(*) FILTER (WHERE abs(a.area_km2 - k / 100) > 1e-12) AS area, count(*) FILTER (WHERE abs(hit_rate - hits / total) > 1e-12) AS hit_rate,
  count(*) FILTER (WHERE abs(pai - (hits / total) / (k / m)::numeric) > 1e-12) AS pai, count(*) FILTER (WHERE abs(pei - hits / best) > 1e-12) AS pei, count(*) FILTER (WHERE abs(baseline_pai - (base / total) / (k / m)::numeric) > 1e-12) AS baseline,
  max(total) < 300 AS some_outside
FROM e, town, area, LATERAL crimeml.grid_accuracy(grid, 'came', ARRAY[share], baseline, area, ties) a GROUP BY ties ORDER BY ties;
-- a study area that lies in part beside the grid: chance is by the cells that take part
SELECT round(pai::numeric, 6) AS pai, round(pei::numeric, 6) AS pei FROM map, crimeml.grid_accuracy(grid, 'SELECT geom FROM later', '{0.25}', study_area => ST_MakeEnvelope(0, 0, 390, 100, 26918));
SET client_min_messages = notice;
DROP TABLE town, came;
-- none came; nothing takes part
SELECT * FROM map, crimeml.grid_accuracy(NULL, 'later');
SELECT share, incidents, hit_rate, pai, pei, baseline_pai FROM map, crimeml.grid_accuracy(grid, 'SELECT geom FROM later WHERE false', '{0.1}');
SELECT share, area_km2, incidents, hit_rate, pai, pei FROM map, crimeml.grid_accuracy(crimeml.grid_divide(grid, 0), 'SELECT geom FROM later', '{0.1}', grid);

SELECT * FROM map, crimeml.grid_accuracy(grid, 'later', '{}');
SELECT * FROM map, crimeml.grid_accuracy(grid, 'later', NULL);
SELECT * FROM map, crimeml.grid_accuracy(grid, 'later', '{0}');
SELECT * FROM map, crimeml.grid_accuracy(grid, 'later', '{0.1,5}');
SELECT * FROM map, crimeml.grid_accuracy(grid, 'later', '{0.1,NULL}');
SELECT * FROM map, crimeml.grid_accuracy(grid, 'later', ties => 'best');
SELECT * FROM map, crimeml.grid_accuracy(grid, 'SELECT past FROM later');
SELECT * FROM map, crimeml.grid_accuracy(grid, 'SELECT geom, 1 AS past FROM later');
SELECT * FROM map, crimeml.grid_accuracy(grid, 'SELECT ST_SetSRID(geom, 26917) AS geom FROM later');
SELECT * FROM map, crimeml.grid_accuracy(grid, 'later', study_area => ST_MakeEnvelope(0, 0, 1, 1, 4326));
SELECT * FROM map, crimeml.grid_accuracy(grid, 'later', '{0.1}',
  (SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 900, 100, 26918), '{"cell_size": 100}') FROM later));
DROP TABLE map, later, density;
