-- Kernel density: kde_agg and kde(source).
SET client_min_messages = notice;
SET jit = off;
CREATE TABLE place (id int PRIMARY KEY, x float8, y float8, w float8);
-- 300 places around three centres, a third of them twice
INSERT INTO place
SELECT i, round((500000 + 900 * (i % 3) + 400 * cos(i * 2.4) * sqrt((i % 97) / 97.0))::numeric),
  round((4400000 + 700 * (i % 2) + 300 * sin(i * 2.4) * sqrt((i % 89) / 89.0))::numeric), 0.5 + (i % 7) / 2.0
FROM generate_series(0, 299) i;
INSERT INTO place SELECT id + 1000, x, y, w FROM place WHERE id % 3 = 0;
CREATE VIEW incident AS SELECT id, ST_SetSRID(ST_MakePoint(x, y), 26918) AS geom, w AS weight FROM place;

-- every kernel against its definition, summed in SQL; bandwidths below, at and
-- far above the cell size; bounds that cut through the points
CREATE TABLE want AS
SELECT h, i, j, sum(w * f / (2 * pi())) AS gaussian, sum(w * 3 / pi() * t * t) AS quartic, sum(w * 2 / pi() * t) AS epanechnikov,
  sum(w * 3 / pi() * greatest(1 - sqrt(u2), 0)) AS triangular, sum(w / pi() * (u2 <= 1)::int) AS uniform
FROM unnest(ARRAY[20, 100, 130, 800]) h, ST_SquareGrid(50, ST_MakeEnvelope(499800.5, 4399800.5, 501500, 4400600, 26918)) c, place p,
  LATERAL (SELECT (c.i + 0.5) * 50 - p.x, (c.j + 0.5) * 50 - p.y OFFSET 0) d(dx, dy),
  LATERAL (SELECT (dx * dx + dy * dy) / (h * h) OFFSET 0) e(u2),
  LATERAL (SELECT greatest(1 - u2, 0), exp(-least(u2, 1400) / 2) OFFSET 0) g(t, f)
GROUP BY h, i, j;
CREATE TABLE got AS
SELECT kernel, h, c.i, c.j, c.value
FROM unnest(ARRAY['quartic', 'gaussian', 'epanechnikov', 'triangular', 'uniform']) kernel,
  unnest(ARRAY[20, 100, 130, 800]) h,
  LATERAL (SELECT crimeml.kde_agg(geom, weight, ST_MakeEnvelope(499800.5, 4399800.5, 501500, 4400600, 26918),
    jsonb_build_object('cell_size', 50, 'bandwidth', h, 'kernel', kernel)) FROM incident) k(grid),
  LATERAL crimeml.cells(k.grid, false) c;
ANALYZE want;
ANALYZE got;
SELECT kernel, h, count(*) AS cells,
  max(abs(value - wanted)) / max(wanted) < CASE kernel WHEN 'gaussian' THEN 1e-9 ELSE 1e-14 END AS of_peak,
  kernel = 'gaussian' OR max(abs(value - wanted) / wanted) FILTER (WHERE wanted > 0) < 1e-12 AS relative
FROM got JOIN want USING (h, i, j),
  LATERAL (SELECT (to_jsonb(want) ->> kernel)::float8 * 1e6 / (h * h)) w(wanted)
GROUP BY kernel, h ORDER BY kernel, h;

-- inside the bounds the whole weight is found again
SELECT kernel, round((crimeml.describe(g) ->> 'weight')::numeric, 6) AS weight,
  abs((crimeml.describe(g) ->> 'inside')::float8 / (crimeml.describe(g) ->> 'weight')::float8 - 1) <
    CASE kernel WHEN 'gaussian' THEN 1e-9 WHEN 'uniform' THEN 1e-2 ELSE 2e-4 END AS all_inside
FROM unnest(ARRAY['quartic', 'gaussian', 'epanechnikov', 'triangular', 'uniform']) kernel,
  LATERAL (SELECT crimeml.kde_agg(geom, weight, ST_MakeEnvelope(498000, 4398000, 504000, 4403000, 26918),
    jsonb_build_object('cell_size', 10, 'bandwidth', 150, 'kernel', kernel)) FROM incident) k(g)
ORDER BY kernel;

-- normalize is f(x,y) = 1/(n h^2) sum K: it does not know of units or weights' scale
WITH k AS (
  SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(499800, 4399800, 501500, 4400600, 26918), '{"cell_size": 50, "bandwidth": 130}') AS g FROM incident)
SELECT max(abs(a.value - b.value / (1e6 * 400))) / max(a.value) < 1e-14 AS normalized
FROM crimeml.cells((SELECT crimeml.normalize(g) FROM k), false) a JOIN crimeml.cells((SELECT g FROM k), false) b USING (cell);

-- incidents per km2 in a SRID of US survey feet
SELECT round((crimeml.describe(g) ->> 'metres_per_unit')::numeric, 9) AS metres,
  abs((crimeml.describe(g) ->> 'inside')::float8 - 400) < 0.1 AS all_inside
FROM (SELECT crimeml.kde_agg(ST_SetSRID(ST_MakePoint(x * 0.1 + 2600000, y * 0.1 - 200000), 2272), ST_MakeEnvelope(2640000, 230000, 2660000, 250000, 2272),
  '{"cell_size": 50, "bandwidth": 900}') AS g FROM place) k;

-- months can be added and subtracted: the sum of the parts is the whole
WITH k AS (
  SELECT crimeml.kde_agg(geom, weight, e, o) AS whole,
    crimeml.kde_agg(geom, weight, e, o) FILTER (WHERE id % 2 = 0) AS even,
    crimeml.kde_agg(geom, weight, e, o) FILTER (WHERE id % 2 = 1) AS odd
  FROM incident, (VALUES (ST_MakeEnvelope(499800, 4399800, 501500, 4400600, 26918), '{"cell_size": 50, "bandwidth": 200, "kernel": "gaussian"}'::jsonb)) v(e, o))
SELECT max(abs(w.value - a.value - b.value)) / max(w.value) < 1e-14 AS additive
FROM crimeml.cells((SELECT whole FROM k), false) w JOIN crimeml.cells((SELECT even FROM k), false) a USING (cell)
  JOIN crimeml.cells((SELECT odd FROM k), false) b USING (cell);

-- many distinct points, which go to the surface in between; and a parallel plan
CREATE TABLE many AS
SELECT ST_SetSRID(ST_MakePoint(500000 + (i * 7919 % 100003) * 0.05, 4400000 + (i * 104729 % 100019) * 0.05), 26918) AS geom
FROM generate_series(1, 20000) i;
ANALYZE many;
CREATE VIEW four AS
  SELECT crimeml.grid_count_agg(geom, e, '{"cell_size": 50}') AS count,
    crimeml.kde_agg(geom, e, '{"cell_size": 50, "bandwidth": 300}') AS quartic,
    crimeml.kde_agg(geom, e, '{"cell_size": 50, "bandwidth": 300, "kernel": "gaussian"}') AS gaussian,
    crimeml.kde_agg(geom, e, '{"cell_size": 2500, "bandwidth": 300}') AS coarse
  FROM many, (VALUES (ST_MakeEnvelope(500000, 4400000, 505000, 4405000, 26918))) v(e);
SET max_parallel_workers_per_gather = 0;
CREATE TABLE serial AS SELECT * FROM four;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE FUNCTION plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    IF line ~ '(Gather|Aggregate)' THEN RETURN NEXT trim(line); END IF;
  END LOOP;
END $$;
SELECT plan_of('SELECT * FROM four');
CREATE TABLE parallel AS SELECT * FROM four;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
CREATE TABLE cell AS
SELECT plan, kernel, c.cell, c.value
FROM (SELECT 'serial' AS plan, * FROM serial UNION ALL SELECT 'parallel', * FROM parallel) s,
  LATERAL (VALUES ('count', count), ('quartic', quartic), ('gaussian', gaussian), ('coarse', coarse)) k(kernel, g),
  crimeml.cells(g, false) c;
ANALYZE cell;
SELECT kernel, count(*) AS cells, max(abs(s.value - p.value)) / max(s.value) < 1e-13 AS same
FROM cell s JOIN cell p USING (kernel, cell) WHERE s.plan = 'serial' AND p.plan = 'parallel'
GROUP BY kernel ORDER BY kernel;
SELECT crimeml.describe(quartic) ->> 'points' AS points, crimeml.describe(coarse) ->> 'weight' AS weight FROM parallel;
-- states that are combined for certain: a part a partition, each with a surface of its own
CREATE TABLE parted (part int, geom geometry) PARTITION BY LIST (part);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES IN (0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
INSERT INTO parted SELECT row_number() OVER () % 3, geom FROM many;
ANALYZE parted;
SET enable_partitionwise_aggregate = on;
SELECT plan_of($$SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(500000, 4400000, 505000, 4405000, 26918), '{"cell_size": 50}') FROM parted$$);
CREATE TABLE combined AS
  SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(500000, 4400000, 505000, 4405000, 26918), '{"cell_size": 50}') AS count,
    crimeml.kde_agg(geom, ST_MakeEnvelope(500000, 4400000, 505000, 4405000, 26918), '{"cell_size": 50, "bandwidth": 300}') AS quartic,
    crimeml.kde_agg(geom, ST_MakeEnvelope(500000, 4400000, 505000, 4405000, 26918), '{"cell_size": 50, "bandwidth": 300, "kernel": "gaussian"}') AS gaussian
  FROM parted;
CREATE TABLE combined_cell AS
SELECT kernel, c.cell, c.value FROM combined, LATERAL (VALUES ('count', count), ('quartic', quartic), ('gaussian', gaussian)) k(kernel, g), crimeml.cells(g, false) c;
ANALYZE combined_cell;
SELECT kernel, count(*) AS cells, max(abs(s.value - c.value)) / max(s.value) < 1e-13 AS same
FROM cell s JOIN combined_cell c USING (kernel, cell) WHERE s.plan = 'serial' GROUP BY kernel ORDER BY kernel;
SELECT crimeml.describe(quartic) ->> 'points' AS points, crimeml.describe(quartic) ->> 'weight' AS weight FROM combined;
-- parts that differ in options are no one grid
SELECT plan_of($$SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(500000, 4400000, 505000, 4405000, 26918), jsonb_build_object('cell_size', 50, 'bandwidth', 300 + part)) FROM parted$$);
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(500000, 4400000, 505000, 4405000, 26918), jsonb_build_object('cell_size', 50, 'bandwidth', 300 + part)) IS NULL FROM parted;
RESET enable_partitionwise_aggregate;
DROP TABLE parted, combined, combined_cell;

-- kde(source) chooses what is not given, and says so
SELECT jsonb_pretty(crimeml.describe(crimeml.kde('SELECT geom FROM incident')) - ARRAY['min', 'max', 'inside', 'nonzero', 'bandwidth'])
  AS chosen;
-- Scott's rule for both axes together, by its definition
SELECT abs((d ->> 'bandwidth')::float8 / (sqrt(stddev(x) * stddev(y)) * count(*) ^ (-1.0 / 6)) - 1) < 1e-12 AS scott
FROM place, LATERAL (SELECT crimeml.describe(crimeml.kde('SELECT geom FROM incident', '{"kernel": "gaussian"}'))) k(d) GROUP BY d;
-- each kernel smooths as much: the same sigma
SELECT kernel, round(((crimeml.describe(crimeml.kde('SELECT geom FROM incident', jsonb_build_object('kernel', kernel))) ->> 'bandwidth')::numeric), 3) AS bandwidth
FROM unnest(ARRAY['quartic', 'gaussian', 'epanechnikov', 'triangular', 'uniform']) kernel;
-- all given: no notice, and the same grid as the aggregate's
SELECT crimeml.kde('SELECT geom, weight FROM incident', '{"cell_size": 50, "bandwidth": 130, "bounds": [499800, 4399800, 501500, 4400600]}')::text =
  crimeml.kde_agg(geom, weight, ST_MakeEnvelope(499800, 4399800, 501500, 4400600, 26918), '{"cell_size": 50, "bandwidth": 130}')::text AS same
FROM incident;
-- weights of any type of number
SELECT count(DISTINCT g::text) FROM unnest(ARRAY['int2', 'int4', 'int8', 'float4', 'float8', 'numeric']) t,
  LATERAL (SELECT crimeml.kde(format('SELECT geom, (id %% 5)::%s AS weight FROM incident', t), '{"cell_size": 50, "bandwidth": 130, "bounds": [499800, 4399800, 501500, 4400600]}')) k(g);
-- no point
SELECT crimeml.kde('SELECT geom FROM incident WHERE false') IS NULL AS no_rows, crimeml.kde('SELECT NULL::geometry AS geom') IS NULL AS only_null;
-- all points on one spot, on a line, or two of them
SELECT crimeml.kde('SELECT geom FROM incident, generate_series(1, 9) WHERE id = 1');
SELECT crimeml.describe(crimeml.kde('SELECT geom FROM incident WHERE id = 1', '{"bandwidth": 100}')) -> 'points' AS one;
SELECT crimeml.describe(crimeml.kde('SELECT geom FROM incident WHERE id = 1', '{"bandwidth": 100, "cell_size": 20}')) -> 'points' AS one;
SELECT crimeml.describe(crimeml.kde('SELECT ST_SetSRID(ST_MakePoint(i, 7), 26918) AS geom FROM generate_series(1, 100) i')) -> 'columns' AS line;
-- a stray point is left out: the grid is the same as without it
SELECT crimeml.kde('SELECT geom FROM incident UNION ALL SELECT ST_SetSRID(ST_MakePoint(0, 0), 26918)')::text = crimeml.kde('SELECT geom FROM incident')::text AS same;
SELECT crimeml.describe(crimeml.kde('SELECT geom FROM incident UNION ALL SELECT ST_SetSRID(ST_MakePoint(0, 0), 26918)',
  '{"bounds": [499000, 4399000, 503000, 4402000], "kernel": "gaussian"}')) ->> 'bandwidth' =
  (crimeml.describe(crimeml.kde('SELECT geom FROM incident', '{"bounds": [499000, 4399000, 503000, 4402000], "kernel": "gaussian"}')) ->> 'bandwidth') AS stray_has_no_say;

-- longitude and latitude: to the UTM zone of the middle, when asked
CREATE VIEW degrees AS SELECT id, ST_Transform(geom, 4326) AS geom FROM incident;
SELECT crimeml.describe(g) -> 'srid' AS srid, round((crimeml.describe(g) -> 'cell_size')::numeric, 3) AS cell_size, crimeml.describe(g) -> 'points' AS points
FROM crimeml.kde('degrees', '{"auto_project": true}') g;
-- the same cells as of points that PostGIS projects
SELECT count(*) AS cells, max(abs(a.value - b.value)) / max(b.value) < 1e-9 AS same
FROM crimeml.cells(crimeml.kde('degrees', '{"auto_project": true, "cell_size": 100, "bandwidth": 300}'), false) a
JOIN crimeml.cells(crimeml.kde('SELECT ST_Transform(geom, 32618) AS geom FROM degrees', '{"cell_size": 100, "bandwidth": 300}'), false) b USING (i, j);
-- bounds are in degrees then, and lie in the grid; the stray point takes no part in the choices
SELECT bool_and(ST_Contains(ST_MakeEnvelope((d ->> 'xmin')::float8, (d ->> 'ymin')::float8, (d ->> 'xmax')::float8, (d ->> 'ymax')::float8, 32618),
    ST_Transform(ST_Segmentize(ST_MakeEnvelope(-75.01, 39.74, -74.97, 39.76, 4326), 0.001), 32618))) AS bounds_inside,
  min(d ->> 'columns') AS columns, min(d ->> 'rows') AS rows, min(d ->> 'points') AS points
FROM (SELECT crimeml.describe(crimeml.kde('SELECT geom FROM degrees UNION ALL SELECT ST_SetSRID(ST_MakePoint(0, 0), 4326)',
  '{"auto_project": true, "bounds": [-75.01, 39.74, -74.97, 39.76], "cell_size": 100, "bandwidth": 300}'))) k(d);
-- each side of the equator and of the date line has its zone; planar points stay as they are
SELECT name, crimeml.describe(crimeml.kde(format('SELECT ST_SetSRID(ST_MakePoint(%s + i * 1e-3, %s - i * 1e-3), 4326) AS geom FROM generate_series(1, 9) i', x, y), '{"auto_project": true}')) -> 'srid' AS srid
FROM (VALUES ('Lagos', 3.4, 6.5), ('Sydney', 151.2, -33.9), ('Fiji', 179.9, -17), ('Aleutians', -179.9, 52)) v(name, x, y);
SELECT crimeml.describe(crimeml.kde('SELECT geom FROM incident', '{"auto_project": true}')) -> 'srid' AS srid;
SELECT crimeml.kde('SELECT geom FROM degrees UNION ALL SELECT ST_SetSRID(ST_MakePoint(0, 0), 4326)', '{"auto_project": true}')::text = crimeml.kde('degrees', '{"auto_project": true}')::text AS same;
SELECT crimeml.kde('SELECT ST_SetSRID(ST_MakePoint(i, 40), 4326) AS geom FROM generate_series(-20, 20) i', '{"auto_project": true}');
SELECT crimeml.kde('SELECT ST_SetSRID(ST_MakePoint(39.9, -75 - i), 4326) AS geom FROM generate_series(1, 9) i', '{"auto_project": true}');
SELECT crimeml.kde('SELECT geom FROM degrees', '{"auto_project": "yes"}');
SELECT crimeml.kde('SELECT geom FROM degrees', '{"auto_project": false}');
SELECT crimeml.kde('SELECT geom::geography AS geom FROM degrees', '{"auto_project": true}');
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 4326), '{"bandwidth": 1, "auto_project": true}') FROM degrees;

-- refused, with a reason
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"cell_size": 1}') FROM incident;
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"bandwidth": 0}') FROM incident;
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"bandwidth": -1}') FROM incident;
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"bandwidth": 1e300}') FROM incident;
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"bandwith": 300}') FROM incident;
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"bandwidth": 300, "colour": 1}') FROM incident;
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"bandwidth": 300, "kernel": "normal"}') FROM incident;
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"bandwidth": 300, "kernel": 3}') FROM incident;
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(0, 0, 0, 1, 26918), '{"bandwidth": 300}') FROM incident;
SELECT crimeml.kde_agg(geom, 'NaN', ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"bandwidth": 300}') FROM incident;
SELECT crimeml.kde_agg(ST_Transform(geom, 4326), ST_MakeEnvelope(0, 0, 1, 1, 4326), '{"bandwidth": 300}') FROM incident;
SELECT crimeml.kde_agg(ST_Transform(geom, 4326), ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"bandwidth": 300}') FROM incident;
SELECT crimeml.kde(NULL);
SELECT crimeml.kde('incident', NULL);
SELECT crimeml.kde('SELECT id FROM incident');
SELECT crimeml.kde('SELECT 1 AS geom');
SELECT crimeml.kde('SELECT geom, ''x''::text AS weight FROM incident');
SELECT crimeml.kde('SELECT geom, ''NaN''::float8 AS weight FROM incident');
SELECT crimeml.kde('SELECT ST_Transform(geom, 4326) AS geom FROM incident');
SELECT crimeml.kde('SELECT geom FROM incident', '{"bounds": [1, 2, 3]}');
SELECT crimeml.kde('SELECT geom FROM incident', '{"bounds": [1, 2, 1, 5]}');
SELECT crimeml.kde('SELECT geom FROM incident', '{"bounds": [1, 2, 3, "x"]}');
SELECT crimeml.kde('SELECT geom FROM incident', '{"cell_size": 0.01}');
SELECT crimeml.kde('SELECT geom FROM incident', '{"cell_size": 0}');
SELECT crimeml.kde('SELECT geom FROM incident', '{"cell_size": -10}');
SELECT crimeml.kde('SELECT geom FROM incident', '{"bandwidth": 0}');
SELECT crimeml.kde('SELECT geom FROM incident', '{"bandwidth": -1}');
SELECT crimeml.kde('SELECT geom, ''infinity''::float8 AS weight FROM incident');
SELECT crimeml.kde_agg(geom, '-infinity', ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"bandwidth": 300}') FROM incident;
SELECT crimeml.kde_agg(ST_SetSRID(ST_MakePoint('infinity', 0), 26918), ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"bandwidth": 300}');
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(0, 0, 1e6, 1e6, 26918), '{"bandwidth": 300, "cell_size": 1}') FROM incident;
SELECT crimeml.kde_agg(geom, 'POLYGON EMPTY'::geometry, '{"bandwidth": 300}') FROM incident;
SELECT crimeml.kde('SELECT geom, -1 AS weight FROM incident');
SELECT crimeml.describe(crimeml.kde('SELECT geom, -1 AS weight FROM incident', '{"bandwidth": 300}')) -> 'weight' AS weight;
-- negative weights are taken off: what is added and taken off is zero
SELECT max(abs(value)) < 1e-12 AS nothing FROM crimeml.cells((
  SELECT crimeml.kde_agg(geom, sign, ST_MakeEnvelope(499800, 4399800, 501500, 4400600, 26918), '{"cell_size": 50, "bandwidth": 200}')
  FROM incident, unnest(ARRAY[1, -1]) sign), false);

DROP VIEW degrees, incident, four;
DROP FUNCTION plan_of;
DROP TABLE place, many, serial, parallel, cell, want, got;
