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
